/** The words of the domain. No language, no SQL: a mailbox does not know what its letters are written in. */

/** Which protocol family a message belongs to; a client only ever sees its own lane. */
export type Lane = "didcomm" | "decentrl"

export type RegistrationState = "pending" | "approved" | "denied" | "suspended" | "revoked"

/** Somebody's standing with this mediator: one row per DID, whatever the lanes. Its id is also its mailbox's. */
export type Registration = {
  readonly id: number
  readonly did: string
  /** The form of the DID that it can be resolved from, where the DID itself is only a hash of that. */
  readonly fullDid: string
  readonly state: RegistrationState
  readonly lanes: readonly Lane[]
  readonly createdAt: number
  readonly changedAt: number
}

/** A name under which a mailbox takes mail. Exclusive: one mailbox per name and lane. */
export type Address = {
  readonly id: number
  readonly mailbox: number
  readonly lane: Lane
  readonly did: string
}

export type NewMessage = {
  readonly lane: Lane
  /** What the language calls it; opaque here. */
  readonly kind: string
  /** The sealed content, opaque text: JSON for DIDComm, the event's payload for Decentrl. */
  readonly content: string
  /** The proven sender, or null. */
  readonly sender: string | null
  /** Equal fingerprints (32 bytes of a cryptographic hash) at one address are one message, however often sent. */
  readonly fingerprint: Uint8Array
  /** Epoch ms; after it the message is neither counted nor delivered. */
  readonly expiresAt: number
}

export type Message = {
  /** UUIDv7, unguessable, stable until the message is gone. Its time part is `seq`. */
  readonly id: string
  /** Rises with every commit, over all mailboxes: what a reader's cursor compares. */
  readonly seq: number
  readonly mailbox: number
  /** The address it was deposited for. */
  readonly address: string
  readonly lane: Lane
  readonly kind: string
  readonly content: string
  readonly sender: string | null
  /** UTF-8 bytes of the content. */
  readonly size: number
  readonly createdAt: number
  readonly expiresAt: number
}

/** A message that was kept a moment ago. */
export type Kept = Message & {
  /** The seq of the last message that was kept in the mailbox before it, or 0: nothing lies between, and nothing ever will. */
  readonly after: number
}

/** What one mailbox may hold, both lanes and its owner's archive together: how many items, and bytes of them. */
export type Quota = {
  readonly messages: number
  readonly bytes: number
  /** Percent of it that messages of one proven sender may take; anonymous ones cannot be told apart. 100 unless given. */
  readonly senderShare?: number
  /** Bytes the whole store may use on disk: above it nothing more is kept for anybody. 0 or absent: no bound. */
  readonly storeBytes?: number
}

/** What strangers may do: more deposits of one kind are refused, though the quota has room. */
export type DepositLimits = {
  /** Messages of this kind that may wait in one mailbox. */
  readonly waitingOfKind: number
  /** Deposits of this kind from one sender to one address within any `windowMs`, fetched or not. */
  readonly perSender: { readonly count: number; readonly windowMs: number }
}

/** What waits in a mailbox, or for one of its addresses. */
export type Standing = {
  readonly messages: number
  readonly bytes: number
  /** When the oldest and newest of them came, epoch ms; null when nothing waits. */
  readonly oldestAt: number | null
  readonly newestAt: number | null
}

/** Who did what to whom: written in the same transaction as the change it tells of. */
export type AuditEntry = {
  readonly actor: string
  readonly action: string
  readonly subject: string
  /** What else there is to say, for people; where the store knows what changed, it says before → after itself. */
  readonly detail?: string
}

/** Something an owner keeps on purpose: it stays until the owner says otherwise, and counts against the quota. */
export type SavedEvent = {
  /** A UUID, the owner's or ours. */
  readonly id: string
  readonly payload: string
  /** Opaque, compared exactly. */
  readonly tags: readonly string[]
}

/** A signed agreement between two parties, kept to the letter by one that saved or received it. */
export type Contract = {
  /** Hex SHA-256 of what was agreed. */
  readonly id: string
  readonly parties: readonly [string, string]
  /** Epoch ms; it is valid while now < expiresAt. */
  readonly expiresAt: number
  readonly content: string
}

/** What a publisher shows everybody. */
export type PublicEvent = {
  readonly id: string
  readonly publisher: string
  readonly channel: string
  readonly tags: readonly string[]
  /** The signed event to the letter. */
  readonly content: string
}

/** A page of a list that stays complete while rows arrive: it is read after a cursor, never at an offset. */
export type Page<T> = {
  readonly items: readonly T[]
  /** Rows that match and come after this page. */
  readonly remaining: number
  /** Where the next page begins; null at the end. */
  readonly next: number | null
}
