import { Fault } from "../../faults.ts"

/** How much may wait for the disk before more is turned away: acts that keep something, and bytes of content. */
export type Backlog = { readonly deposits: number; readonly bytes: number }

/** Does an act that keeps `bytes` of content, or rejects with Fault `request.busy`. */
export type Gate = <T>(bytes: number, act: () => Promise<T>) => Promise<T>

/** One gate for all who write to one disk; an act alone always passes. */
export function backlogGate(most: Backlog): Gate {
  let acts = 0
  let waiting = 0

  return async (bytes, act) => {
    if (acts >= most.deposits || (acts > 0 && waiting + bytes > most.bytes)) {
      throw new Fault("request.busy", { detail: `${acts} deposits wait for the disk` })
    }
    acts++
    waiting += bytes
    try {
      return await act()
    } finally {
      acts--
      waiting -= bytes
    }
  }
}
