/** What a backend must do. Every method is one atomic act; a promise that resolves means: on disk. */

import type {
  Address,
  AuditEntry,
  Lane,
  Message,
  NewMessage,
  Quota,
  Registration,
  RegistrationState,
  Standing,
} from "./model.ts"

export interface RegistrationStore {
  /** The registration of exactly this DID, or null. */
  findRegistration(did: string): Promise<Registration | null>
  /**
   * Makes a registration in `state` for a DID that has none, and writes the audit line with it; one that exists keeps
   * its state and gains the lane. An approved DID outranks bindings: others' addresses equal to it are released.
   */
  ask(request: {
    did: string
    fullDid?: string
    lane: Lane
    state: RegistrationState
    audit: AuditEntry
  }): Promise<Registration>
  /**
   * Moves the registration of `from`, with its mailbox and addresses, to the DID `to`; `from` stays as one of its
   * addresses, and as a revoked registration, so that it cannot ask anew. `at`: when its owner rotated, epoch ms.
   * `unknown`: `from` has no registration; `stale`: it was rotated at or after `at`; `taken`: `to` has one already.
   */
  rotate(change: {
    from: string
    to: string
    fullDid?: string
    at: number
    audit: AuditEntry
  }): Promise<"moved" | "unknown" | "stale" | "taken">
  /** Compare-and-set of the state with its audit line; null when the state was none of `from`. Approval outranks, as above. */
  transition(change: {
    did: string
    from: readonly RegistrationState[]
    to: RegistrationState
    audit: AuditEntry
  }): Promise<Registration | null>
}

export interface MailboxStore {
  /** The first of `names` (addresses or their aliases, in order of preference) that is bound in the lane. */
  locate(lane: Lane, names: readonly string[]): Promise<Address | null>
  /**
   * Binds a DID to a mailbox. `taken`: bound to another mailbox, or the DID of another approved registration.
   * `aliases`: other spellings of the same DID or of its keys; one that is in use already is left where it is.
   */
  bind(binding: {
    mailbox: number
    lane: Lane
    did: string
    aliases: readonly string[]
    maxAddresses: number
  }): Promise<"bound" | "already" | "taken" | "full">
  /** Releases an address. What already waits for it stays until fetched or expired. */
  unbind(binding: { mailbox: number; lane: Lane; did: string }): Promise<"unbound" | "absent">
  /** A page of a mailbox's addresses in the order they were bound, and how many there are in all. */
  addresses(query: { mailbox: number; lane: Lane; limit: number; offset: number }): Promise<{
    dids: readonly string[]
    total: number
  }>

  /**
   * Keeps the messages for an address: all of them or none. `known` ones (same fingerprint at the same address, kept
   * now or within the last day) are skipped without error. `full`: over the quota. `gone`: the address is not bound.
   * Rejects with Fault `request.busy` when too many deposits already wait for the disk.
   */
  deposit(deposit: {
    address: Address
    messages: readonly NewMessage[]
    quota: Quota
  }): Promise<"stored" | "full" | "gone">
  /**
   * Unexpired messages of a lane with seq > `after`, oldest first: at most `limit` of them, and no more than `bytes` of
   * content unless the first alone is larger. `address`: only those deposited for this DID.
   */
  peek(query: {
    mailbox: number
    lane: Lane
    address: string | null
    after: number
    limit: number
    bytes: number
  }): Promise<readonly Message[]>
  /** What waits, unexpired, in a lane of a mailbox; `address`: only for this DID. */
  standing(query: { mailbox: number; lane: Lane; address: string | null }): Promise<Standing>
  /** Deletes those of `ids` that are in this lane of this mailbox, and says how many that were. Others are no error. */
  acknowledge(given: { mailbox: number; lane: Lane; ids: readonly string[] }): Promise<number>
  /** Deletes up to `limit` messages that have expired, and forgets fingerprints no longer needed; how many messages. */
  expire(limit: number): Promise<number>
  /** The seq of the newest message ever stored: a cursor that starts here sees only what comes later. */
  latest(): Promise<number>
}

/** Calls `listener` after another process changed the store, so that readers look again. */
export interface StoreWatch {
  watch(listener: () => void): Disposable
}
