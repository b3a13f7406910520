/** What SQLite's errors mean to the rest of the house. */

import { SQLiteError } from "bun:sqlite"
import { Fault } from "../../faults.ts"

const damaged = /^SQLITE_(CORRUPT|NOTADB)/
const broken = /^SQLITE_IOERR(_(READ|SHORT_READ|WRITE|FSYNC|DIR_FSYNC|TRUNCATE|FSTAT|DATA|CORRUPTFS))?$/
const hindered = /^SQLITE_(FULL|IOERR|BUSY|LOCKED|READONLY|CANTOPEN|PERM|NOMEM|PROTOCOL)/

/** Anything thrown while the database was used, as a Fault. */
export function faultOf(thrown: unknown): Fault {
  if (!(thrown instanceof SQLiteError)) return Fault.from(thrown)
  const given = { detail: `${thrown.code ?? "SQLite"}: ${thrown.message}`, cause: thrown }
  if (damaged.test(thrown.code ?? "")) return new Fault("store.unusable", given)
  return new Fault(hindered.test(thrown.code ?? "") ? "store.failed" : "internal", given)
}

export const isDiskFull = (thrown: unknown): boolean => thrown instanceof SQLiteError && thrown.code === "SQLITE_FULL"
/** The disk did not read or write what it was told to. */
export const isDiskBroken = (thrown: unknown): boolean =>
  thrown instanceof SQLiteError && broken.test(thrown.code ?? "")
export const isDamaged = (thrown: unknown): boolean => thrown instanceof SQLiteError && damaged.test(thrown.code ?? "")
