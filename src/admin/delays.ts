import { LRUCache } from "lru-cache"
import { bounded } from "../base/bounded.ts"
import type { Clock } from "../base/clock.ts"
import { Fault } from "../faults.ts"
import { hashOf } from "./secrets.ts"

const FREE = 5
const KEYS = 10_000
const FORGOTTEN_MS = 3_600_000
const FIRST_MS = 1_000
/** Whoever tries from one place waits long; a name must not be closed to its owner for long by others. */
const MOST_MS = { address: 900_000, account: 60_000 }

type Failures = { count: number; openAt: number; at: number }
export type Delays = ReturnType<typeof createDelays>
export type Attempt = { readonly address: string; readonly account: string }

/** After five failures each further attempt must wait twice as long as the one before, by address and by account. */
export function createDelays(clock: Clock) {
  const known = new LRUCache<string, Failures>(bounded(KEYS))
  const keys = ({ address, account }: Attempt) =>
    [
      [`address:${address}`, MOST_MS.address],
      [`account:${hashOf(account)}`, MOST_MS.account],
    ] as const

  function current(key: string): Failures | null {
    const failures = known.get(key)
    return failures && Math.abs(clock.now() - failures.at) < FORGOTTEN_MS ? failures : null
  }

  return {
    /** Counts as a failure until `succeeded` takes it back, so that many at once get no more tries. Fault admin.slow. */
    attempt(given: Attempt): void {
      const now = clock.now()
      const wait = Math.max(...keys(given).map(([key]) => (current(key)?.openAt ?? 0) - now))
      if (wait > 0) throw new Fault("admin.slow", { retry: Math.ceil(wait / 1000) })
      for (const [key, most] of keys(given)) {
        const count = (current(key)?.count ?? 0) + 1
        const delay = count < FREE ? 0 : Math.min(FIRST_MS * 2 ** Math.min(count - FREE, 20), most)
        known.set(key, { count, openAt: now + delay, at: now })
      }
    },
    /** It was no failure, but no success either: earlier failures still count. */
    takeBack(given: Attempt): void {
      const now = clock.now()
      for (const [key] of keys(given)) known.set(key, { count: (current(key)?.count ?? 1) - 1, openAt: now, at: now })
    },
    succeeded(given: Attempt): void {
      for (const [key] of keys(given)) known.delete(key)
    },
  }
}
