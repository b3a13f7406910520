/** Telling owners that mail waits: what a backend keeps for that, and what operators and owners can do about it. */

import type { AuditEntry } from "./model.ts"

/** Where somebody is told that mail waits, and what it takes; whoever has it can tell them, too. */
export type Target = { readonly url: string } & (
  | {
      readonly kind: "webhook"
      /** What requests are signed with: base64 behind `whsec_`. */
      readonly secret: string
    }
  | {
      readonly kind: "ntfy"
      /** The access token of a topic that is not open to everybody, or null. */
      readonly token: string | null
    }
  | {
      readonly kind: "webpush"
      /** The subscription's keys (RFC 8291 §3.1, §3.2), base64url. */
      readonly p256dh: string
      readonly auth: string
    }
)
export const targetKinds = ["webhook", "ntfy", "webpush"] as const

export type Notice = {
  readonly mailbox: number
  readonly did: string
  readonly target: Target
  readonly setBy: "operator" | "owner"
  readonly setAt: number
  readonly toldAt: number | null
  /** What went wrong last, as long as nothing has worked since. */
  readonly failure: { readonly at: number; readonly reason: string } | null
}

export interface NoticeStore {
  notice(mailbox: number): Promise<Notice | null>
  /** Every mailbox that has a target. `isOwed`: mail waits there that came after its owner was last told. */
  noticed(): Promise<readonly { mailbox: number; isOwed: boolean }[]>
  /**
   * Sets or replaces the target of a mailbox; false when there is no such mailbox. What owners do is not audited, as with
   * their addresses: the audit never forgets, and must not grow at their will.
   */
  setNotice(given: {
    mailbox: number
    target: Target
    setBy: Notice["setBy"]
    at: number
    audit: AuditEntry | null
  }): Promise<boolean>
  /** Takes the target away, or only the one that has this `url`; whether there was one. */
  dropNotice(given: { mailbox: number; url?: string; audit: AuditEntry | null }): Promise<boolean>
  /** Notes what came of it, unless the target is another one by now; `reason` null: it worked. No audit line. */
  noteNotice(given: { mailbox: number; url: string; at: number; reason: string | null }): Promise<void>
  /** The mediator's key for push services, as a private JWK in JSON: the one that is kept, or else this one from now on. */
  pushKey(fresh: string): Promise<string>
}

/** Where somebody wants to be told, as they say it: a webhook's secret is ours to make. */
export type Wish = { readonly url: string } & (
  | { readonly kind: "webhook" }
  | { readonly kind: "ntfy"; readonly token?: string | undefined }
  | { readonly kind: "webpush"; readonly p256dh: string; readonly auth: string }
)

/** A notice's target as it may be shown: of the URL, which is as good as a key, only the host. */
export type ShownNotice = {
  readonly kind: Target["kind"]
  readonly host: string
  readonly setBy: Notice["setBy"]
  readonly setAt: number
  readonly lastOkAt: number | null
  readonly lastFailure: Notice["failure"]
}

export type Owner = { readonly id: number; readonly did: string }

export interface NoticeDesk {
  /** Null when there is no target. */
  shown(mailbox: number): Promise<ShownNotice | null>
  /** Sets or replaces a target; `actor` null: its owner does. `secret`: a webhook's, which is never shown again. Faults: notify.off, notify.target, account.unknown. */
  set(owner: Owner, wish: Wish, actor: string | null): Promise<{ notice: ShownNotice; secret: string | null }>
  /** Whether there was one. */
  remove(owner: Owner, actor: string | null): Promise<boolean>
  /** Tells the owner now, once, whatever waits; null when that worked, else what went wrong. Faults: notify.off, notify.none. */
  test(owner: Owner): Promise<string | null>
  /** The key by which push services know this mediator: an uncompressed P-256 point, base64url. */
  publicKey(): Promise<string>
}
