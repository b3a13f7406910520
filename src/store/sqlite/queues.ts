/** Mail that waits, by whose it is. */

import type { Database } from "bun:sqlite"
import type { AccountStore, Queue, QueueQuery } from "../../mailbox/operator-ports.ts"
import { listed } from "./account-reads.ts"
import { lanesOf } from "./codes.ts"
import { readCursor, type SortKey, writeCursor } from "./cursor.ts"
import { reading } from "./pages.ts"
import { waiting } from "./waiting.ts"

type Row = {
  id: number
  did: string
  label: string
  lanes: number
  messages: number
  bytes: number
  oldest_at: number
  unacknowledged: number
  sorted: SortKey
}

const unacknowledged =
  "(SELECT count(*) FROM message INDEXED BY message_handed WHERE mailbox = w.mailbox AND handed = 1)"

const sorts: Readonly<Record<QueueQuery["sort"], { key: string; order: "ASC" | "DESC" }>> = {
  messages: { key: "w.messages", order: "DESC" },
  bytes: { key: "w.bytes", order: "DESC" },
  oldest: { key: "w.first", order: "ASC" },
  unacknowledged: { key: unacknowledged, order: "DESC" },
  newest: { key: "r.id", order: "DESC" },
}

const queueOf = ({ id: _, sorted: __, lanes, oldest_at, ...rest }: Row): Queue => ({
  ...rest,
  lanes: lanesOf(lanes),
  oldestAt: oldest_at,
})

/** A mailbox's own count has its owner's archive in it: only the entries of what waits tell the mail by itself. */
export function queueReads(db: Database): Pick<AccountStore, "queues"> {
  // Every text has the empty one in it.
  const total = db.query<{ n: number }, [string]>(
    `SELECT count(*) AS n FROM mailbox m JOIN registration r ON r.id = m.id WHERE m.messages > 0 AND ${listed}
     AND EXISTS (${waiting("1", "mailbox = m.id")})
     AND instr(r.words, ?1) > 0`,
  )

  const readPage = db.transaction(({ sort, after, limit, text = "" }: QueueQuery) => {
    const { key, order } = sorts[sort]
    const list = `queues ${sort}`
    const cursor = after === undefined ? null : readCursor(list, after)
    const beyond = `AND (${key} ${order === "ASC" ? ">" : "<"} ?1 OR ${key} = ?1 AND r.id < ?2)`
    const rows = db.query<Row, SortKey[]>(
      `WITH waiting AS (SELECT mailbox, count(*) AS messages, sum(size) AS bytes, min(seq) AS first
         FROM (${waiting("mailbox, size, seq", "true")} ORDER BY mailbox) GROUP BY mailbox)
       SELECT r.id, r.did, r.label, r.lanes, w.messages, w.bytes, ${unacknowledged} AS unacknowledged,
         (SELECT created_at FROM message WHERE seq = w.first) AS oldest_at, ${key} AS sorted
       FROM waiting w JOIN registration r ON r.id = w.mailbox
       WHERE ${listed} AND instr(r.words, ?4) > 0 ${cursor ? beyond : ""} ORDER BY sorted ${order}, r.id DESC LIMIT ?3`,
    )
    const words = text.toLowerCase()
    const found = rows.all(cursor?.key ?? null, cursor?.id ?? null, limit + 1, words)
    const last = found.length > limit ? found[limit - 1] : undefined
    return {
      items: found.slice(0, limit).map(queueOf),
      total: total.get(words)?.n ?? 0,
      next: last ? writeCursor(list, last.id, last.sorted) : null,
    }
  })

  return { queues: reading((query) => readPage({ ...query, limit: Math.max(1, query.limit) })) }
}
