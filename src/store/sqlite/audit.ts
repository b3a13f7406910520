import type { Database } from "bun:sqlite"
import { createHash } from "node:crypto"
import { canonicalJson } from "../../base/canonical.ts"
import type { Clock } from "../../base/clock.ts"
import type { AuditEntry } from "../../mailbox/model.ts"
import type { AuditLine, AuditStore } from "../../mailbox/operator-ports.ts"
import type { StoreActs } from "./acts.ts"
import { atLeast0, reading } from "./pages.ts"
import type { Runner } from "./writer.ts"

/** The hash of a line: SHA-256 over the hash before it, in hex, and the canonical JSON of the line's other members. */
const hashOf = (before: string, { seq, at, actor, action, subject, detail }: Omit<AuditLine, "hash">): string =>
  createHash("sha256").update(before).update(canonicalJson({ seq, at, actor, action, subject, detail })).digest("hex")

/** Writes a line within the act that it tells of. `detail` is what the act knows itself, before the entry's own. */
export type Note = (entry: AuditEntry, now: number, detail?: string) => AuditLine

export function auditing(db: Database): Note {
  // Read in the transaction that writes, so that several processes make one chain.
  const last = db.query<{ seq: number | null; hash: string | null }, []>(
    `SELECT (SELECT seq FROM sqlite_sequence WHERE name = 'audit') AS seq,
       (SELECT hash FROM audit ORDER BY seq DESC LIMIT 1) AS hash`,
  )
  const insert = db.query<null, [number, number, string, string, string, string, string]>(
    "INSERT INTO audit (seq, at, actor, action, subject, detail, hash) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
  )
  return (entry, at, known = "") => {
    const { seq = null, hash: before = null } = last.get() ?? {}
    const detail = [known, entry.detail ?? ""].filter((part) => part !== "").join("; ")
    const line = {
      seq: (seq ?? 0) + 1,
      at,
      // The database keeps no lone surrogates: what is hashed must be what is read later.
      actor: entry.actor.toWellFormed(),
      action: entry.action.toWellFormed(),
      subject: entry.subject.toWellFormed(),
      detail: detail.toWellFormed(),
    }
    const hash = hashOf(before ?? "", line)
    insert.run(line.seq, at, line.actor, line.action, line.subject, line.detail, hash)
    return { ...line, hash }
  }
}

export function auditActs(db: Database) {
  const note = auditing(db)
  return { audit: ({ entry, now }: { entry: AuditEntry; now: number }): AuditLine => note(entry, now) }
}

const WALK = 1000

export function auditReads(db: Database): Omit<AuditStore, "audit"> {
  const like = `(?3 IS NULL OR instr(lower(actor || ' ' || action || ' ' || subject || ' ' || detail), ?3) > 0)
    AND substr(action, 1, length(?4)) = ?4`
  const newest = db.query<AuditLine, [number, number, string | null, string]>(
    `SELECT * FROM audit WHERE seq < ?1 AND ${like} ORDER BY seq DESC LIMIT ?2`,
  )
  const oldest = db.query<AuditLine, [number, number, string | null, string]>(
    `SELECT * FROM audit WHERE seq > ?1 AND ${like} ORDER BY seq LIMIT ?2`,
  )
  const given = db.query<{ seq: number }, []>("SELECT seq FROM sqlite_sequence WHERE name = 'audit'")
  const readOn = db.transaction((after: number) => ({
    lines: oldest.all(after, WALK, null, ""),
    last: given.get()?.seq ?? 0,
  }))

  async function verifyAudit(): Promise<{ lines: number; broken: number | null }> {
    let [seq, hash] = [0, ""]
    for (;;) {
      const { lines, last } = readOn(seq)
      for (const line of lines) {
        if (line.seq !== seq + 1 || line.hash !== hashOf(hash, line)) return { lines: seq, broken: seq + 1 }
        ;[seq, hash] = [line.seq, line.hash]
      }
      if (lines.length < WALK) return { lines: seq, broken: seq === last ? null : seq + 1 }
      // A long chain leaves room for others between its pages.
      await new Promise<void>((resolve) => setImmediate(resolve))
    }
  }

  return {
    auditLines: reading(({ before = 0, after, text = "", action = "", limit }) => {
      const filter = text === "" ? null : text.toLowerCase()
      if (after !== undefined) return oldest.all(after, atLeast0(limit), filter, action)
      return newest.all(before === 0 ? Number.MAX_SAFE_INTEGER : before, atLeast0(limit), filter, action)
    }),
    verifyAudit,
  }
}

export const auditWrites = (writer: Runner<StoreActs>, clock: Clock): Pick<AuditStore, "audit"> => ({
  audit: (entry) => writer.run("audit", { entry, now: clock.now() }),
})
