import type { Receiver } from "../wire.ts"
import { SMALL } from "./budget.ts"

/**
 * Makes receivers that large messages enter only while those inside weigh at most `most` bytes together, and else wait
 * in the order they came: to open one takes many times its size in memory.
 */
export function createTurns(most: number): (receive: Receiver) => Receiver {
  let inside = 0
  const line: { readonly weight: number; enter(): void }[] = []

  function admit(): void {
    for (let first = line[0]; first && (inside === 0 || inside + first.weight <= most); first = line[0]) {
      line.shift()
      inside += first.weight
      first.enter()
    }
  }

  return (receive) => async (inbound) => {
    const weight = inbound.bytes.byteLength
    if (weight <= SMALL) return receive(inbound)
    await new Promise<void>((enter) => {
      line.push({ weight, enter })
      admit()
    })
    try {
      return await receive(inbound)
    } finally {
      inside -= weight
      admit()
    }
  }
}
