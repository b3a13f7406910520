import type { Clock } from "../base/clock.ts"
import { Fault } from "../faults.ts"
import type { Courier } from "./courier.ts"
import type { DepositLimits, Lane, NewMessage, Quota } from "./model.ts"
import type { MailboxStore } from "./ports.ts"

export type MailboxPolicy = {
  readonly quota: Quota
  /** Bytes of one message's content. */
  readonly maxMessageBytes: number
  /** How long mail waits for its owner, ms. */
  readonly ttl: number
  readonly maxAddresses: number
}

export type Deposit = {
  readonly lane: Lane
  /** The recipient's names, best match first. */
  readonly to: readonly string[]
  /** More of them, when those are unknown and others can be worked out at some cost. */
  readonly moreNames?: () => readonly string[]
  readonly parcels: readonly Omit<NewMessage, "lane" | "expiresAt">[]
  /** When the sender wants it gone, epoch ms; null leaves it to the mediator. */
  readonly expiresAt: number | null
  /** Bounds on what strangers may send. */
  readonly limits?: DepositLimits
}

export type Mailboxes = ReturnType<typeof createMailboxes>

/** What may be put in, and who takes it out. */
export function createMailboxes(
  store: MailboxStore,
  { clock, courier, policy }: { clock: Clock; courier: Pick<Courier, "nudge">; policy: () => MailboxPolicy },
) {
  /**
   * Keeps parcels for whoever owns the first known of the names; resolves once they are on disk, with their ids in
   * order (null: known already). Faults: recipient.unknown, mailbox.full (also over `limits`), request.rate,
   * message.too_large, request.busy, store.failed.
   */
  async function deposit({
    lane,
    to,
    moreNames,
    parcels,
    expiresAt,
    limits,
  }: Deposit): Promise<readonly (string | null)[]> {
    const unknown = () => new Fault("recipient.unknown", { args: to.slice(0, 1) })
    const { quota, maxMessageBytes, ttl } = policy()
    for (const { content } of parcels) {
      if (Buffer.byteLength(content) > maxMessageBytes) throw new Fault("message.too_large")
    }
    const address = (await store.locate(lane, to)) ?? (moreNames && (await store.locate(lane, moreNames())))
    if (!address) throw unknown()
    const latest = clock.now() + ttl
    const messages = parcels.map((parcel) => ({ ...parcel, lane, expiresAt: Math.min(expiresAt ?? latest, latest) }))
    const outcome = await store.deposit({ address, messages, quota, ...(limits && { limits }) })
    if (outcome === "gone") throw unknown()
    if (outcome === "full" || outcome === "crowded") throw new Fault("mailbox.full", { detail: outcome })
    if (outcome === "too_often") throw new Fault("request.rate")
    courier.nudge(address.mailbox)
    return outcome
  }

  /** Binds an address within the cap; see MailboxStore.bind. */
  const bind = (binding: { mailbox: number; lane: Lane; did: string; aliases: readonly string[] }) =>
    store.bind({ ...binding, maxAddresses: policy().maxAddresses })

  const { unbind, addresses, peek, standing, acknowledge, latest } = store
  return { deposit, bind, unbind, addresses, peek, standing, acknowledge, latest }
}
