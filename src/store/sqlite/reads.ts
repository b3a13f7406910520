import type { Database } from "bun:sqlite"
import type { Clock } from "../../base/clock.ts"
import type { Lane, Message, Standing } from "../../mailbox/model.ts"
import type { MailboxStore } from "../../mailbox/ports.ts"
import { namedAddress } from "./addresses.ts"
import { laneCode } from "./codes.ts"
import { messageId } from "./message-id.ts"
import { faultOf } from "./trouble.ts"

type Row = {
  seq: number
  tag: string
  address: string
  kind: string
  content: string
  sender: string | null
  size: number
  created_at: number
  expires_at: number
}

type Counted = { messages: number; bytes: number; oldestAt: number | null; newestAt: number | null }

const columns = `seq, tag, (SELECT did FROM address WHERE id = message.address) AS address,
  kind, content, sender, size, created_at, expires_at`

// Both the address as it is bound now and earlier ones of that name whose mail still waits.
const forDid = `address IN (
  SELECT id FROM address WHERE lane = ?2 AND did = ?4 AND released = 0 AND mailbox = ?1
  UNION ALL
  SELECT id FROM address WHERE mailbox = ?1 AND released = 1 AND lane = ?2 AND did = ?4)`

const waiting = "mailbox = ?1 AND lane = ?2 AND expires_at > ?3"

const counted = (where: string) => `
  SELECT messages, bytes,
    (SELECT created_at FROM message WHERE seq = first) AS oldestAt,
    (SELECT created_at FROM message WHERE seq = last) AS newestAt
  FROM (SELECT count(*) AS messages, coalesce(sum(size), 0) AS bytes, min(seq) AS first, max(seq) AS last
    FROM message WHERE ${where})`

type Reads = Pick<MailboxStore, "locate" | "addresses" | "peek" | "standing" | "latest">

/** Short reads on a connection of their own: they see what is committed, and wait for no writer. */
export function mailboxReads(db: Database, clock: Clock): Reads {
  const named = namedAddress(db)
  const page = db.query<{ did: string }, [number, number, number, number]>(
    `SELECT did FROM address WHERE mailbox = ?1 AND lane = ?2 AND released = 0 ORDER BY id LIMIT ?3 OFFSET ?4`,
  )
  const count = db.query<{ total: number }, [number, number]>(
    "SELECT count(*) AS total FROM address WHERE mailbox = ?1 AND lane = ?2 AND released = 0",
  )
  const all = db.query<Row, [number, number, number, number, number]>(
    `SELECT ${columns} FROM message WHERE ${waiting} AND seq > ?4 ORDER BY seq LIMIT ?5`,
  )
  const some = db.query<Row, [number, number, number, string, number, number]>(
    `SELECT ${columns} FROM message WHERE ${waiting} AND ${forDid} AND seq > ?5 ORDER BY seq LIMIT ?6`,
  )
  const countAll = db.query<Counted, [number, number, number]>(counted(waiting))
  const countSome = db.query<Counted, [number, number, number, string]>(counted(`${waiting} AND ${forDid}`))
  const last = db.query<{ seq: number }, []>("SELECT seq FROM sqlite_sequence WHERE name = 'message'")

  const readPage = db.transaction((mailbox: number, lane: number, limit: number, offset: number) => ({
    dids: page.all(mailbox, lane, limit, offset).map(({ did }) => did),
    total: count.get(mailbox, lane)?.total ?? 0,
  }))

  return {
    locate: reading((lane, names) => {
      for (const name of names) {
        const row = named.get(laneCode(lane), name)
        if (row) return { ...row, lane }
      }
      return null
    }),
    addresses: reading((query) => readPage(query.mailbox, laneCode(query.lane), atLeast0(query.limit), query.offset)),
    peek: reading((query) => {
      const { mailbox, address, after } = query
      const lane = laneCode(query.lane)
      const limit = atLeast0(query.limit)
      const rows =
        address === null
          ? all.iterate(mailbox, lane, clock.now(), after, limit)
          : some.iterate(mailbox, lane, clock.now(), address, after, limit)
      return upTo(query.bytes, rows).map((row) => messageOf(row, mailbox, query.lane))
    }),
    standing: reading(({ mailbox, lane, address }): Standing => {
      const now = clock.now()
      const row =
        address === null
          ? countAll.get(mailbox, laneCode(lane), now)
          : countSome.get(mailbox, laneCode(lane), now, address)
      return row ?? { messages: 0, bytes: 0, oldestAt: null, newestAt: null }
    }),
    latest: reading(() => last.get()?.seq ?? 0),
  }
}

/** The act as a promise; SQLite's errors become Faults. */
const reading =
  <Given extends unknown[], Found>(read: (...given: Given) => Found) =>
  async (...given: Given): Promise<Found> => {
    try {
      return read(...given)
    } catch (thrown) {
      throw faultOf(thrown)
    }
  }

/** Rows until their content is more than `bytes`; the first in any case. */
function upTo(bytes: number, rows: Iterable<Row>): Row[] {
  const taken: Row[] = []
  let total = 0
  for (const row of rows) {
    total += row.size
    if (taken.length > 0 && total > bytes) break
    taken.push(row)
  }
  return taken
}

const messageOf = (row: Row, mailbox: number, lane: Lane): Message => ({
  id: messageId(row.seq, row.tag),
  seq: row.seq,
  mailbox,
  address: row.address,
  lane,
  kind: row.kind,
  content: row.content,
  sender: row.sender,
  size: row.size,
  createdAt: row.created_at,
  expiresAt: row.expires_at,
})

// A negative LIMIT means none to SQLite.
const atLeast0 = (limit: number): number => Math.max(0, limit)
