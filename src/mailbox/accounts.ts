import type { Clock } from "../base/clock.ts"
import { Fault } from "../faults.ts"
import { lastDays } from "./activity.ts"
import type { RegistrationState } from "./model.ts"
import type { Account, AccountQuery, AccountStore, Erasure, Holdings, Overrides } from "./operator-ports.ts"
import type { RegistrationStore } from "./ports.ts"

/** Who changes something: an admin's name, `token:NAME`, `cli`, or a DID that acts for itself. */
export type Actor = { readonly name: string; readonly address: string | null }

/** How the audit calls whoever changes something. */
export const actorText = ({ name, address }: Actor): string => (address === null ? name : `${name}@${address}`)

/** What an operator can do with a registration, and from which states. */
const transitions = {
  approve: { from: ["pending", "denied"], to: "approved" },
  deny: { from: ["pending"], to: "denied" },
  suspend: { from: ["approved"], to: "suspended" },
  resume: { from: ["suspended"], to: "approved" },
  revoke: { from: ["approved", "suspended"], to: "revoked" },
} as const satisfies Record<string, { from: readonly RegistrationState[]; to: RegistrationState }>

export type Transition = keyof typeof transitions
export const transitionNames = Object.keys(transitions) as readonly Transition[]

export type Accounts = ReturnType<typeof createAccounts>

/** The operator's side of registrations: who is there, who may stay, and what is theirs. Every change is audited. */
export function createAccounts(store: AccountStore & RegistrationStore, { clock }: { clock: Clock }) {
  const entry = (by: Actor, action: string, did: string) => ({
    actor: actorText(by),
    action: `registration.${action}`,
    subject: did,
  })

  /**
   * The registration as it is then; without `by`, as it would be. Faults: account.unknown; account.state when it is in
   * none of the states that allow it.
   */
  async function change(did: string, transition: Transition, by: Actor | null): Promise<Account> {
    const { from, to } = transitions[transition]
    const isDone = by && (await store.transition({ did, from, to, audit: entry(by, transition, did) }))
    const account = await found(did)
    if (isDone) return account
    if (!by && from.some((state) => state === account.state)) return { ...account, state: to }
    throw new Fault("account.state", { args: [transition, account.state, from.join(" or ")] })
  }

  /** The registration of a DID. Fault account.unknown. */
  async function found(did: string): Promise<Account> {
    const account = await store.account(did)
    if (!account) throw new Fault("account.unknown", { args: [did] })
    return account
  }

  async function describe(
    did: string,
    { label, note, overrides }: { label?: string; note?: string; overrides?: Partial<Overrides> },
    by: Actor,
  ): Promise<Account> {
    const given = {
      ...(label !== undefined && { label }),
      ...(note !== undefined && { note }),
      ...(overrides && { overrides }),
    }
    const account = await store.describe({ did, ...given, audit: entry(by, "describe", did) })
    if (!account) throw new Fault("account.unknown", { args: [did] })
    return account
  }

  /** Erases a registration and all that is its owner's; without `by`, only says what that would be. */
  const forget = async (did: string, by: Actor | null): Promise<Erasure> =>
    existing(did, by ? await store.forget({ did, audit: entry(by, "forget", did) }) : await store.erasable(did))

  /** Deletes waiting mail that is older than `olderThan` ms (all of it for 0); without `by`, only says what that is. */
  async function purge(did: string, olderThan: number, by: Actor | null): Promise<Erasure> {
    const before = olderThan > 0 ? clock.now() - olderThan : null
    return existing(
      did,
      by ? await store.purge({ did, before, audit: entry(by, "purge", did) }) : await store.purgeable({ did, before }),
    )
  }

  /** What a registration has besides its mail; `ours`: the DIDs by which it may have a contract with the mediator. */
  const holdings = async (did: string, ours: readonly string[]): Promise<Holdings> =>
    existing(did, await store.holdings({ did, ours }))

  /** Takes an address from a registration; how many it had of that name, one for each lane at most. */
  const release = async (did: string, address: string, by: Actor): Promise<number> =>
    existing(did, await store.release({ did, address, audit: { ...entry(by, "release", did), detail: address } }))

  /** What happened to its mailbox on each of the last thirty days, oldest first. */
  const history = async (did: string): Promise<ReturnType<typeof lastDays>> =>
    lastDays(existing(did, await store.activity(did)), clock.now(), 30)

  function existing<T>(did: string, found: T | null): T {
    if (found === null) throw new Fault("account.unknown", { args: [did] })
    return found
  }

  const list = (query: AccountQuery) => store.accounts(query)
  const counts = () => store.accountCounts()

  return { change, found, describe, forget, purge, holdings, history, release, list, counts }
}
