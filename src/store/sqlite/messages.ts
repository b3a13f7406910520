import type { Database } from "bun:sqlite"
import type { DepositLimits, Quota } from "../../mailbox/model.ts"
import { numberAt } from "./bound.ts"
import { checksum } from "./checksum.ts"
import type { Moment } from "./horizon.ts"
import { limiting } from "./limits.ts"
import { marking } from "./marks.ts"
import { firstSeq, parseMessageId } from "./message-id.ts"
import { rooms, type Sized, total } from "./room.ts"
import { sharing } from "./share.ts"
import { entering } from "./waiting.ts"

/** A new message as the writer takes it. */
export type Parcel = {
  readonly tag: string
  /** 64 bits that stand for its fingerprint at this address. */
  readonly mark: bigint
  /** 64 bits that stand for its kind, sender and address; 0 where nothing is limited. */
  readonly pace: bigint
  readonly lane: number
  readonly kind: string
  readonly sender: string | null
  /** 64 bits that stand for its sender; null when there is none that was proven. */
  readonly senderMark: bigint | null
  readonly content: string
  readonly size: number
  readonly expiresAt: number
}

type Deposit = {
  readonly mailbox: number
  readonly address: number
  readonly parcels: readonly Parcel[]
  readonly quota: Quota
  readonly limits: DepositLimits | null
} & Moment

/** Where a message was kept: its seq, and that of the last one that was kept in its mailbox before, or 0. */
export type Spot = { readonly seq: number; readonly after: number }

type Refusal = "full" | "gone" | "crowded" | "too_often"

const DAY = 86_400_000

export function messageActs(db: Database) {
  const { note, unnote } = marking(db, "message")
  const bound = db.query<{ newest: number }, [number, number]>(
    `SELECT m.newest FROM address a JOIN mailbox m ON m.id = a.mailbox
     WHERE a.id = ${numberAt(1)} AND a.mailbox = ${numberAt(2)} AND a.released = 0`,
  )
  // A seq is above every other ever given, also by another process and before a deletion (message-id.ts).
  const insert = db.query<
    null,
    [
      number,
      number,
      number,
      number,
      string,
      number,
      number,
      number,
      string,
      string | null,
      bigint | null,
      string,
      number,
    ]
  >(
    `INSERT INTO message
       (seq, mailbox, lane, address, tag, size, created_at, expires_at, kind, sender, sender_mark, content, checksum)
     VALUES (max(coalesce((SELECT seq FROM sqlite_sequence WHERE name = 'message'), 0) + 1, ?1),
       ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13)`,
  )
  const enter = entering(db)
  const noteNewest = db.query<null, [number, number]>("UPDATE mailbox SET newest = ?2 WHERE id = ?1")
  // Looked at first: RETURNING would cost as much again as the deletion.
  const acknowledged = db.query<Sized, [number, string, number, number, number, string | null]>(
    `SELECT size FROM message WHERE seq = ?1 AND tag = ?2 AND mailbox = ?3 AND lane = ?4 AND expires_at > ?5
     AND (?6 IS NULL OR kind = ?6)`,
  )
  const drop = db.query<null, [number]>("DELETE FROM message WHERE seq = ?1")
  const dropOldest = db.query<Sized & { mailbox: number }, [number, number]>(
    `DELETE FROM message WHERE seq IN
       (SELECT seq FROM message WHERE expires_at <= ?1 ORDER BY expires_at LIMIT ?2)
     RETURNING mailbox, size`,
  )
  const room = rooms(db)
  const limits = limiting(db)
  const share = sharing(db)
  const hand = db.query<null, [number, number | null]>(
    `UPDATE message SET handed = 1, expires_at = min(expires_at, coalesce(?2, expires_at))
     WHERE seq = ?1 AND (handed = 0 OR expires_at > ?2)`,
  )

  /** Whether the messages may be kept: null, and their room is claimed, or why not. */
  function refusal(given: Deposit, parcels: readonly Parcel[]): Refusal | null {
    const exceeded = given.limits && limits.exceeded({ ...given, limits: given.limits }, parcels)
    if (exceeded) return exceeded
    if (share.isExceeded(given, parcels)) return "crowded"
    const wanted = { items: parcels.length, bytes: total(parcels) }
    return room.claim(given.mailbox, wanted, given.quota, given.horizon) ? null : "full"
  }

  function keep({ mailbox, address, now }: Deposit, parcel: Parcel): number {
    const { lane, tag, size, expiresAt, kind, sender, senderMark, content } = parcel
    const { lastInsertRowid } = insert.run(
      firstSeq(now),
      mailbox,
      lane,
      address,
      tag,
      size,
      now,
      expiresAt,
      kind,
      sender,
      senderMark,
      content,
      checksum({ mailbox, ...parcel }),
    )
    const seq = Number(lastInsertRowid)
    enter(mailbox, lane, seq, address, expiresAt, size, kind, senderMark)
    return seq
  }

  return {
    /** Where the new messages are, and null for those known before. */
    deposit(given: Deposit): (Spot | null)[] | Refusal {
      const { mailbox, address, now } = given
      const found = bound.get(address, mailbox)
      if (found === null) return "gone"
      const isNew = ({ mark, expiresAt }: Parcel) => note(mark, Math.max(expiresAt, now + DAY), now)
      const parcels = given.parcels.filter(isNew)
      const refused = parcels.length > 0 ? refusal(given, parcels) : null
      if (refused !== null) for (const { mark } of parcels) unnote(mark)
      // No room is claimed in a closed mailbox: asked only where none was.
      if ((refused !== null || parcels.length === 0) && !room.isOpen(mailbox)) return "gone"
      if (refused !== null) return refused
      if (given.limits) limits.note({ ...given, limits: given.limits }, parcels)
      let after = found.newest
      const spots = given.parcels.map((parcel) => {
        if (!parcels.includes(parcel)) return null
        const spot = { seq: keep(given, parcel), after }
        after = spot.seq
        return spot
      })
      if (after !== found.newest) noteNewest.run(mailbox, after)
      return spots
    },

    acknowledge(
      given: { mailbox: number; lane: number; kind: string | null; ids: readonly string[] } & Moment,
    ): number {
      const { mailbox, lane, kind, horizon } = given
      const dropped: Sized[] = []
      for (const id of given.ids) {
        const at = parseMessageId(id)
        const found = at && acknowledged.get(at.seq, at.tag, mailbox, lane, horizon, kind)
        if (!found) continue
        drop.run(at.seq)
        dropped.push(found)
      }
      room.giveBack(mailbox, dropped)
      return dropped.length
    },

    handed({ seqs, expiresAt }: { seqs: readonly number[]; expiresAt: number | null }): void {
      for (const seq of seqs) hand.run(seq, expiresAt)
    },

    expire({ limit, horizon }: { limit: number } & Moment): number {
      const dropped = dropOldest.all(horizon, Math.max(0, limit))
      for (const [mailbox, of] of Map.groupBy(dropped, (one) => one.mailbox)) room.giveBack(mailbox, of)
      return dropped.length
    },
  }
}
