import type { Clock } from "../base/clock.ts"
import type { AccountStore } from "./operator-ports.ts"

/** How exactly it is known when somebody was last seen. */
const SLOT = 5 * 60_000
const BATCH = 500

export type Presence = ReturnType<typeof createPresence>

/** Who has proved itself lately: collected here, and told to the store in batches, once in a slot for each. */
export function createPresence(store: Pick<AccountStore, "seen">, clock: Clock) {
  let fresh = new Map<number, { readonly at: number; readonly generation: number | null }>()
  const told = new Map<number, number>()
  const slotOf = (at: number) => Math.floor(at / SLOT)

  const note = (mailbox: number, generation: number | null): void => {
    const at = clock.now()
    if (told.get(mailbox) !== slotOf(at)) fresh.set(mailbox, { at, generation })
  }

  /** What a failure loses is noted again when they come back. */
  async function flush(): Promise<void> {
    const batch = [...fresh].map(([mailbox, one]) => ({ mailbox, ...one }))
    fresh = new Map()
    for (const [mailbox, slot] of told) if (slot !== slotOf(clock.now())) told.delete(mailbox)
    for (let from = 0; from < batch.length; from += BATCH) {
      const some = batch.slice(from, from + BATCH)
      await store.seen(some)
      for (const { mailbox, at } of some) told.set(mailbox, slotOf(at))
    }
  }

  return { note, flush }
}
