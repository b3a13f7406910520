/**
 * Who has a database open, as locks of the operating system on an empty file beside it: they end with the process, so
 * none is ever stale. The file is SQLite's own to open: closing it by other means would drop the locks.
 */

import { Database } from "bun:sqlite"
import { writeFileSync } from "node:fs"
import { Fault } from "../../faults.ts"

/** In use like by any server or command, copied (by one at a time, beside those), or nobody else's. */
export type Occupation = "shared" | "copying" | "alone"

const begin: Readonly<Record<Occupation, readonly string[]>> = {
  shared: ["BEGIN", "SELECT 1 FROM sqlite_schema"],
  copying: ["BEGIN IMMEDIATE"],
  alone: ["BEGIN EXCLUSIVE"],
}

/** Until disposed. Faults: store.occupied, backup.busy; after `patience` ms. */
export function occupy(file: string, how: Occupation, patience = 0): Disposable {
  const path = `${file}-lock`
  make(path)
  const db = new Database(path, { readwrite: true })
  try {
    db.run(`PRAGMA busy_timeout = ${patience}`)
    for (const statement of begin[how]) db.query(statement).get()
    return { [Symbol.dispose]: () => db.close() }
  } catch (cause) {
    db.close()
    if (!String((cause as { code?: unknown }).code).startsWith("SQLITE_BUSY")) throw cause
    throw new Fault(how === "copying" ? "backup.busy" : "store.occupied", { detail: file, cause })
  }
}

function make(path: string): void {
  try {
    writeFileSync(path, "", { flag: "wx", mode: 0o600 })
  } catch (thrown) {
    if ((thrown as NodeJS.ErrnoException).code !== "EEXIST") throw thrown
  }
}
