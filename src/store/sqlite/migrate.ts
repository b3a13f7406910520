import { Database } from "bun:sqlite"
import first from "./migrations/001-first.sql" with { type: "text" }

// Frozen once released: a change to the schema is a new file at the end.
export const migrations: readonly string[] = [first]

/** The schema's number (`PRAGMA user_version`) that this version writes. */
export const NEWEST = migrations.length

/** Brings the schema up to date, each step in a transaction of its own. */
export function migrate(db: Database, applicationId: number, steps: readonly string[]): void {
  while (schemaOf(db) < steps.length) step(db, applicationId, steps)
}

/** The schema's number; 0 for an empty database. */
export const schemaOf = (db: Database): number =>
  db.query<{ user_version: number }, []>("PRAGMA user_version").get()?.user_version ?? 0

/** Whether tables and indexes are what the steps make of them: damage may have changed the texts that define them. */
export function isAsMade(db: Database, applicationId: number, steps: readonly string[]): boolean {
  using fresh = new Database(":memory:")
  migrate(fresh, applicationId, steps)
  const found = new Map(definitionsIn(db))
  return definitionsIn(fresh).every(([name, sql]) => found.get(name) === sql)
}

const definitionsIn = (db: Database) =>
  db
    .query<[string, string], []>("SELECT type || ' ' || name, sql FROM sqlite_schema WHERE sql IS NOT NULL")
    .values() as [string, string][]

function step(db: Database, applicationId: number, steps: readonly string[]): void {
  const one = db.transaction(() => {
    // Asked again now that we hold the lock: another process may have taken this step meanwhile.
    const done = schemaOf(db)
    const sql = steps[done]
    if (sql === undefined) return
    db.run(sql)
    db.run(`PRAGMA application_id = ${applicationId}`)
    db.run(`PRAGMA user_version = ${done + 1}`)
  })
  one.immediate()
}
