import { createBuckets, type Rate } from "../base/bucket.ts"
import type { Clock } from "../base/clock.ts"
import { accountDid } from "../did/document.ts"
import { Fault } from "../faults.ts"
import type { Connection } from "../wire.ts"
import type { Aside, Gate } from "./gate.ts"
import type { Message, Party } from "./registry.ts"

const DIDS = 10_000
const ADDRESSES = 10_000

/** How a message came in: from which client, on which socket if any, and how its gate is left for a while. */
export type Arrival = { readonly remote: string; readonly connection: Connection | null; readonly aside: Aside }

/** What is known of a client's address. */
export type Addresses = {
  /** Whether a member has proved itself from there lately. */
  isKnown(remote: string): boolean
  /** Whether its address is no reason to limit it. */
  isExempt(remote: string): boolean
  /** A member proved itself from there. */
  vouch(remote: string): void
}

type Given = {
  /** For those whom we know, and for everybody else: strangers never fill the whole line. */
  readonly gates: { readonly known: Gate; readonly strangers: Gate }
  /** Messages that prove no sender, and forwards, of one address; all others of one DID. Seconds' rates. */
  readonly perForwarder: () => Rate
  readonly perDid: () => Rate
  readonly addresses: Addresses
  readonly isMember: (did: string) => Promise<boolean>
  readonly clock: Clock
}

export type Limits = ReturnType<typeof createLimits>

/** How much may be asked for. Members and sockets are made to wait; strangers are told when to come back. */
export function createLimits({ gates, perForwarder, perDid, addresses, isMember, clock }: Given) {
  const ofAddress = createBuckets(perForwarder, { clock, keys: ADDRESSES })
  const asking = createBuckets(perDid, { clock, keys: DIDS })
  // Apart from what else a wallet sends: some never call again once they are refused.
  const fetching = createBuckets(perDid, { clock, keys: DIDS })

  const enter = <T>(remote: string, act: (aside: Aside) => Promise<T>): Promise<T> =>
    (addresses.isKnown(remote) ? gates.known : gates.strangers).enter(act)

  /** Resolves when it is the message's turn. Fault message.too_often. `arrival`: null inside another message. */
  async function admit(message: Message, sender: Party | null, arrival: Arrival | null): Promise<void> {
    const isAnonymous = !sender || message.byAddress
    if (isAnonymous && (!arrival || addresses.isExempt(arrival.remote))) return
    const key = isAnonymous ? (arrival?.remote ?? "") : accountDid(sender.did)
    const buckets = isAnonymous ? ofAddress : message.fetches ? fetching : asking
    const wait = buckets.take(key, 1)
    if (wait === 0) return
    const mayWait = arrival !== null && (arrival.connection !== null || (!isAnonymous && (await isMember(sender.did))))
    if (!mayWait) throw new Fault("message.too_often", { retry: Math.ceil(wait) })
    await arrival.aside(pause(buckets.borrow(key, 1)))
  }

  function pause(seconds: number): Promise<void> {
    return new Promise((resolve) => clock.after(seconds * 1000, resolve))
  }

  const state = () => ({ forwards: ofAddress.state(), asking: asking.state(), fetching: fetching.state() })

  return { enter, admit, vouch: addresses.vouch, state }
}
