/** What waits, by mailbox: an entry for each message, those of the latest in a table of their own (001-first.sql). */

import type { Database } from "bun:sqlite"
import { numberAt } from "./bound.ts"

/** So many lie close together; beyond that the next mailboxes' are moved, in turn and this many at a time: then many share a page. */
const MOST_LATELY = 2000
const STEP = 500

const numbers = ["mailbox", "lane", "seq", "address", "expires_at", "size"]
const columns = [...numbers, "kind", "sender_mark"]

/** Columns of what waits under a condition, as a SELECT that may be followed by ORDER BY one of them. */
export const waiting = (wanted: string, condition: string): string =>
  ["waiting_long", "waiting_lately"]
    .map((table) => `SELECT ${wanted} FROM ${table} WHERE ${condition}`)
    .join(" UNION ALL ")

type Entry = [
  mailbox: number,
  lane: number,
  seq: number,
  address: number,
  expiresAt: number,
  size: number,
  kind: string,
  senderMark: bigint | null,
]

/** Makes the entry of a new message. */
export function entering(db: Database): (...entry: Entry) => void {
  const add = db.query<null, Entry>(`INSERT INTO waiting_lately (${columns}) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)`)
  const settle = settling(db)
  let fresh = 0

  return (...entry) => {
    add.run(...entry)
    fresh = (fresh + 1) % STEP
    if (fresh === 0) settle()
  }
}

/** Moves those of the next mailboxes when there are many. */
function settling(db: Database): () => void {
  const count = db.query<{ n: number }, []>("SELECT count(*) AS n FROM waiting_lately")
  const end = db.query<{ mailbox: number }, [number]>(
    `SELECT mailbox FROM waiting_lately WHERE mailbox > ${numberAt(1)} ORDER BY mailbox LIMIT 1 OFFSET ${STEP - 1}`,
  )
  const ofThem = "FROM waiting_lately WHERE mailbox > ?1 AND mailbox <= ?2"
  // What a disk has made something else of is left out: it would stop all the others.
  const move = db.query<null, [number, number]>(
    `INSERT OR REPLACE INTO waiting_long (${columns}) SELECT ${columns} ${ofThem}
     AND ${numbers.map((name) => `typeof(${name}) = 'integer'`).join(" AND ")}
     AND typeof(kind) = 'text' AND typeof(sender_mark) IN ('integer', 'null')`,
  )
  const drop = db.query<null, [number, number]>(`DELETE ${ofThem}`)
  let from = 0

  return () => {
    if ((count.get()?.n ?? 0) < MOST_LATELY) return
    const to = end.get(from)?.mailbox ?? Number.MAX_SAFE_INTEGER
    move.run(from, to)
    drop.run(from, to)
    from = to === Number.MAX_SAFE_INTEGER ? 0 : to
  }
}
