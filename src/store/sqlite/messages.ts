import type { Database } from "bun:sqlite"
import type { Quota } from "../../mailbox/model.ts"
import { firstSeq, parseMessageId } from "./message-id.ts"

/** A new message as the writer takes it. */
export type Parcel = {
  readonly tag: string
  /** 64 bits that stand for its fingerprint at this address. */
  readonly mark: bigint
  readonly lane: number
  readonly kind: string
  readonly sender: string | null
  readonly content: string
  readonly size: number
  readonly expiresAt: number
}

type Deposit = {
  readonly mailbox: number
  readonly address: number
  readonly parcels: readonly Parcel[]
  readonly quota: Quota
  readonly now: number
}

const DAY = 86_400_000

export function messageActs(db: Database) {
  const note = db.query<null, [bigint, number, number]>(
    `INSERT INTO seen (mark, until) VALUES (?1, ?2)
     ON CONFLICT DO UPDATE SET until = excluded.until WHERE until <= ?3`,
  )
  const unnote = db.query<null, [bigint]>("DELETE FROM seen WHERE mark = ?1")
  const isBound = db.query<{ 1: number }, [number, number]>(
    "SELECT 1 FROM address WHERE id = ?1 AND mailbox = ?2 AND released = 0",
  )
  const claim = db.query<null, [number, number, number, number, number, number]>(
    `UPDATE mailbox SET messages = messages + ?2, bytes = bytes + ?3
     WHERE id = ?1 AND messages + ?2 <= ?4 AND bytes + ?3 <= ?5
     AND EXISTS (SELECT 1 FROM address WHERE id = ?6 AND mailbox = ?1 AND released = 0)`,
  )
  // A seq is above every other ever given, also by another process and before a deletion (message-id.ts).
  const insert = db.query<
    null,
    [number, number, number, number, string, number, number, number, string, string | null, string]
  >(
    `INSERT INTO message
       (seq, mailbox, lane, address, tag, size, created_at, expires_at, kind, sender, content)
     VALUES (max(coalesce((SELECT seq FROM sqlite_sequence WHERE name = 'message'), 0) + 1, ?1),
       ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)`,
  )
  const giveBack = db.query<null, [number, number, number]>(
    "UPDATE mailbox SET messages = messages - ?2, bytes = bytes - ?3 WHERE id = ?1",
  )
  const dropExpired = db.query<{ size: number }, [number, number]>(
    "DELETE FROM message WHERE mailbox = ?1 AND lane IN (1, 2) AND expires_at <= ?2 RETURNING size",
  )
  const dropOne = db.query<{ size: number }, [number, string, number, number, number]>(
    "DELETE FROM message WHERE seq = ?1 AND tag = ?2 AND mailbox = ?3 AND lane = ?4 AND expires_at > ?5 RETURNING size",
  )
  const dropOldest = db.query<{ mailbox: number; size: number }, [number, number]>(
    `DELETE FROM message WHERE seq IN
       (SELECT seq FROM message WHERE expires_at <= ?1 ORDER BY expires_at LIMIT ?2)
     RETURNING mailbox, size`,
  )

  const credit = (mailbox: number, dropped: readonly { size: number }[]) => {
    if (dropped.length > 0) giveBack.run(mailbox, dropped.length, sum(dropped))
  }

  /** Claims room for the parcels; when there is none, once more after the mailbox's own expired mail is gone. */
  const finds = (room: Deposit, parcels: readonly Parcel[]): "room" | "full" | "gone" => {
    const { mailbox, address, quota } = room
    const claimed = () =>
      claim.run(mailbox, parcels.length, sum(parcels), quota.messages, quota.bytes, address).changes > 0
    if (claimed()) return "room"
    if (!isBound.get(address, mailbox)) return "gone"
    credit(mailbox, dropExpired.all(mailbox, room.now))
    return claimed() ? "room" : "full"
  }

  return {
    deposit(given: Deposit): "stored" | "full" | "gone" {
      const { mailbox, address, now } = given
      const isNew = ({ mark, expiresAt }: Parcel) => note.run(mark, Math.max(expiresAt, now + DAY), now).changes > 0
      const parcels = given.parcels.filter(isNew)
      if (parcels.length === 0) return isBound.get(address, mailbox) ? "stored" : "gone"
      const found = finds(given, parcels)
      if (found !== "room") {
        for (const { mark } of parcels) unnote.run(mark)
        return found
      }
      for (const { lane, tag, size, expiresAt, kind, sender, content } of parcels) {
        insert.run(firstSeq(now), mailbox, lane, address, tag, size, now, expiresAt, kind, sender, content)
      }
      return "stored"
    },

    acknowledge(given: { mailbox: number; lane: number; ids: readonly string[]; now: number }): number {
      const dropped = given.ids.flatMap((id) => {
        const at = parseMessageId(id)
        return at ? dropOne.all(at.seq, at.tag, given.mailbox, given.lane, given.now) : []
      })
      credit(given.mailbox, dropped)
      return dropped.length
    },

    expire({ limit, now }: { limit: number; now: number }): number {
      const dropped = dropOldest.all(now, Math.max(0, limit))
      for (const [mailbox, of] of Map.groupBy(dropped, (one) => one.mailbox)) credit(mailbox, of)
      return dropped.length
    },
  }
}

const sum = (sized: readonly { size: number }[]): number => sized.reduce((total, { size }) => total + size, 0)
