/** Registrations as the operator sees them: one row of facts each, and pages of them in several orders. */

import type { Database } from "bun:sqlite"
import type { RegistrationState } from "../../mailbox/model.ts"
import type { Account, AccountQuery, AccountStore } from "../../mailbox/operator-ports.ts"
import { laneCode, lanesOf } from "./codes.ts"
import { readCursor, type SortKey, writeCursor } from "./cursor.ts"
import { measuring } from "./erasure.ts"
import { atLeast0, reading } from "./pages.ts"
import { waiting } from "./waiting.ts"

export type AccountRow = {
  id: number
  did: string
  state: RegistrationState
  lanes: number
  label: string
  note: string
  invite: string | null
  max_messages: number | null
  max_bytes: number | null
  addresses: number
  messages: number
  bytes: number
  oldest_at: number | null
  created_at: number
  changed_at: number
  seen_at: number | null
  prune_at: number | null
}

export const accountOf = (row: AccountRow): Account => ({
  id: row.id,
  did: row.did,
  state: row.state,
  lanes: lanesOf(row.lanes),
  label: row.label,
  note: row.note,
  invite: row.invite,
  overrides: { maxMessages: row.max_messages, maxBytes: row.max_bytes },
  addresses: row.addresses,
  messages: row.messages,
  bytes: row.bytes,
  oldestAt: row.oldest_at,
  createdAt: row.created_at,
  changedAt: row.changed_at,
  lastSeenAt: row.seen_at,
  pruneAt: row.prune_at,
})

// A seq is found at once for each lane; all lanes at once would be a walk through the mailbox.
const oldestOf = (lane: 1 | 2) => waiting("min(seq) AS seq", `mailbox = r.id AND lane = ${lane}`)
const oldest = `(SELECT min(seq) FROM (${oldestOf(1)} UNION ALL ${oldestOf(2)}))`

const facts = `r.id, r.did, r.state, r.lanes, r.label, r.note, r.invite, m.max_messages, m.max_bytes,
  (SELECT count(*) FROM address WHERE mailbox = r.id AND released = 0) AS addresses, m.messages, m.bytes,
  (SELECT created_at FROM message WHERE seq = ${oldest}) AS oldest_at,
  r.created_at, r.changed_at, m.seen_at, m.prune_at`

/** Not the mediator's own, and not what only keeps a DID from asking anew. */
export const listed = "r.own = 0 AND r.successor IS NULL"

export const accountByDid = (db: Database) =>
  db.query<AccountRow, [string]>(
    `SELECT ${facts} FROM registration r JOIN mailbox m ON m.id = r.id WHERE r.did = ?1 AND ${listed}`,
  )

const LAST = Number.MAX_SAFE_INTEGER

/** What a page is sorted by; among equals the newest comes first. Nothing to sort by comes last. */
const sorts: Readonly<Record<NonNullable<AccountQuery["sort"]>, { key: string; order: "ASC" | "DESC" }>> = {
  newest: { key: "r.id", order: "DESC" },
  "last-seen": { key: "coalesce(m.seen_at, 0)", order: "DESC" },
  messages: { key: "m.messages", order: "DESC" },
  bytes: { key: "m.bytes", order: "DESC" },
  "oldest-message": {
    key: `CASE WHEN m.messages > 0 THEN coalesce(${oldest}, ${LAST}) ELSE ${LAST} END`,
    order: "ASC",
  },
  label: { key: "CASE r.label WHEN '' THEN char(1114111) ELSE r.label END COLLATE NOCASE", order: "ASC" },
}

type Condition = { readonly sql: string; readonly values: readonly SortKey[] }

function conditions({ states, lane, text = "" }: AccountQuery): Condition[] {
  const found: Condition[] = [{ sql: listed, values: [] }]
  if (states) found.push({ sql: `r.state IN (${states.map(() => "?").join()})`, values: states })
  if (lane) found.push({ sql: "r.lanes & ? <> 0", values: [laneCode(lane)] })
  if (text !== "") found.push({ sql: "instr(r.words, ?) > 0", values: [text.toLowerCase()] })
  return found
}

function beyond({ after }: AccountQuery, list: string, { key, order }: { key: string; order: string }): Condition[] {
  if (after === undefined) return []
  const cursor = readCursor(list, after)
  const sql = `(${key} ${order === "ASC" ? ">" : "<"} ? OR ${key} = ? AND r.id < ?)`
  return [{ sql, values: [cursor.key, cursor.key, cursor.id] }]
}

const all = (given: readonly Condition[]) => ({
  sql: given.map(({ sql }) => sql).join(" AND "),
  values: given.flatMap(({ values }) => values),
})

const NONE = { pending: 0, approved: 0, denied: 0, suspended: 0, revoked: 0 }

export function accountReads(
  db: Database,
): Pick<AccountStore, "account" | "accounts" | "accountCounts" | "acquaintances" | "erasable" | "purgeable"> {
  const find = accountByDid(db)
  const tally = db.query<{ state: RegistrationState; n: number }, []>(
    `SELECT state, count(*) AS n FROM registration r WHERE ${listed} GROUP BY state`,
  )
  const acquainted = db.query<{ generation: number | null; accounts: number }, []>(
    `SELECT m.generation, count(*) AS accounts FROM mailbox m JOIN registration r ON r.id = m.id
     WHERE m.open = 1 AND r.lanes & ${laneCode("didcomm")} <> 0 AND ${listed} GROUP BY m.generation`,
  )
  const { erasure, purging } = measuring(db)

  // `query` prepares each text once; there are as many as combinations of filters that anybody uses.
  const readPage = db.transaction((query: AccountQuery, limit: number) => {
    const { sort = "newest" } = query
    const { key, order } = sorts[sort]
    const list = `accounts ${sort}`
    const matching = all(conditions(query))
    const wanted = all([...conditions(query), ...beyond(query, list, sorts[sort])])
    // The planner would rather fetch each row that it looks for a text in.
    const registration = query.text ? "registration r INDEXED BY registration_words" : "registration r"
    const from = `FROM ${registration} JOIN mailbox m ON m.id = r.id WHERE`
    const rows = db.query<AccountRow & { sorted: SortKey }, SortKey[]>(
      `SELECT p.sorted, ${facts} FROM
         (SELECT r.id AS id, ${key} AS sorted ${from} ${wanted.sql} ORDER BY ${key} ${order}, r.id DESC LIMIT ?) p
       JOIN registration r ON r.id = p.id JOIN mailbox m ON m.id = r.id
       ORDER BY p.sorted ${sort === "label" ? "COLLATE NOCASE" : ""} ${order}, r.id DESC`,
    )
    const count = db.query<{ n: number }, SortKey[]>(`SELECT count(*) AS n FROM ${registration} WHERE ${matching.sql}`)
    const found = rows.all(...wanted.values, limit + 1)
    const last = found.length > limit ? found[limit - 1] : undefined
    return {
      items: found.slice(0, limit).map(accountOf),
      total: count.get(...matching.values)?.n ?? 0,
      next: last ? writeCursor(list, last.id, last.sorted) : null,
    }
  })

  return {
    account: reading((did) => {
      const row = find.get(did)
      return row && accountOf(row)
    }),
    accounts: reading((query) => readPage(query, Math.max(1, atLeast0(query.limit)))),
    accountCounts: reading(() => ({ ...NONE, ...Object.fromEntries(tally.all().map(({ state, n }) => [state, n])) })),
    acquaintances: reading(() => acquainted.all()),
    erasable: reading((did) => {
      const row = find.get(did)
      return row && erasure(row)
    }),
    purgeable: reading(({ did, before }) => {
      const row = find.get(did)
      return row && purging(row.id, before)
    }),
  }
}
