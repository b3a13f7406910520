import { LRUCache } from "lru-cache"
import type { Clock } from "../base/clock.ts"
import { Fault } from "../faults.ts"

/** How much of this mediator's network strangers may use up: per host or address, and altogether. */

const AT_ONCE = 64
const AT_ONCE_PER_KEY = 8
const BURST = 100
const PER_SECOND = 20
const MAX_KEYS = 2000

type Account = { tokens: number; at: number; open: number }

/** Takes a place for one exchange with `key`, given back when disposed. Throws request.busy when there is none. */
export type Budget = (key: string) => Disposable

export function createBudget(clock: Clock): Budget {
  const accounts = new LRUCache<string, Account>({ max: MAX_KEYS })
  let open = 0

  return (key) => {
    const now = clock.now()
    const account = accounts.get(key) ?? { tokens: BURST, at: now, open: 0 }
    const refill = Math.max(0, now - account.at) * (PER_SECOND / 1000)
    account.tokens = Math.min(BURST, account.tokens + refill)
    account.at = now
    accounts.set(key, account)
    if (open >= AT_ONCE || account.open >= AT_ONCE_PER_KEY || account.tokens < 1) {
      throw new Fault("request.busy", { detail: `outbound budget of ${key}` })
    }
    account.tokens--
    account.open++
    open++
    return {
      [Symbol.dispose]() {
        account.open--
        open--
      },
    }
  }
}
