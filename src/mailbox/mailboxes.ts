import { LRUCache } from "lru-cache"
import { bounded } from "../base/bounded.ts"
import type { Clock } from "../base/clock.ts"
import { Fault } from "../faults.ts"
import type { Activity } from "./activity.ts"
import type { Courier } from "./courier.ts"
import type { Address, DepositLimits, Lane, NewMessage, Quota } from "./model.ts"
import type { Fact, MailboxStore } from "./ports.ts"

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
  /** What is to happen once, and happens with this. Fault command.replayed when it did before. */
  readonly once?: Fact
}

export type Mailboxes = ReturnType<typeof createMailboxes>

/** Where names led when they were last looked up. It may be out of date: the store keeps nothing for what is gone. */
export type Whereabouts = LRUCache<string, Address>
export const createWhereabouts = (): Whereabouts => new LRUCache(bounded(REMEMBERED))
const REMEMBERED = 10_000

type Ports = {
  readonly clock: Clock
  readonly courier: Pick<Courier, "nudge">
  readonly activity: Pick<Activity, "note">
  readonly policy: () => MailboxPolicy
  readonly whereabouts?: Whereabouts
}

/** What may be put in, and who takes it out. */
export function createMailboxes(
  store: MailboxStore,
  { clock, courier, activity, policy, whereabouts = createWhereabouts() }: Ports,
) {
  /** The address that the first known of the names leads to. Only what is bound by that very name is remembered. */
  async function find({ lane, to, moreNames }: Pick<Deposit, "lane" | "to" | "moreNames">, name: string) {
    const address = await store.locate(lane, to)
    if (address && to.length === 1) whereabouts.set(name, address)
    else whereabouts.delete(name)
    return address ?? (moreNames ? store.locate(lane, moreNames()) : null)
  }

  /**
   * Keeps parcels for whoever owns the first known of the names; resolves once they are on disk, with their ids in
   * order (null: known already). Faults: recipient.unknown, mailbox.full (also over `limits`), request.rate,
   * message.too_large, request.busy, store.failed.
   */
  async function deposit(given: Deposit): Promise<readonly (string | null)[]> {
    const { lane, to, parcels, expiresAt, limits, once } = given
    const unknown = () => new Fault("recipient.unknown", { args: to.slice(0, 1) })
    const { quota, maxMessageBytes, ttl } = policy()
    const latest = clock.now() + ttl
    const messages = parcels.map((parcel) => ({ ...parcel, lane, expiresAt: Math.min(expiresAt ?? latest, latest) }))
    const keep = (at: Address, fact?: Fact) =>
      store.deposit({ address: at, messages, quota, ...(limits && { limits }), ...(fact && { once: fact }) })
    const name = `${lane} ${to.join(" ")}`
    const refuse = (at: Address | null) => at && activity.note(at.mailbox, { refused: parcels.length })
    if (parcels.some(({ content }) => Buffer.byteLength(content) > maxMessageBytes)) {
      refuse(whereabouts.get(name) ?? (await find(given, name)))
      throw new Fault("message.too_large")
    }
    const remembered = whereabouts.get(name) ?? null
    let address = remembered
    let outcome = address ? await keep(address, once) : "gone"
    if (outcome === "gone") {
      address = await find(given, name)
      // The first try, if there was one, has used the fact up.
      outcome = address ? await keep(address, remembered ? undefined : once) : "gone"
    }
    if (!address || outcome === "gone") throw unknown()
    if (typeof outcome === "string") refuse(address)
    if (outcome === "full" || outcome === "crowded") throw new Fault("mailbox.full", { detail: outcome })
    if (outcome === "too_often") throw new Fault("request.rate")
    const kept = outcome.filter((one) => one !== null)
    activity.note(address.mailbox, { received: kept.length })
    courier.nudge(address.mailbox, kept)
    return outcome.map((one) => one?.id ?? null)
  }

  async function acknowledge(given: Parameters<MailboxStore["acknowledge"]>[0]): Promise<number> {
    const fetched = await store.acknowledge(given)
    activity.note(given.mailbox, { fetched })
    return fetched
  }

  /** Binds an address within the cap; see MailboxStore.bind. */
  async function bind(binding: { mailbox: number; lane: Lane; did: string; aliases: readonly string[] }) {
    const outcome = await store.bind({ ...binding, maxAddresses: policy().maxAddresses })
    // What led here as an alias may now lead to an address of its own.
    whereabouts.clear()
    return outcome
  }

  const { unbind, addresses, peek, standing, latest } = store
  return { deposit, bind, unbind, addresses, peek, standing, acknowledge, latest }
}
