import { LRUCache } from "lru-cache"
import { bounded } from "./bounded.ts"
import type { Clock } from "./clock.ts"

/** What one key may take: `perSecond` in the long run, `burst` at once after a silence. 0 a second is no limit. */
export type Rate = { readonly perSecond: number; readonly burst: number }

export type Buckets = {
  /** Takes `cost`: 0. When there is not so much, nothing is taken: the seconds until there will be. */
  take(key: string, cost: number): number
  /** Takes `cost` in any case, on credit of one more burst at most: the seconds until it would have been there. */
  borrow(key: string, cost: number): number
  /** How many keys are known, and how many of those could take nothing now. */
  state(): { readonly tracked: number; readonly limited: number }
}

/** Token buckets by key, at most `keys` of them: the longest unused is forgotten, which is as good as full. The rate may change. */
export function createBuckets(rate: () => Rate, { clock, keys }: { clock: Clock; keys: number }): Buckets {
  // All that a bucket is: when it will be full again.
  const fullAt = new LRUCache<string, number>(bounded(keys))

  /** When it would be full after `cost` was taken, and how long that is too early, ms. */
  function after(key: string, cost: number, now: number, { perSecond, burst }: Rate): { full: number; wait: number } {
    const tokenMs = 1000 / perSecond
    const burstMs = burst * tokenMs
    const known = Math.max(fullAt.get(key) ?? now, now)
    const start = Math.min(known, now + 2 * burstMs)
    // The clock was set back since: what is owed does not grow by that.
    if (start < known) fullAt.set(key, start)
    const full = start + Math.min(cost, burst) * tokenMs
    const wait = full - now - burstMs
    return { full, wait: wait > ROUNDING_MS ? wait : 0 }
  }

  return {
    take(key, cost) {
      const current = rate()
      if (current.perSecond === 0) return 0
      const { full, wait } = after(key, cost, clock.now(), current)
      if (wait === 0) fullAt.set(key, full)
      return wait / 1000
    },
    borrow(key, cost) {
      const { perSecond, burst } = rate()
      if (perSecond === 0) return 0
      const now = clock.now()
      const burstMs = (burst * 1000) / perSecond
      const { full, wait } = after(key, cost, now, { perSecond, burst })
      fullAt.set(key, Math.min(full, now + 2 * burstMs))
      return Math.min(wait, burstMs) / 1000
    },
    state() {
      const { perSecond, burst } = rate()
      if (perSecond === 0) return { tracked: 0, limited: 0 }
      const empty = clock.now() + ((burst - 1) * 1000) / perSecond + ROUNDING_MS
      let limited = 0
      for (const full of fullAt.values()) if (full > empty) limited++
      return { tracked: fullAt.size, limited }
    },
  }
}

// Epoch milliseconds in a double are exact to a few ten-thousandths.
const ROUNDING_MS = 0.01
