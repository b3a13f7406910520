import type { Database } from "bun:sqlite"
import first from "./migrations/001-first.sql" with { type: "text" }

// Frozen once released: a change to the schema is a new file at the end.
const migrations: readonly string[] = [first]

/** The schema's number (`PRAGMA user_version`) that this version writes. */
export const NEWEST = migrations.length

/** Brings the schema up to date, each step in a transaction of its own. */
export function migrate(db: Database, applicationId: number): void {
  while (version(db) < NEWEST) step(db, applicationId)
}

const version = (db: Database): number =>
  db.query<{ user_version: number }, []>("PRAGMA user_version").get()?.user_version ?? 0

function step(db: Database, applicationId: number): void {
  const one = db.transaction(() => {
    // Asked again now that we hold the lock: another process may have taken this step meanwhile.
    const done = version(db)
    const sql = migrations[done]
    if (sql === undefined) return
    db.run(sql)
    db.run(`PRAGMA application_id = ${applicationId}`)
    db.run(`PRAGMA user_version = ${done + 1}`)
  })
  one.immediate()
}
