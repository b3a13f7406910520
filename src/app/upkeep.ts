import type { Clock } from "../base/clock.ts"
import type { Log } from "../base/log.ts"
import type { MailboxStore } from "../mailbox/ports.ts"

const EVERY_MS = 60_000
const STEP = 500

/** Deletes expired mail in small steps, so that no sweep holds up a commit for long. */
export function keepHouse({
  store,
  clock,
  log,
}: {
  store: Pick<MailboxStore, "expire">
  clock: Clock
  log: Log
}): Disposable {
  let isSweeping = false
  async function sweep(): Promise<void> {
    if (isSweeping) return
    isSweeping = true
    try {
      let deleted = 0
      let step = STEP
      while (step === STEP) {
        step = await store.expire(STEP)
        deleted += step
      }
      if (deleted > 0) log.info("mailbox.expired", { messages: deleted })
    } catch (error) {
      log.error("upkeep.failed", { error: String(error) })
    } finally {
      isSweeping = false
    }
  }
  return clock.every(EVERY_MS, () => void sweep())
}
