/** What a backend must do. Every method is one atomic act; a promise that resolves means: on disk. */

import type {
  Address,
  AuditEntry,
  Contract,
  DepositLimits,
  Kept,
  Lane,
  Message,
  NewMessage,
  Page,
  PublicEvent,
  Quota,
  Registration,
  RegistrationState,
  SavedEvent,
  Standing,
} from "./model.ts"

export type Asking = {
  readonly did: string
  readonly fullDid?: string
  readonly lane: Lane
  readonly state: RegistrationState
  readonly audit: AuditEntry
  /** How long it may be pending, ms, before it is forgotten; for ever unless given. */
  readonly pendingTtl?: number
  /** The mediator's own: it is not listed, and no operator's act touches it. */
  readonly isOwn?: boolean
}

export interface RegistrationStore {
  /** The registration of exactly this DID, or null. */
  findRegistration(did: string): Promise<Registration | null>
  /** The number of the last change of anybody's registration, or a later one: without one, no contract ends early either. */
  lastChange(): Promise<number>
  /**
   * Makes a registration in `state` for a DID that has none, and writes the audit line with it; one that exists gains
   * the lane and keeps its state, unless it was pending and is approved now. An approved DID outranks bindings: others'
   * addresses equal to it are released.
   */
  ask(request: Asking & { invite?: never; maxPending?: never }): Promise<Registration>
  /**
   * The same on conditions, checked in the same act, which does nothing when one fails. `spent`: there is no such
   * invite, or it is used up, expired or revoked; otherwise one use is claimed, and its label and overrides are copied.
   * `crowded`: it would be pending, and `maxPending` are so already.
   */
  ask(request: Asking & { invite?: string; maxPending?: number }): Promise<Registration | "spent" | "crowded">
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
   * Keeps the messages for an address, all of them or none, and tells them in order: null for a `known` one (same
   * fingerprint at the same address, kept now or within the last day), which is skipped. `full`: over the quota.
   * `gone`: the address is not bound, or its owner is not approved. `crowded`: over the quota's share of one sender,
   * or over one of the `limits`, as `too_often`; known ones and refused deposits do not count in them. What an operator
   * set for this mailbox outranks the quota. Rejects with Fault `request.busy` when too much waits for the disk.
   * `once`: a fact that is reserved with it, as in OnceStore, for which there need be no view of the store.
   */
  deposit(deposit: {
    address: Address
    messages: readonly NewMessage[]
    quota: Quota
    limits?: DepositLimits
    once?: Fact
  }): Promise<readonly (Kept | null)[] | "full" | "gone" | "crowded" | "too_often">
  /**
   * Unexpired messages of a lane with seq > `after`, oldest first, as long as the owner is approved: at most `limit` of them, and no more than `bytes` of
   * content unless the first alone is larger. `address`: only those deposited for this DID; `kind`: only this kind.
   */
  peek(query: {
    mailbox: number
    lane: Lane
    address: string | null
    kind?: string
    after: number
    limit: number
    bytes: number
  }): Promise<readonly Message[]>
  /** What waits, unexpired, in a lane of a mailbox; `address`, `kind` and `after` as in `peek`. */
  standing(query: {
    mailbox: number
    lane: Lane
    address: string | null
    kind?: string
    after?: number
  }): Promise<Standing>
  /** Deletes those of `ids` that are in this lane of this mailbox (and of this kind); how many. Others are no error. */
  acknowledge(given: { mailbox: number; lane: Lane; kind?: string; ids: readonly string[] }): Promise<number>
  /**
   * Notes that these messages, as far as they still wait, were handed to their owner; they expire at `expiresAt` if they
   * would later, or stay as long as they may if that is null. Called in batches.
   */
  handed(given: { seqs: readonly number[]; expiresAt: number | null }): Promise<void>
  /** Deletes up to `limit` expired messages, and forgets whatever else has come to its end; how many messages. */
  expire(limit: number): Promise<number>
  /** The seq of the newest message ever stored: a cursor that starts here sees only what comes later. */
  latest(): Promise<number>
}

/** Calls `listener` after another process changed the store, so that readers look again. */
export interface StoreWatch {
  watch(listener: () => void): Disposable
}

/** At most `limit` items, and no more than `bytes` of them unless the first alone is larger. */
export type PageRequest = { readonly after: number; readonly limit: number; readonly bytes: number }

/**
 * What owners keep on purpose. `mailbox` is the owner's; its quota covers messages and archive together, and `full`
 * means that nothing of the act was done. Whatever keeps something rejects with `request.busy` as `deposit` does.
 */
export interface ArchiveStore {
  /** Keeps events, all or none; one whose id the owner has saved already is left as it is and not counted again. */
  saveEvents(given: { mailbox: number; events: readonly SavedEvent[]; quota: Quota }): Promise<"stored" | "full">
  /** The owner's events oldest first: with `all` or `any` of the tags, or every one when there are no tags. */
  queryEvents(
    query: { mailbox: number; tags: readonly string[]; match: "all" | "any" } & PageRequest,
  ): Promise<Page<SavedEvent & { createdAt: number }>>
  /** Replaces the whole set of tags of each event that is the owner's; how many that were. Tags count in the quota. */
  retagEvents(given: {
    mailbox: number
    updates: readonly { id: string; tags: readonly string[] }[]
    quota: Quota
  }): Promise<number | "full">

  /** Keeps a contract for an owner; keeping it again is no error. */
  saveContract(given: { mailbox: number; contract: Contract; quota: Quota }): Promise<"stored" | "full">
  /** The owner's contracts that have not expired, oldest first. */
  contracts(query: { mailbox: number } & PageRequest): Promise<Page<Contract & { createdAt: number }>>
  /** Until when, epoch ms, an unexpired contract between these two is known here, whoever saved it, either way round; or null. */
  contractUntil(between: readonly [string, string]): Promise<number | null>

  /** Shows an event to everybody; one whose id the owner has published already is left as it is. */
  publish(given: { mailbox: number; event: PublicEvent; quota: Quota }): Promise<"stored" | "full">
  /** Takes a public event of this owner back; whether there was one. */
  unpublish(given: { mailbox: number; id: string }): Promise<boolean>
  /** A publisher's events, newest first; `after`: only those before this cursor, 0 for the newest page. */
  published(
    query: { publisher: string; channel: string | null; tag: string | null } & PageRequest,
  ): Promise<Page<PublicEvent>>
}

/** That something happened, which is to happen once. */
export type Fact = { readonly kind: string; readonly key: string; readonly until: number }

/** Acts that happen once: the fact is noted in the very transaction that holds their effect. */
export interface OnceStore {
  /**
   * The same acts, each of which first reserves `fact` as Ledger.reserve does and, when that was taken, does nothing
   * and rejects with Fault `command.replayed`; after one was done, whatever its answer, later ones go through. An act
   * that fails leaves the fact free. Reads are plain reads. `settle` reserves the fact if no act of the view has yet.
   */
  once(fact: Fact): MailboxStore & RegistrationStore & ArchiveStore & { settle(): Promise<void> }
}
