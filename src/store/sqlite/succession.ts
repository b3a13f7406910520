import type { Database } from "bun:sqlite"
import { openDatabase } from "./open.ts"
import { closeDatabase } from "./writer.ts"

/**
 * Makes the database in `file` ready to take the place of the one in `before` (null: there is none). Numbers that only
 * go forward go on where that one was, so that no cursor and no message id comes twice, and what may happen only once
 * has happened. Everybody has to sign in again: sessions that were ended since must not come back. Whoever paused the
 * intake has not said that it is over. Whether `before` could be read. May be done again. Faults as openDatabase.
 */
export function succeed(file: string, before: string | null): boolean {
  const db = openDatabase(file)
  try {
    db.run("DELETE FROM desk")
    return before === null || inherit(db, before)
  } finally {
    closeDatabase(db)
  }
}

function inherit(db: Database, before: string): boolean {
  try {
    db.query("ATTACH ? AS before").run(before)
  } catch {
    return false
  }
  try {
    // The audit's number says how many lines there must be: those of the database that goes are not among them.
    const counters = "before.sqlite_sequence WHERE name <> 'audit'"
    const act = db.transaction(() => {
      db.run(`INSERT INTO main.sqlite_sequence (name, seq) SELECT name, 0 FROM ${counters}
                AND name NOT IN (SELECT name FROM main.sqlite_sequence)`)
      db.run(`UPDATE main.sqlite_sequence SET seq = max(main.sqlite_sequence.seq, b.seq)
                FROM (SELECT name, seq FROM ${counters}) b WHERE b.name = main.sqlite_sequence.name`)
      db.run("INSERT OR REPLACE INTO main.desk SELECT * FROM before.desk WHERE kind = 'intake'")
      for (const table of ["seen", "seen_lately"]) {
        db.run(`INSERT OR IGNORE INTO main.seen SELECT * FROM before.${table} WHERE fact = 1`)
      }
    })
    act.immediate()
    return true
  } catch {
    return false
  } finally {
    db.run("DETACH before")
  }
}
