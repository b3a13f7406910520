import type { Database } from "bun:sqlite"
import type { Clock } from "../../base/clock.ts"
import type { AuditEntry } from "../../mailbox/model.ts"
import type { Invite, InviteStore } from "../../mailbox/operator-ports.ts"
import type { StoreActs } from "./acts.ts"
import { auditing } from "./audit.ts"
import { readCursor, writeCursor } from "./cursor.ts"
import { atLeast0, reading } from "./pages.ts"
import { wordsOf } from "./registrations.ts"
import type { Runner } from "./writer.ts"

type Row = {
  seq: number
  id: string
  label: string
  uses: number
  used: number
  expires_at: number | null
  revoked_at: number | null
  created_at: number
  max_messages: number | null
  max_bytes: number | null
}

const inviteOf = (row: Row): Invite => ({
  id: row.id,
  label: row.label,
  uses: row.uses,
  used: row.used,
  expiresAt: row.expires_at,
  revokedAt: row.revoked_at,
  createdAt: row.created_at,
  overrides: { maxMessages: row.max_messages, maxBytes: row.max_bytes },
})

/** What a registration gets of the invite it came with. */
export type Claimed = Pick<Row, "id" | "label" | "max_messages" | "max_bytes">

/** Claims one use of an invite; null when it has none left, has ended, or is none. */
export const claiming = (db: Database) => {
  const claim = db.query<Claimed, [string, number]>(
    `UPDATE invite SET used = used + 1 WHERE id = ?1 AND used < uses AND revoked_at IS NULL
     AND (expires_at IS NULL OR expires_at > ?2) RETURNING id, label, max_messages, max_bytes`,
  )
  return (id: string, now: number): Claimed | null => claim.get(id, now)
}

const byId = (db: Database) => db.query<Row, [string]>("SELECT * FROM invite WHERE id = ?1")

export function inviteActs(db: Database) {
  const note = auditing(db)
  const insert = db.query<null, [string, string, number, number | null, number, number | null, number | null, string]>(
    `INSERT INTO invite (id, label, uses, expires_at, created_at, max_messages, max_bytes, words)
     VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)`,
  )
  const find = byId(db)
  const revoke = db.query<Row, [string, number]>("UPDATE invite SET revoked_at = ?2 WHERE id = ?1 RETURNING *")

  return {
    createInvite({ invite, audit, now }: Parameters<InviteStore["createInvite"]>[0] & { now: number }): void {
      const { id, label, uses, expiresAt, createdAt, overrides } = invite
      const { maxMessages, maxBytes } = overrides
      insert.run(id, label, uses, expiresAt, createdAt, maxMessages, maxBytes, wordsOf(id, label))
      note(audit, now, uses === 1 ? "for one" : `for ${uses}`)
    },

    revokeInvite({ id, at, audit, now }: { id: string; at: number; audit: AuditEntry; now: number }): Row | null {
      const known = find.get(id)
      if (known === null || known.revoked_at !== null) return known
      note(audit, now, `${known.used} of ${known.uses} used`)
      return revoke.get(id, at)
    },
  }
}

export function inviteReads(db: Database): Pick<InviteStore, "invite" | "invites"> {
  const find = byId(db)
  // Every text has the empty one in it.
  const page = db.query<Row, [number, number, string]>(
    "SELECT * FROM invite WHERE seq < ?1 AND instr(words, ?3) > 0 ORDER BY seq DESC LIMIT ?2",
  )
  const count = db.query<{ n: number }, [string]>("SELECT count(*) AS n FROM invite WHERE instr(words, ?1) > 0")
  const readPage = db.transaction((before: number, limit: number, text: string) => ({
    rows: page.all(before, limit + 1, text),
    total: count.get(text)?.n ?? 0,
  }))

  return {
    invite: reading((id) => {
      const row = find.get(id)
      return row && inviteOf(row)
    }),
    invites: reading(({ after, limit: wanted, text = "" }) => {
      const limit = atLeast0(wanted)
      const before = after === undefined ? Number.MAX_SAFE_INTEGER : readCursor("invites", after).id
      const { rows, total } = readPage(before, limit, text.toLowerCase())
      const shown = rows.slice(0, limit)
      const last = rows.length > limit ? shown.at(-1) : undefined
      return { items: shown.map(inviteOf), total, next: last ? writeCursor("invites", last.seq, null) : null }
    }),
  }
}

export const inviteWrites = (
  writer: Runner<StoreActs>,
  clock: Clock,
): Pick<InviteStore, "createInvite" | "revokeInvite"> => ({
  createInvite: (given) => writer.run("createInvite", { ...given, now: clock.now() }),
  async revokeInvite(given) {
    const row = await writer.run("revokeInvite", { ...given, now: clock.now() })
    return row && inviteOf(row)
  },
})
