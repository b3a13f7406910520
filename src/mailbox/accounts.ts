import type { Clock } from "../base/clock.ts"
import { Fault } from "../faults.ts"
import type { RegistrationState } from "./model.ts"
import type { Account, AccountQuery, AccountStore, Erasure, Overrides } from "./operator-ports.ts"
import type { RegistrationStore } from "./ports.ts"

/** Who changes something: an admin's name, `token:NAME`, `cli`, or a DID that acts for itself. */
export type Actor = { readonly name: string; readonly address: string | null }

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
    actor: by.address === null ? by.name : `${by.name}@${by.address}`,
    action: `registration.${action}`,
    subject: did,
  })

  /** Faults: account.unknown; account.state when the registration is in none of the states that allow it. */
  async function change(did: string, transition: Transition, by: Actor): Promise<Account> {
    const { from, to } = transitions[transition]
    const changed = await store.transition({ did, from, to, audit: entry(by, transition, did) })
    if (changed) return found(did)
    const { state } = await found(did)
    throw new Fault("account.state", { args: [transition, state, from.join(" or ")] })
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

  function existing(did: string, erasure: Erasure | null): Erasure {
    if (!erasure) throw new Fault("account.unknown", { args: [did] })
    return erasure
  }

  const list = (query: AccountQuery) => store.accounts(query)
  const counts = () => store.accountCounts()

  return { change, found, describe, forget, purge, list, counts }
}
