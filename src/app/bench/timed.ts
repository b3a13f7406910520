import { percentiles } from "../fsync.ts"

/** How long something took, again and again. Times are milliseconds. */
export type Timed = {
  readonly count: number
  /** How often it could be done in a second, as many at a time as were tried; null where that says nothing. */
  readonly perSecond: number | null
  readonly p50: number
  readonly p99: number
}

type How = { readonly seconds: number; readonly width?: number; readonly signal: AbortSignal }

/**
 * Does `act` for some seconds, `width` at a time. It resolves with the milliseconds that count of what it did, or with null
 * when there is nothing left to do.
 */
export async function timed(act: () => Promise<number | null>, { seconds, width = 1, signal }: How): Promise<Timed> {
  const times: number[] = []
  const until = performance.now() + seconds * 1000
  async function lane(): Promise<void> {
    do {
      signal.throwIfAborted()
      const ms = await act()
      if (ms === null) return
      times.push(ms)
    } while (performance.now() < until)
  }
  await Promise.all(Array.from({ length: width }, lane))
  return summary(times, width)
}

/** `width`: how many were under way at a time. */
export function summary(times: readonly number[], width = 1): Timed {
  const sum = times.reduce((all, one) => all + one, 0)
  return { count: times.length, perSecond: (1000 * width * times.length) / sum, ...percentiles(times) }
}

/** The milliseconds that `act` takes. */
export async function span(act: () => Promise<unknown>): Promise<number> {
  const began = performance.now()
  await act()
  return performance.now() - began
}

/** The milliseconds of processor time that this process, with all its threads, takes for `act`. */
export async function processorSpan(act: () => Promise<unknown>): Promise<number> {
  const before = process.cpuUsage()
  await act()
  const { user, system } = process.cpuUsage(before)
  return (user + system) / 1000
}
