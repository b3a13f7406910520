import { Fault } from "../faults.ts"

/** Gives up the place inside until `wait` is over, and then waits for one again, however many do. */
export type Aside = (wait: Promise<void>) => Promise<void>

export type Gate = {
  enter<T>(act: (aside: Aside) => Promise<T>): Promise<T>
  /** How many are inside, and how many stand in line. */
  state(): { readonly running: number; readonly waiting: number }
}

/**
 * Lets `width` acts run at a time and `waiting` more stand in line; beyond that Fault request.busy. The native key
 * agreements share one unbounded pool, so the bound has to be ours.
 */
export function createGate(width: number, waiting: number): Gate {
  let running = 0
  const line: (() => void)[] = []

  /** Null when the place was free. */
  function place(): Promise<void> | null {
    if (running >= width) return new Promise((resolve) => line.push(resolve))
    running++
    return null
  }
  const leave = () => {
    const next = line.shift()
    if (next) next()
    else running--
  }
  const aside: Aside = async (wait) => {
    leave()
    try {
      await wait
    } finally {
      await place()
    }
  }

  return {
    async enter(act) {
      if (running >= width && line.length >= waiting) throw new Fault("request.busy")
      const turn = place()
      if (turn) await turn
      try {
        return await act(aside)
      } finally {
        leave()
      }
    },
    state: () => ({ running, waiting: line.length }),
  }
}

/** A gate that leads through two: who comes by it takes a place in both. */
export const throughBoth = (outer: Gate, inner: Gate): Gate => ({
  enter: (act) => outer.enter((leaveOuter) => inner.enter((leaveInner) => act((wait) => leaveInner(leaveOuter(wait))))),
  state: outer.state,
})
