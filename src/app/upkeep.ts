import type { Clock } from "../base/clock.ts"
import type { Log } from "../base/log.ts"
import type { Activity } from "../mailbox/activity.ts"
import type { ClockGuard } from "../mailbox/clock-guard.ts"
import type { Deliveries } from "../mailbox/deliveries.ts"
import type { AccountStore } from "../mailbox/operator-ports.ts"
import type { MailboxStore } from "../mailbox/ports.ts"
import type { Presence } from "../mailbox/presence.ts"

const EVERY_MS = 60_000
const STEP = 500
const TWO_WEEKS = 14 * 86_400_000

type House = {
  readonly expire: MailboxStore["expire"]
  readonly store: Pick<AccountStore, "prune">
  readonly presence: Pick<Presence, "flush">
  readonly activity: Pick<Activity, "flush">
  readonly deliveries: Pick<Deliveries, "flush">
  readonly guard: Pick<ClockGuard, "look">
  /** Closes the sockets of whoever was forgotten. */
  readonly connections: { look(): Promise<void> }
  /** How long an account may be idle before it is pruned, ms; 0: for ever. */
  readonly idleFor: () => number
  readonly clock: Clock
  readonly log: Log
}

/**
 * What nobody asks for, once a minute, in steps that hold up no commit for long. What fails is tried again next time.
 * Disposing it writes down what was collected since.
 */
export function keepHouse(house: House): AsyncDisposable {
  const { expire, store, presence, activity, deliveries, guard, connections, idleFor, clock, log } = house
  let isSweeping = false
  let isBelieved = true

  // Every time, also beside a sweep that takes long: the guard counts on being asked.
  function look(): void {
    const before = isBelieved
    isBelieved = guard.look()
    if (before && !isBelieved) log.warn("clock.doubted", { says: new Date(clock.now()).toISOString() })
    if (!before && isBelieved) log.info("clock.believed", { says: new Date(clock.now()).toISOString() })
  }

  async function expireMail(): Promise<void> {
    let deleted = 0
    let step = STEP
    while (step === STEP) {
      step = await expire(STEP)
      deleted += step
    }
    if (deleted > 0) log.info("mailbox.expired", { messages: deleted })
  }

  async function prune(): Promise<void> {
    const idle = idleFor()
    const warning = Math.min(TWO_WEEKS, idle / 2)
    const audit = { actor: "upkeep", action: "registration.pruned" }
    for (const did of await store.prune({ idleFor: idle, warning, limit: STEP, audit }))
      log.info("account.pruned", { did })
  }

  async function sweep(): Promise<void> {
    look()
    if (isSweeping) return
    isSweeping = true
    await carryOut([presence.flush, activity.flush, deliveries.flush, expireMail, prune, connections.look])
    isSweeping = false
  }

  async function carryOut(tasks: readonly (() => Promise<void>)[]): Promise<void> {
    for (const task of tasks) {
      await task().catch((error) => log.error("upkeep.failed", { error: String(error) }))
    }
  }

  const sweeps = clock.every(EVERY_MS, () => void sweep())
  return {
    async [Symbol.asyncDispose]() {
      sweeps[Symbol.dispose]()
      await carryOut([presence.flush, activity.flush, deliveries.flush])
    },
  }
}
