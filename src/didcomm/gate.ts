import { Fault } from "../faults.ts"

/**
 * Lets `width` acts run at a time and `waiting` more stand in line; beyond that Fault request.busy. The native key
 * agreements share one unbounded pool, so the bound has to be ours.
 */
export function createGate(width: number, waiting: number) {
  let running = 0
  const line: (() => void)[] = []

  async function enter<T>(act: () => Promise<T>): Promise<T> {
    if (running >= width) {
      if (line.length >= waiting) throw new Fault("request.busy")
      await new Promise<void>((resolve) => line.push(resolve))
    } else running++
    try {
      return await act()
    } finally {
      const next = line.shift()
      if (next) next()
      else running--
    }
  }

  return { enter }
}
