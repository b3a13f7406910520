import { Database } from "bun:sqlite"
import { expect, test } from "bun:test"
import { stat, writeFile } from "node:fs/promises"
import { Fault } from "../../src/faults.ts"
import { openDatabase } from "../../src/store/sqlite/open.ts"
import { openStore } from "../../src/store/store.ts"
import { bobs, fakeClock, letter, listeningLog, seededRandom } from "../contract/world.ts"
import { folder, inFile } from "./places.ts"

const open = (url: string, dataDir: string) =>
  openStore(url, { dataDir, clock: fakeClock(), random: seededRandom(1), log: listeningLog(), writer: "in-place" })

const refusal = async (url: string, dataDir: string): Promise<Fault> => {
  const thrown: unknown = await open(url, dataDir).then(
    () => null,
    (fault: unknown) => fault,
  )
  if (thrown instanceof Fault) return thrown
  throw new Error(`not refused, or not by a Fault: ${thrown}`)
}

const pragma = (db: Database, name: string) => Object.values(db.query(`PRAGMA ${name}`).get() as object)[0]

test("addresses of stores that nobody serves are refused", async () => {
  await using where = await folder()
  for (const url of ["postgres://localhost/x", "restante.db", "sqlite:", "", "toString:x", "SQLite:x.db"]) {
    expect((await refusal(url, where.path)).code).toBe("setting.invalid")
  }
})

test("a database keeps the promises of its settings", async () => {
  await using where = await folder()
  const db = openDatabase(where.file)
  const settings = { journal_mode: "wal", synchronous: 2, foreign_keys: 1, auto_vacuum: 2, page_size: 8192 }
  for (const [name, value] of Object.entries(settings)) expect([name, pragma(db, name)]).toEqual([name, value])
  expect(pragma(db, "busy_timeout")).toBe(5000)
  expect(pragma(db, "trusted_schema")).toBe(0)
  expect(pragma(db, "cell_size_check")).toBe(1)
  expect(pragma(db, "wal_autocheckpoint")).toBe(4000)
  expect(pragma(db, "application_id")).toBe(0x72657374)
  expect((await stat(where.file)).mode & 0o777).toBe(0o600)
})

test("the database of another program is refused and not touched", async () => {
  await using where = await folder()
  const other = new Database(where.file)
  other.run("CREATE TABLE theirs (x)")
  other.close()
  const before = await Bun.file(where.file).bytes()
  const fault = await refusal("sqlite:restante.db", where.path)
  expect([fault.code, fault.detail]).toEqual(["store.unusable", expect.stringContaining("another program")])
  expect(await Bun.file(where.file).bytes()).toEqual(before)
})

test("a file with another application's id is refused even when it is empty", async () => {
  await using where = await folder()
  const other = new Database(where.file)
  other.run("PRAGMA application_id = 42")
  other.close()
  expect((await refusal("sqlite:restante.db", where.path)).detail).toContain("another program")
})

test("a database of a newer version is refused, and says so", async () => {
  await using where = await folder()
  const db = openDatabase(where.file)
  db.run("PRAGMA user_version = 99")
  db.close()
  const fault = await refusal("sqlite:restante.db", where.path)
  expect([fault.code, fault.detail]).toEqual(["store.unusable", expect.stringContaining("newer restante (schema 99")])
})

test("a file that is no database, and one whose head is damaged, are refused with what to do", async () => {
  await using where = await folder()
  await writeFile(where.file, "Dear diary, ".repeat(1000))
  const fault = await refusal("sqlite:restante.db", where.path)
  expect([fault.code, fault.row.exit, fault.detail]).toEqual(["store.unusable", 65, expect.stringContaining("backup")])

  await using second = await folder()
  openDatabase(second.file).close()
  const bytes = await Bun.file(second.file).bytes()
  await writeFile(second.file, bytes.fill(0xee, 100, 4000))
  expect((await refusal("sqlite:restante.db", second.path)).detail).toContain("damaged")
})

test("a folder that is not there is refused", async () => {
  expect((await refusal("sqlite:restante.db", "/nonexistent/folder")).code).toBe("store.unusable")
})

test("a store opened again has everything, and its seq goes on where it was, also after deletions", async () => {
  const { here, bob, home } = await bobs(await inFile("worker")())
  await using _ = here
  await here.deposit(home, letter({ text: "first" }), letter({ text: "second" }))
  await here.store.reserve("nonce", "n", here.clock.now() + 1000)
  const before = await here.all(bob.id)
  await here.reopen()
  expect(await here.all(bob.id)).toEqual(before)
  expect(await here.store.reserve("nonce", "n", here.clock.now() + 1000)).toBe(false)
  await here.store.acknowledge({ mailbox: bob.id, lane: "didcomm", ids: before.map(({ id }) => id) })
  const latest = await here.store.latest()
  expect(latest).toBe(before[1]?.seq ?? 0)
  here.clock.pass(-3_600_000)
  await here.reopen()
  expect(await here.store.latest()).toBe(latest)
  await here.deposit(home, letter({ text: "third" }))
  expect((await here.all(bob.id)).map(({ seq, content }) => [seq, content])).toEqual([[latest + 1, "third"]])
})

test("a closed database is one file, and the empty one that locks it", async () => {
  await using where = await folder()
  for (const writer of ["in-place", "worker"] as const) {
    const store = await openStore("sqlite:restante.db", {
      dataDir: where.path,
      clock: fakeClock(),
      random: seededRandom(1),
      log: listeningLog(),
      writer,
    })
    await store.reserve("k", writer, Number.MAX_SAFE_INTEGER)
    await store[Symbol.asyncDispose]()
    expect([...new Bun.Glob("*").scanSync(where.path)].sort()).toEqual(["restante.db", "restante.db-lock"])
  }
})
