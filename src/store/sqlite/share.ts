import type { Database } from "bun:sqlite"
import type { Quota } from "../../mailbox/model.ts"
import { type Sized, total } from "./room.ts"
import { waiting } from "./waiting.ts"

type Sent = Sized & { readonly senderMark: bigint | null }
type Given = { readonly mailbox: number; readonly quota: Quota; readonly horizon: number }

/** How much of a mailbox one proven sender takes, so that nobody fills it alone. */
export function sharing(db: Database) {
  const held = db.query<
    { messages: number; bytes: number; max_messages: number | null; max_bytes: number | null },
    [number]
  >("SELECT messages, bytes, max_messages, max_bytes FROM mailbox WHERE id = ?1")
  const theirs = db.query<{ n: number; size: number }, [number, bigint, number]>(
    `SELECT count(*) AS n, coalesce(sum(size), 0) AS size
     FROM (${waiting("size", "mailbox = ?1 AND sender_mark = ?2 AND expires_at > ?3")})`,
  )

  /** Whether a proven sender of these messages would hold more than its share; one message it may always have. */
  function isExceeded({ mailbox, quota, horizon }: Given, messages: readonly Sent[]): boolean {
    const { senderShare = 100 } = quota
    const proven = messages.filter(({ senderMark }) => senderMark !== null)
    const box = senderShare < 100 && proven.length > 0 ? held.get(mailbox) : null
    if (box === null) return false
    const most = {
      messages: Math.max(1, Math.floor(((box.max_messages ?? quota.messages) * senderShare) / 100)),
      bytes: Math.floor(((box.max_bytes ?? quota.bytes) * senderShare) / 100),
    }
    // As long as all of them together hold less, nobody needs to be counted.
    if (box.messages + messages.length <= most.messages && box.bytes + total(messages) <= most.bytes) return false
    return [...Map.groupBy(proven, ({ senderMark }) => senderMark ?? 0n)].some(([mark, own]) => {
      const { n, size } = theirs.get(mailbox, mark, horizon) ?? { n: 0, size: 0 }
      const count = n + own.length
      return count > most.messages || (count > 1 && size + total(own) > most.bytes)
    })
  }

  return { isExceeded }
}
