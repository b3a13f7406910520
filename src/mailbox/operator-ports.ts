/** What the operator's desk needs of a backend, beside the mail itself (ports.ts). Every method is one atomic act. */

import type { AuditEntry, Lane, RegistrationState } from "./model.ts"

/** A page that is read after a cursor, and how many rows match in all. */
export type Listing<T> = { readonly items: readonly T[]; readonly total: number; readonly next: string | null }

/** What the operator may change about one registration; null means: as configured. */
export type Overrides = { readonly maxMessages: number | null; readonly maxBytes: number | null }

/** A registration as the operator sees it: metadata, never content. */
export type Account = {
  readonly id: number
  readonly did: string
  readonly state: RegistrationState
  readonly lanes: readonly Lane[]
  readonly label: string
  readonly note: string
  /** The reference of the invite it came with, which admits nobody; or null. */
  readonly invite: string | null
  readonly overrides: Overrides
  readonly addresses: number
  /** What its mailbox holds, archive included. */
  readonly messages: number
  readonly bytes: number
  readonly oldestAt: number | null
  readonly createdAt: number
  readonly changedAt: number
  /** When its owner last proved itself; null if never since it was granted. */
  readonly lastSeenAt: number | null
  /** When it will be pruned for being idle; null when it is not idle. */
  readonly pruneAt: number | null
}

export type AccountQuery = {
  readonly states?: readonly RegistrationState[]
  readonly lane?: Lane
  /** Part of the DID, the label or the note, case-insensitively. */
  readonly text?: string
  readonly sort?: "newest" | "last-seen" | "messages" | "bytes" | "oldest-message" | "label"
  readonly after?: string
  readonly limit: number
}

/** What a registration has besides its mail: names and dates, never content. The newest 200 of each. */
export type Holdings = {
  readonly addresses: readonly { readonly did: string; readonly lane: Lane }[]
  /** What its owner keeps, and its contract with the mediator. */
  readonly contracts: readonly {
    readonly id: string
    readonly parties: readonly [string, string]
    readonly createdAt: number
    readonly expiresAt: number
  }[]
}

/** Messages of one mailbox: that were kept, that its owner acknowledged, and that were refused. */
export type Counts = { readonly received: number; readonly fetched: number; readonly refused: number }
/** Those of a day, which is told by when it began, UTC. */
export type Tally = Counts & { readonly mailbox: number; readonly day: number }

/** Mail that waits in one mailbox: without what its owner saved on purpose. */
export type Queue = {
  readonly did: string
  readonly label: string
  readonly lanes: readonly Lane[]
  readonly messages: number
  readonly bytes: number
  readonly oldestAt: number
  /** Of the messages, those that were handed to the owner, who did not acknowledge them within a minute or more. */
  readonly unacknowledged: number
}

export type QueueQuery = {
  /**
   * `oldest`: where something has waited longest; `newest`: who registered last, an order that mail does not change;
   * otherwise where there is most.
   */
  readonly sort: "messages" | "bytes" | "oldest" | "unacknowledged" | "newest"
  /** Part of the DID, the label or the note, case-insensitively. */
  readonly text?: string
  readonly after?: string
  readonly limit: number
}

/** What erasing or purging takes with it. */
export type Erasure = {
  readonly messages: number
  /** Of the messages and of all that was kept. */
  readonly bytes: number
  readonly addresses: number
  readonly events: number
  readonly contracts: number
  readonly publicEvents: number
}

export interface AccountStore {
  account(did: string): Promise<Account | null>
  accounts(query: AccountQuery): Promise<Listing<Account>>
  /** How many registrations there are in each state. */
  accountCounts(): Promise<Readonly<Record<RegistrationState, number>>>
  /** Changes what the operator says about a registration; null when there is none. */
  describe(change: {
    did: string
    label?: string
    note?: string
    overrides?: Partial<Overrides>
    audit: AuditEntry
  }): Promise<Account | null>
  /** What `forget` would erase: everything that is stored, expired or not. The two always agree. */
  erasable(did: string): Promise<Erasure | null>
  /** Erases the registration and everything of it, and says what that was. */
  forget(given: { did: string; audit: AuditEntry }): Promise<Erasure | null>
  /** What `purge` would delete: messages of a mailbox, all of them or those that came before `before`. */
  purgeable(given: { did: string; before: number | null }): Promise<Erasure | null>
  purge(given: { did: string; before: number | null; audit: AuditEntry }): Promise<Erasure | null>
  /** Null when there is no such registration. `ours`: the mediator's DIDs. */
  holdings(given: { did: string; ours: readonly string[] }): Promise<Holdings | null>
  /** Releases an address, in whichever lane, as unbinding does; how many there were, with an audit line if any. */
  release(given: { did: string; address: string; audit: AuditEntry }): Promise<number | null>
  /** Mailboxes in which mail waits, expired and not yet deleted mail included. */
  queues(query: QueueQuery): Promise<Listing<Queue>>
  /**
   * Notes that these owners proved themselves; called in batches, coarse in time. `generation`: of the mediator's keys that
   * they wrote to, where they wrote to any.
   */
  seen(given: readonly { mailbox: number; at: number; generation?: number | null }[]): Promise<void>
  /** Adds to what happened to mailboxes, as far as they are still there; called in batches. */
  tally(given: readonly Tally[]): Promise<void>
  /** The days on which something happened to a registration's mailbox, oldest first, for thirty days; null if there is none. */
  activity(did: string): Promise<readonly (Counts & { readonly day: number })[] | null>
  /** How many approved DIDComm registrations last wrote to each generation of the mediator's keys; null: to none yet. */
  acquaintances(): Promise<readonly { generation: number | null; accounts: number }[]>
  /**
   * Forgets approved registrations whose owner has not been seen for `idleFor` ms, at most `limit`, each with its audit
   * line; who they were. Everyone is warned first: `pruneAt` is set no less than `warning` ms ahead, as soon as that much
   * is left, and taken back when the owner is seen. With `idleFor` 0 all warnings are taken back, and nobody is forgotten.
   */
  prune(given: {
    idleFor: number
    warning: number
    limit: number
    audit: Omit<AuditEntry, "subject">
  }): Promise<readonly string[]>
}

export type Invite = {
  /** Unguessable; the id of the out-of-band invitation, and the code of a Decentrl registration. */
  readonly id: string
  readonly label: string
  readonly uses: number
  readonly used: number
  readonly expiresAt: number | null
  readonly revokedAt: number | null
  readonly createdAt: number
  /** What the registrations get that come with it. */
  readonly overrides: Overrides
}

export type InviteQuery = {
  /** Part of the id or the label, case-insensitively. */
  readonly text?: string
  readonly after?: string
  readonly limit: number
}

export interface InviteStore {
  createInvite(given: { invite: Omit<Invite, "used" | "revokedAt">; audit: AuditEntry }): Promise<void>
  invite(id: string): Promise<Invite | null>
  invites(query: InviteQuery): Promise<Listing<Invite>>
  revokeInvite(given: { id: string; at: number; audit: AuditEntry }): Promise<Invite | null>
}

export type AuditLine = AuditEntry & {
  readonly detail: string
  /** From 1 without gaps. */
  readonly seq: number
  readonly at: number
  /** SHA-256 over the hash of the line before (nothing for the first) and this one's other members, hex. */
  readonly hash: string
}

export interface AuditStore {
  /** Appends a line of its own: for what changes nothing in the store but must be told. */
  audit(entry: AuditEntry): Promise<AuditLine>
  /**
   * Lines newest first, before the seq `before` (0: from the newest), or oldest first after `after`, where that is given.
   * `action` is how their actions begin.
   */
  auditLines(query: {
    before?: number
    after?: number
    text?: string
    action?: string
    limit: number
  }): Promise<readonly AuditLine[]>
  /** Walks the whole chain; the first seq that does not hold, or null when it is unbroken. */
  verifyAudit(): Promise<{ lines: number; broken: number | null }>
}

/** Who signs in to the admin pages, and what programs may use instead. Secrets are kept as hashes only. */
export type Admin = {
  readonly name: string
  readonly passwordHash: string
  readonly totpSecret: string | null
  readonly recoveryHashes: readonly string[]
  readonly createdAt: number
}
export type Token = {
  readonly id: string
  readonly name: string
  readonly hash: string
  readonly scopes: readonly string[]
  readonly createdAt: number
  readonly expiresAt: number | null
  readonly lastUsedAt: number | null
}

export interface AdminStore {
  admins(): Promise<readonly Admin[]>
  /** Makes or replaces an admin; `first: true` only when there is none yet (else false is returned and nothing done). */
  saveAdmin(given: { admin: Admin; first: boolean; audit: AuditEntry }): Promise<boolean>
  removeAdmin(given: { name: string; audit: AuditEntry }): Promise<boolean>
  tokens(): Promise<readonly Token[]>
  saveToken(given: { token: Token; audit: AuditEntry }): Promise<void>
  removeToken(given: { id: string; audit: AuditEntry }): Promise<boolean>
  /** Notes when a token was last used; no audit line. */
  tokenUsed(given: { id: string; at: number }): Promise<void>
  /** Small facts the desk keeps: sessions and setup codes, by the hash of their secret; gone after `until`. */
  keep(given: { kind: string; key: string; value: string; until: number }): Promise<void>
  kept(kind: string, key: string): Promise<string | null>
  keptAll(kind: string): Promise<readonly { key: string; value: string; until: number }[]>
  drop(kind: string, key: string): Promise<void>
}

/** The size of it all, for limits and status pages. */
export interface MeasureStore {
  measure(): Promise<{
    /** What all mailboxes hold, archives included. */
    readonly messages: number
    readonly bytes: number
    /** When the oldest message came that still waits. */
    readonly oldestAt: number | null
    /** When the newest message came that was ever kept, whether it still waits or not; null before the first. */
    readonly newestAt: number | null
    readonly databaseBytes: number
    /** Of the database's bytes, those that hold nothing at present. */
    readonly reusableBytes: number
    readonly walBytes: number
    /** What is free on its disk. */
    readonly freeBytes: number
    /** What is held back there for deletions on a full disk. */
    readonly ballastBytes: number
    readonly pageSize: number
    /** The number of the schema. */
    readonly schema: number
  }>
}
