import type { Database } from "bun:sqlite"
import type { Clock } from "../../base/clock.ts"
import type { AuditEntry, Registration, RegistrationState } from "../../mailbox/model.ts"
import type { RegistrationStore } from "../../mailbox/ports.ts"
import type { StoreActs } from "./acts.ts"
import { namedAddress, releasing } from "./addresses.ts"
import { laneCode, lanesOf } from "./codes.ts"
import { faultOf } from "./trouble.ts"
import type { Writer } from "./writer.ts"

type Row = {
  id: number
  did: string
  full_did: string
  state: RegistrationState
  lanes: number
  created_at: number
  changed_at: number
  rotated_at: number
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

export function registrationActs(db: Database) {
  const find = byDid(db)
  const insert = db.query<Row, [string, string, RegistrationState, number, number]>(
    `INSERT INTO registration (did, full_did, state, lanes, created_at, changed_at)
     VALUES (?1, ?2, ?3, ?4, ?5, ?5) RETURNING *`,
  )
  const openMailbox = db.query<null, [number]>("INSERT INTO mailbox (id) VALUES (?1)")
  const gainLane = db.query<Row, [number, number, number]>(
    "UPDATE registration SET lanes = lanes | ?2, changed_at = ?3 WHERE id = ?1 RETURNING *",
  )
  const setState = db.query<Row, [number, RegistrationState, number]>(
    "UPDATE registration SET state = ?2, changed_at = ?3 WHERE id = ?1 RETURNING *",
  )
  const rename = db.query<Row, [number, string, string, number, number]>(
    "UPDATE registration SET did = ?2, full_did = ?3, rotated_at = ?4, changed_at = ?5 WHERE id = ?1 RETURNING *",
  )
  const named = namedAddress(db)
  const bindPrior = db.query<null, [number, number, string]>(
    "INSERT INTO address (mailbox, lane, did) VALUES (?1, ?2, ?3)",
  )
  const note = db.query<null, [number, string, string, string]>(
    "INSERT INTO audit (at, actor, action, subject) VALUES (?1, ?2, ?3, ?4)",
  )
  const outrank = outranking(db)

  const settle = (row: Row | null, audit: AuditEntry, now: number): Row => {
    if (row === null) throw new Error("the registration was not written")
    note.run(now, audit.actor, audit.action, audit.subject)
    if (row.state === "approved") outrank(row)
    return row
  }

  return {
    ask(given: {
      did: string
      fullDid?: string
      lane: number
      state: RegistrationState
      audit: AuditEntry
      now: number
    }): Row {
      const known = find.get(given.did)
      if (known === null) {
        const made = settle(
          insert.get(given.did, given.fullDid ?? given.did, given.state, given.lane, given.now),
          given.audit,
          given.now,
        )
        openMailbox.run(made.id)
        return made
      }
      if ((known.lanes & given.lane) !== 0) return known
      return gainLane.get(known.id, given.lane, given.now) ?? known
    },

    rotate(given: Rotation): "moved" | "unknown" | "stale" | "taken" {
      const { from, to, at, audit, now } = given
      const known = find.get(from)
      if (known === null || known.state === "revoked") return "unknown"
      if (known.rotated_at >= at) return "stale"
      if (find.get(to) !== null) return "taken"
      settle(rename.get(known.id, to, given.fullDid ?? to, at, now), audit, now)
      insert.get(from, known.full_did, "revoked", known.lanes, now)
      for (const lane of lanesOf(known.lanes).map(laneCode)) {
        if (named.get(lane, from) === null) bindPrior.run(known.id, lane, from)
      }
      return "moved"
    },

    transition(given: {
      did: string
      from: readonly RegistrationState[]
      to: RegistrationState
      audit: AuditEntry
      now: number
    }): Row | null {
      const known = find.get(given.did)
      if (known === null || !given.from.includes(known.state)) return null
      return settle(setState.get(known.id, given.to, given.now), given.audit, given.now)
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

export function registrations(reader: Database, writer: Writer<StoreActs>, clock: Clock): RegistrationStore {
  const find = byDid(reader)
  return {
    async findRegistration(did) {
      try {
        const row = find.get(did)
        return row && registrationOf(row)
      } catch (thrown) {
        throw faultOf(thrown)
      }
    },
    ask: async (request) =>
      registrationOf(await writer.run("ask", { ...request, lane: laneCode(request.lane), now: clock.now() })),
    rotate: (change) => writer.run("rotate", { ...change, now: clock.now() }),
    async transition(change) {
      const row = await writer.run("transition", { ...change, now: clock.now() })
      return row && registrationOf(row)
    },
  }
}
