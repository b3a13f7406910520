import type { Database } from "bun:sqlite"
import { LRUCache } from "lru-cache"
import { bounded } from "../../base/bounded.ts"
import type { Clock } from "../../base/clock.ts"
import type { Log } from "../../base/log.ts"
import type { Lane, Message, Standing } from "../../mailbox/model.ts"
import type { MailboxStore } from "../../mailbox/ports.ts"
import { namedAddress } from "./addresses.ts"
import { numberAt, textAt } from "./bound.ts"
import { sound } from "./checksum.ts"
import { laneCode } from "./codes.ts"
import { messageId } from "./message-id.ts"
import { atLeast0, reading, upTo } from "./pages.ts"
import { waiting } from "./waiting.ts"

type Row = {
  seq: number
  mailbox: number
  lane: number
  checksum: number
  tag: string
  address: number
  kind: string
  content: string
  sender: string | null
  size: number
  created_at: number
  expires_at: number
}

type Filter = { readonly lane: Lane; readonly address: string | null; readonly kind?: string }
type Where = [mailbox: number, address: string | null, kind: string | null, now: number, after: number]

const columns = "seq, checksum, tag, address, kind, content, sender, size, created_at, expires_at"
/** What addresses are called does not change: so many are remembered. */
const NAMES = 10_000

/** What is asked for, as a condition over ?1 mailbox, ?2 address, ?3 kind, ?4 now, ?5 after. */
function wanted({ lane, address, kind }: Filter): string {
  const code = laneCode(lane)
  const ofKind = kind === undefined ? "" : `AND kind = ${textAt(3)}`
  // Both the address as it is bound now and earlier ones of that name whose mail still waits.
  const forDid = `AND address IN (
    SELECT id FROM address WHERE lane = ${code} AND did = ${textAt(2)} AND released = 0 AND mailbox = ${numberAt(1)}
    UNION ALL
    SELECT id FROM address WHERE mailbox = ${numberAt(1)} AND released = 1 AND lane = ${code} AND did = ${textAt(2)})`
  return `mailbox = ${numberAt(1)} AND lane = ${code} ${ofKind}
    ${address === null ? "" : forDid} AND expires_at > ?4 AND seq > ?5`
}

// Asked once for a statement, not for every row.
const isOpen = `AND (SELECT open FROM mailbox WHERE id = ${numberAt(1)}) = 1`

/** One statement for each sort of filter, prepared when it is first wanted. */
function variants<Statement>(prepare: (filter: Filter) => Statement): (filter: Filter) => Statement {
  const prepared: Statement[] = []
  return (filter) => {
    const sort = laneCode(filter.lane) * 4 + (filter.address === null ? 0 : 2) + (filter.kind === undefined ? 0 : 1)
    prepared[sort] ??= prepare(filter)
    return prepared[sort]
  }
}

const NOTHING: Standing = { messages: 0, bytes: 0, oldestAt: null, newestAt: null }

export type MailboxReads = Pick<MailboxStore, "locate" | "addresses" | "peek" | "standing" | "latest">

/** Short reads on a connection of their own: they see what is committed, and wait for no writer. */
export function mailboxReads(db: Database, clock: Clock, log: Log): MailboxReads {
  const told = new Set<number>()
  /** Not handed out: its owner could not open it, and would acknowledge it. It stays until it expires. */
  const damaged = ({ seq, mailbox }: Row) => {
    if (told.has(seq)) return
    told.add(seq)
    log.error("store.message_damaged", {
      seq,
      mailbox,
      advice: "check the disk; restante doctor looks at the whole file",
    })
  }
  const named = namedAddress(db)
  const page = db.query<{ did: string }, [number, number, number, number]>(
    `SELECT did FROM address WHERE mailbox = ${numberAt(1)} AND lane = ${numberAt(2)} AND released = 0
     ORDER BY id LIMIT ${numberAt(3)} OFFSET ${numberAt(4)}`,
  )
  const count = db.query<{ total: number }, [number, number]>(
    "SELECT count(*) AS total FROM address WHERE mailbox = ?1 AND lane = ?2 AND released = 0",
  )
  // Without a limit the planner would not take the entries in order, one after the other. Mailbox and lane are those
  // asked for: if a damaged entry leads to another's message, its checksum is not right.
  const rows = variants((filter) =>
    db.query<Row, Where>(
      `SELECT ${numberAt(1)} AS mailbox, ${laneCode(filter.lane)} AS lane, ${columns}
       FROM (${waiting("seq AS at", `${wanted(filter)} ${isOpen}`)} ORDER BY at LIMIT -1)
       CROSS JOIN message ON seq = at`,
    ),
  )
  const counted = variants((filter) =>
    db.query<Standing, Where>(
      `SELECT messages, bytes,
         (SELECT created_at FROM message WHERE seq = first) AS oldestAt,
         (SELECT created_at FROM message WHERE seq = last) AS newestAt
       FROM (SELECT count(*) AS messages, coalesce(sum(size), 0) AS bytes, min(seq) AS first, max(seq) AS last
         FROM (${waiting("seq, size", wanted(filter))}))`,
    ),
  )
  const nameOf = db.query<{ did: string }, [number]>("SELECT did FROM address WHERE id = ?1")
  const names = new LRUCache<number, string>(bounded(NAMES))
  const called = (address: number): string => {
    const name = names.get(address) ?? nameOf.get(address)?.did ?? ""
    names.set(address, name)
    return name
  }
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
      const { mailbox, address, kind = null, after } = query
      const found = sound(rows(query).iterate(mailbox, address, kind, clock.now(), after), query.limit, damaged)
      return upTo(query.bytes, found).map((row) => messageOf(row, query.lane, called(row.address)))
    }),
    standing: reading((query) => {
      const { mailbox, address, kind = null, after = 0 } = query
      return counted(query).get(mailbox, address, kind, clock.now(), after) ?? NOTHING
    }),
    latest: reading(() => last.get()?.seq ?? 0),
  }
}

const messageOf = (row: Row, lane: Lane, address: string): Message => ({
  id: messageId(row.seq, row.tag),
  seq: row.seq,
  mailbox: row.mailbox,
  address,
  lane,
  kind: row.kind,
  content: row.content,
  sender: row.sender,
  size: row.size,
  createdAt: row.created_at,
  expiresAt: row.expires_at,
})
