import type { Clock } from "../../src/base/clock.ts"

/** A clock that stands still until told to pass time; what becomes due meanwhile is run in order. */
export function fakeClock(start = 1_700_000_000_000) {
  let now = start
  const waiting = new Set<{ due: number; act: () => void }>()
  const clock: Clock & { pass(ms: number): void } = {
    now: () => now,
    after(ms, act) {
      const timer = { due: now + ms, act }
      waiting.add(timer)
      return { [Symbol.dispose]: () => void waiting.delete(timer) }
    },
    every() {
      throw new Error("nothing here repeats")
    },
    pass(ms) {
      now += ms
      for (const timer of [...waiting].sort((a, b) => a.due - b.due)) {
        if (timer.due <= now && waiting.delete(timer)) timer.act()
      }
    },
  }
  return clock
}
