import type { Clock } from "../../src/base/clock.ts"

type Due = { at: number; every: number | null; act: () => void }

/** A clock that stands still until it is told how much time has passed. */
export function fakeClock(start = Date.UTC(2026, 0, 1)) {
  let now = start
  const due = new Set<Due>()
  const schedule = (entry: Due): Disposable => {
    due.add(entry)
    return { [Symbol.dispose]: () => void due.delete(entry) }
  }
  const clock: Clock = {
    now: () => now,
    after: (ms, act) => schedule({ at: now + ms, every: null, act }),
    every: (ms, act) => schedule({ at: now + ms, every: ms, act }),
  }
  /** Lets `ms` pass, running in order what comes due on the way. */
  function pass(ms: number): void {
    const end = now + ms
    for (;;) {
      let next: Due | null = null
      for (const entry of due) if (entry.at <= end && (next === null || entry.at < next.at)) next = entry
      if (!next) break
      now = Math.max(now, next.at)
      if (next.every === null) due.delete(next)
      else next.at += next.every
      next.act()
    }
    now = end
  }
  /** Sets the time outright, as a wrong clock that is corrected does; nothing comes due. */
  const set = (ms: number) => {
    now = ms
  }
  return { ...clock, pass, set }
}
