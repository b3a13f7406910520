import { Database, SQLiteError } from "bun:sqlite"
import { closeSync, existsSync, openSync } from "node:fs"
import { Fault } from "../../faults.ts"
import { dropBallast } from "./ballast.ts"
import { isAsMade, migrate, migrations, schemaOf } from "./migrate.ts"
import { isDamaged, isDiskBroken, isDiskFull } from "./trouble.ts"

/** "rest": what `PRAGMA application_id` of our files says. */
export const APPLICATION_ID = 0x72657374

/**
 * The write connection to `file` (a path, or `:memory:`), made and migrated as needed. Fault `store.unusable`: foreign,
 * newer than this version, damaged, or not to be opened; its detail says what to do.
 */
export function openDatabase(file: string, steps = migrations): Database {
  try {
    // Who writes to whom is nobody else's business: the log and index files inherit this mode.
    if (file !== ":memory:") closeSync(openSync(file, "a", 0o600))
    const db = new Database(file)
    try {
      recognise(db, file, steps.length)
      tune(db, file)
      migrate(db, APPLICATION_ID, steps)
      compare(db, file, steps)
      return db
    } catch (thrown) {
      db.close()
      throw thrown
    }
  } catch (thrown) {
    if (isDiskFull(thrown) && dropBallast(file)) return openDatabase(file, steps)
    throw unusable(thrown, file)
  }
}

/** The schema of the database that is in `file`, if it is there and earlier than `newest`, else null. Fault `store.unusable`. */
export function earlierSchema(file: string, newest: number): number | null {
  if (!existsSync(file)) return null
  try {
    // Of a disk that is read-only SQLite says no more than that it could not open the file.
    closeSync(openSync(file, "r+"))
    const db = new Database(file, { readwrite: true })
    try {
      recognise(db, file, newest)
      const schema = schemaOf(db)
      return schema > 0 && schema < newest ? schema : null
    } finally {
      db.close()
    }
  } catch (thrown) {
    throw unusable(thrown, file)
  }
}

/** Another write connection to a file that `openDatabase` has prepared. */
export function connect(file: string): Database {
  const db = new Database(file, { readwrite: true })
  try {
    tune(db, file)
    return db
  } catch (thrown) {
    db.close()
    if (isDiskFull(thrown) && dropBallast(file)) return connect(file)
    throw thrown
  }
}

/** A connection that can only read, to a file that `openDatabase` has prepared. */
export function openReader(file: string): Database {
  const db = new Database(file, { readonly: true })
  for (const pragma of [...shared, "query_only = ON"]) db.run(`PRAGMA ${pragma}`)
  return db
}

const shared = ["busy_timeout = 5000", "temp_store = MEMORY", "trusted_schema = OFF", "cell_size_check = ON"]

const asked = (db: Database, pragma: string): unknown =>
  Object.values(db.query<Record<string, unknown>, []>(`PRAGMA ${pragma}`).get() ?? {})[0]

function recognise(db: Database, file: string, newest: number): void {
  db.run("PRAGMA busy_timeout = 5000")
  const application = asked(db, "application_id")
  const isEmpty = db.query("SELECT 1 FROM sqlite_schema").get() === null
  if (application !== APPLICATION_ID && !(isEmpty && application === 0)) {
    throw new Fault("store.unusable", {
      detail: `${file} is the database of another program; set store.url to a file of restante's own`,
    })
  }
  const version = schemaOf(db)
  if (version > newest) {
    throw new Fault("store.unusable", {
      detail: `${file} was written by a newer restante (schema ${version}, known here up to ${newest}); install that version again, or restore a backup made before the update`,
    })
  }
}

function compare(db: Database, file: string, steps: readonly string[]): void {
  if (isAsMade(db, APPLICATION_ID, steps)) return
  throw new Fault("store.unusable", {
    detail: `${file} is damaged: its tables are not those of its schema; restore the newest verified backup`,
  })
}

function tune(db: Database, file: string): void {
  for (const pragma of shared) db.run(`PRAGMA ${pragma}`)
  // Page size and auto_vacuum count only while the file is empty, and before it turns to WAL.
  db.run("PRAGMA page_size = 8192")
  db.run("PRAGMA auto_vacuum = INCREMENTAL")
  const mode = asked(db, "journal_mode = WAL")
  if (mode !== "wal" && file !== ":memory:") {
    throw new Fault("store.unusable", {
      detail: `${file} cannot keep a write-ahead log here (journal mode ${mode}); put it on a local disk`,
    })
  }
  db.run("PRAGMA synchronous = FULL")
  db.run("PRAGMA foreign_keys = ON")
  db.run("PRAGMA wal_autocheckpoint = 4000")
  db.run(`PRAGMA journal_size_limit = ${64 * 1024 * 1024}`)
}

/** The file may be well: it is the disk or the permissions that are not. */
const unwritable = new Set([
  "EROFS",
  "EACCES",
  "EPERM",
  "ENOSPC",
  "EIO",
  "SQLITE_READONLY",
  "SQLITE_FULL",
  "SQLITE_IOERR",
])

function unusable(thrown: unknown, file: string): unknown {
  if (thrown instanceof Fault) return thrown
  const cause = String(thrown)
  if (isDamaged(thrown)) {
    const detail = `${file} is damaged or not a database (${cause}); restore the newest verified backup`
    return new Fault("store.unusable", { detail, cause: thrown })
  }
  if (!(thrown instanceof SQLiteError) && !(thrown instanceof Error && "code" in thrown)) return thrown
  if (isDiskBroken(thrown) || ("code" in thrown && unwritable.has(String(thrown.code)))) {
    const detail = `${file} cannot be written (${cause}); check its file system, and that its folder belongs to the user who runs restante`
    return new Fault("store.failed", { detail, cause: thrown })
  }
  const detail = `${file} cannot be opened for writing (${cause}); check that its folder exists and belongs to the user who runs restante`
  return new Fault("store.unusable", { detail, cause: thrown })
}
