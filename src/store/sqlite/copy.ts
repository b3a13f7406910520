/** Copies of a database, and whether they are sound. What is here takes as long as it takes: not for a server's own thread. */

import { Database } from "bun:sqlite"
import { writeFileSync } from "node:fs"
import { Fault } from "../../faults.ts"
import { APPLICATION_ID, connect } from "./open.ts"
import { faultOf } from "./trouble.ts"
import { waiting } from "./waiting.ts"

/** What a database holds. `messages` are those that wait. */
export type Holdings = { readonly schema: number; readonly messages: number; readonly registrations: number }

/**
 * A copy of `file` as it is at one moment, into the new file `into`, while others go on writing. Faults: store.failed
 * (no room), store.unusable.
 */
export function copyDatabase(file: string, into: string): void {
  writeFileSync(into, "", { flag: "wx", mode: 0o600 })
  asFault(() => {
    using db = closing(connect(file))
    try {
      db.query("VACUUM INTO ?").run(into)
    } catch (thrown) {
      // A damaged page may claim more than any disk holds.
      checkIntegrity(db, file)
      throw thrown
    }
  })
}

/** Fault store.unusable. */
function checkIntegrity(db: Database, file: string): void {
  const wrong = db.query<{ integrity_check: string }, []>("PRAGMA integrity_check(1)").get()?.integrity_check
  if (wrong !== "ok") throw unusable(`${file} is damaged: ${wrong}`)
}

/** Fault store.unusable when a message could not be found by its mailbox: SQLite knows of indexes only. */
function checkWaiting(db: Database, file: string): void {
  const same = ["mailbox", "lane", "address", "expires_at", "size", "kind", "sender_mark"]
  const entries = waiting(`seq, ${same}`, "true")
  const found = number(
    db,
    `SELECT count(*) FROM (${entries}) w CROSS JOIN message m
     ON m.seq = w.seq AND ${same.map((name) => `m.${name} IS w.${name}`).join(" AND ")}`,
  )
  const counts = [`SELECT count(*) FROM (${entries})`, "SELECT count(*) FROM message"].map((sql) => number(db, sql))
  if (counts.some((count) => count !== found)) throw unusable(`${file} is damaged: messages and what waits differ`)
}

/** Reads all of a database that nobody has open, to see that every page and index is right. Fault store.unusable. */
export function inspectDatabase(file: string): Holdings {
  return asFault(() => {
    using db = closing(new Database(file, { readwrite: true }))
    checkIntegrity(db, file)
    if (number(db, "PRAGMA application_id") !== APPLICATION_ID) throw unusable(`${file} is no database of restante`)
    checkWaiting(db, file)
    return {
      schema: number(db, "PRAGMA user_version"),
      messages: number(db, "SELECT count(*) FROM message"),
      registrations: number(db, "SELECT count(*) FROM registration WHERE own = 0"),
    }
  })
}

/** Room that a copy of `file` takes at most. */
export const copySize = (file: string): number =>
  asFault(() => {
    using db = closing(connect(file))
    const used = number(db, "PRAGMA page_count") - number(db, "PRAGMA freelist_count")
    return used * number(db, "PRAGMA page_size")
  })

export type Difference = {
  /** Messages that wait in `before` and are not in `file`. */
  readonly lost: number
  /** Messages that were taken from `before` and wait in `file` again. */
  readonly again: number
  readonly lostRegistrations: number
}

/** What would change with `file` in the place of `before`; null when `before` cannot be read. */
export function compareDatabases(file: string, before: string): Difference | null {
  using db = closing(new Database(file, { readwrite: true }))
  try {
    db.query("ATTACH ? AS before").run(before)
    const missing = (table: string, from: string, to: string, same: string) =>
      number(
        db,
        `SELECT count(*) FROM ${from}.${table} a WHERE NOT EXISTS
        (SELECT 1 FROM ${to}.${table} b WHERE ${same})`,
      )
    const message = "b.seq = a.seq AND b.tag = a.tag"
    return {
      lost: missing("message", "before", "main", message),
      again: missing("message", "main", "before", message),
      lostRegistrations: missing("registration", "before", "main", "b.did = a.did"),
    }
  } catch {
    return null
  }
}

const closing = (db: Database): Database & Disposable => Object.assign(db, { [Symbol.dispose]: () => db.close() })

const number = (db: Database, sql: string): number =>
  Number(Object.values(db.query<Record<string, unknown>, []>(sql).get() ?? {})[0])

const unusable = (detail: string) => new Fault("store.unusable", { detail })

function asFault<T>(work: () => T): T {
  try {
    return work()
  } catch (thrown) {
    throw thrown instanceof Error && "code" in thrown && !(thrown instanceof Fault) ? faultOf(thrown) : thrown
  }
}
