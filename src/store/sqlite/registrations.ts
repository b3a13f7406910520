import type { Database } from "bun:sqlite"
import type { Clock } from "../../base/clock.ts"
import { inviteReference } from "../../mailbox/invites.ts"
import type { AuditEntry, Registration, RegistrationState } from "../../mailbox/model.ts"
import type { Asking as AskingFor, RegistrationStore } from "../../mailbox/ports.ts"
import type { StoreActs } from "./acts.ts"
import { namedAddress, releasing } from "./addresses.ts"
import { auditing } from "./audit.ts"
import { laneCode, lanesOf } from "./codes.ts"
import { type Claimed, claiming } from "./invites.ts"
import { reading } from "./pages.ts"
import type { Runner } from "./writer.ts"

type Row = {
  id: number
  did: string
  full_did: string
  state: RegistrationState
  lanes: number
  created_at: number
  changed_at: number
  rotated_at: number
  own: number
  label: string
  note: string
}

const byDid = (db: Database) => db.query<Row, [string]>("SELECT * FROM registration WHERE did = ?1")

const registrationOf = (row: Row): Registration => ({
  id: row.id,
  did: row.did,
  fullDid: row.full_did,
  state: row.state,
  lanes: lanesOf(row.lanes),
  createdAt: row.created_at,
  changedAt: row.changed_at,
})

type Asking = {
  did: string
  fullDid?: string
  lane: number
  state: RegistrationState
  audit: AuditEntry
  pendingTtl?: number
  isOwn?: boolean
  invite?: string
  maxPending?: number
  now: number
}

/** What is searched for a text: without the difference between capital and small letters. */
export const wordsOf = (...texts: readonly string[]): string => texts.join("\n").toLowerCase()

export function registrationActs(db: Database) {
  const find = byDid(db)
  const insert = db.query<Row, [string, string, RegistrationState, number, number, number | null, number, string]>(
    `INSERT INTO registration (did, full_did, state, lanes, created_at, changed_at, expires_at, own, words)
     VALUES (?1, ?2, ?3, ?4, ?5, ?5, ?6, ?7, ?8) RETURNING *`,
  )
  const leaveBehind = db.query<null, [string, string, number, number, number]>(
    `INSERT INTO registration (did, full_did, state, lanes, created_at, changed_at, successor, words)
     VALUES (?1, ?2, 'revoked', ?3, ?4, ?4, ?5, '')`,
  )
  const openMailbox = db.query<null, [number]>("INSERT INTO mailbox (id) VALUES (?1)")
  const setOpen = db.query<null, [number, number, number]>(
    `UPDATE mailbox SET open = ?2, idle_since = max(idle_since, ?3 * ?2), prune_at = NULL WHERE id = ?1 AND open <> ?2`,
  )
  const gainLane = db.query<Row, [number, number, number]>(
    "UPDATE registration SET lanes = lanes | ?2, changed_at = ?3 WHERE id = ?1 RETURNING *",
  )
  const setState = db.query<Row, [number, RegistrationState, number]>(
    "UPDATE registration SET state = ?2, changed_at = ?3, expires_at = NULL WHERE id = ?1 RETURNING *",
  )
  const rename = db.query<Row, [number, string, string, number, number, string]>(
    `UPDATE registration SET did = ?2, full_did = ?3, rotated_at = ?4, changed_at = ?5, words = ?6
     WHERE id = ?1 RETURNING *`,
  )
  const invited = db.query<Row, [number, string, string, string]>(
    "UPDATE registration SET invite = ?2, label = ?3, words = ?4 WHERE id = ?1 RETURNING *",
  )
  const widen = db.query<null, [number, number | null, number | null]>(
    "UPDATE mailbox SET max_messages = ?2, max_bytes = ?3 WHERE id = ?1",
  )
  const waiting = db.query<{ n: number }, []>("SELECT count(*) AS n FROM registration WHERE state = 'pending'")
  const named = namedAddress(db)
  const bindPrior = db.query<null, [number, number, string]>(
    "INSERT INTO address (mailbox, lane, did) VALUES (?1, ?2, ?3)",
  )
  const note = auditing(db)
  const claim = claiming(db)
  const outrank = outranking(db)

  type Change = { audit: AuditEntry; now: number }

  /** What follows from a row's new state or name, told in the audit. */
  function settle(row: Row | null, { audit, now }: Change, detail = ""): Row {
    if (row === null) throw new Error("the registration was not written")
    note(audit, now, detail)
    setOpen.run(row.id, row.state === "approved" ? 1 : 0, now)
    if (row.state === "approved") outrank(row)
    return row
  }

  function welcome({ id, did, label, note }: Row, invite: Claimed): Row | null {
    const called = label === "" ? invite.label : label
    widen.run(id, invite.max_messages, invite.max_bytes)
    return invited.get(id, inviteReference(invite.id), called, wordsOf(did, called, note))
  }

  function make(given: Asking): Row | "spent" | "crowded" {
    const { did, state, lane, now, pendingTtl, maxPending, isOwn = false } = given
    const isPending = state === "pending"
    if (isPending && maxPending !== undefined && (waiting.get()?.n ?? 0) >= maxPending) return "crowded"
    const invite = given.invite === undefined ? null : claim(given.invite, now)
    if (given.invite !== undefined && invite === null) return "spent"
    const expiresAt = isPending && pendingTtl !== undefined ? now + pendingTtl : null
    const row = insert.get(did, given.fullDid ?? did, state, lane, now, expiresAt, isOwn ? 1 : 0, wordsOf(did))
    if (row === null) throw new Error("the registration was not written")
    openMailbox.run(row.id)
    return settle(invite ? welcome(row, invite) : row, given)
  }

  /** Who waited is approved after all: by an invite, or because the rules have changed. */
  function admit(known: Row, given: Asking): Row | "spent" {
    const invite = given.invite === undefined ? null : claim(given.invite, given.now)
    if (given.invite !== undefined && invite === null) return "spent"
    if (invite) welcome(known, invite)
    return settle(setState.get(known.id, "approved", given.now), given, `${known.state} → approved`)
  }

  return {
    ask(given: Asking): Row | "spent" | "crowded" {
      const known = find.get(given.did)
      if (known === null) return make(given)
      const row = known.state === "pending" && given.state === "approved" ? admit(known, given) : known
      if (row === "spent" || (row.lanes & given.lane) !== 0) return row
      return settle(gainLane.get(row.id, given.lane, given.now), given, `and ${lanesOf(given.lane).join()}`)
    },

    rotate(given: Rotation): "moved" | "unknown" | "stale" | "taken" {
      const { from, to, at, now } = given
      const known = find.get(from)
      if (known === null || known.state === "revoked") return "unknown"
      if (known.rotated_at >= at) return "stale"
      if (find.get(to) !== null) return "taken"
      settle(
        rename.get(known.id, to, given.fullDid ?? to, at, now, wordsOf(to, known.label, known.note)),
        given,
        `${from} → ${to}`,
      )
      leaveBehind.run(from, known.full_did, known.lanes, now, known.id)
      for (const lane of lanesOf(known.lanes).map(laneCode)) {
        if (named.get(lane, from) === null) bindPrior.run(known.id, lane, from)
      }
      return "moved"
    },

    transition(given: Change & { did: string; from: readonly RegistrationState[]; to: RegistrationState }): Row | null {
      const known = find.get(given.did)
      if (known === null || known.own === 1 || !given.from.includes(known.state)) return null
      return settle(setState.get(known.id, given.to, given.now), given, `${known.state} → ${given.to}`)
    },
  }
}

type Rotation = { from: string; to: string; fullDid?: string; at: number; audit: AuditEntry; now: number }

/** Takes a DID, as address and as alias, from every mailbox but that of its own registration. */
function outranking(db: Database): (owner: { id: number; did: string }) => void {
  const others = db.query<{ id: number; mailbox: number }, [string, number]>(
    "SELECT id, mailbox FROM address WHERE lane IN (1, 2) AND did = ?1 AND released = 0 AND mailbox <> ?2",
  )
  const dropAlias = db.query<null, [string, number]>(
    `DELETE FROM alias WHERE lane IN (1, 2) AND name = ?1
     AND (SELECT mailbox FROM address WHERE id = alias.address) <> ?2`,
  )
  const release = releasing(db)
  return ({ id, did }) => {
    for (const address of others.all(did, id)) release(address)
    dropAlias.run(did, id)
  }
}

type Simple = AskingFor & { invite?: never; maxPending?: never }
type Conditional = AskingFor & { invite?: string; maxPending?: number }

export type RegistrationReads = Pick<RegistrationStore, "findRegistration" | "lastChange">

export function registrationReads(db: Database): RegistrationReads {
  const find = byDid(db)
  // Every change has its line in the audit.
  const audited = db.query<{ seq: number }, []>("SELECT seq FROM sqlite_sequence WHERE name = 'audit'")
  return {
    findRegistration: reading((did) => {
      const row = find.get(did)
      return row && registrationOf(row)
    }),
    lastChange: reading(() => audited.get()?.seq ?? 0),
  }
}

export function registrationWrites(
  writer: Runner<StoreActs>,
  clock: Clock,
): Omit<RegistrationStore, keyof RegistrationReads> {
  async function ask(request: Simple): Promise<Registration>
  async function ask(request: Conditional): Promise<Registration | "spent" | "crowded">
  async function ask(request: Simple | Conditional): Promise<Registration | "spent" | "crowded"> {
    const row = await writer.run("ask", { ...request, lane: laneCode(request.lane), now: clock.now() })
    return typeof row === "string" ? row : registrationOf(row)
  }
  return {
    ask,
    rotate: (change) => writer.run("rotate", { ...change, now: clock.now() }),
    async transition(change) {
      const row = await writer.run("transition", { ...change, now: clock.now() })
      return row && registrationOf(row)
    },
  }
}
