import type { Clock } from "../base/clock.ts"
import type { Mailboxes } from "./mailboxes.ts"
import type { Message } from "./model.ts"
import type { MailboxStore } from "./ports.ts"

const BATCH = 500
/** More than these are not remembered until the next flush: they then count as mail that nobody fetched. */
const MOST = 100_000

export type Deliveries = ReturnType<typeof createDeliveries>

/**
 * Mail that was handed to its owner and never acknowledged is noted as such, and ends `ttl()` ms later, if it would wait
 * longer; with 0 it stays. Most is acknowledged at once: only what is still there at a flush is written about, apart from every delivery.
 */
export function createDeliveries(
  store: Pick<MailboxStore, "handed">,
  { clock, ttl }: { clock: Clock; ttl: () => number },
) {
  let handed = new Set<number>()
  /** A message was handed to its owner. */
  const note = ({ seq }: Message): void => {
    if (handed.size < MOST) handed.add(seq)
  }

  async function flush(): Promise<void> {
    const seqs = [...handed]
    handed = new Set()
    const expiresAt = ttl() > 0 ? clock.now() + ttl() : null
    for (let from = 0; from < seqs.length; from += BATCH) {
      await store.handed({ seqs: seqs.slice(from, from + BATCH), expiresAt })
    }
  }

  /** The same mailboxes: whoever looks into one has been handed what it saw. */
  const mailboxes = (real: Mailboxes): Mailboxes => ({
    ...real,
    async peek(query) {
      const found = await real.peek(query)
      for (const message of found) note(message)
      return found
    },
  })

  return { flush, note, mailboxes }
}
