import { Database } from "bun:sqlite"
import { expect, test } from "bun:test"
import { Fault } from "../../src/faults.ts"
import { migrations } from "../../src/store/sqlite/migrate.ts"
import { openStore, type StoreOptions } from "../../src/store/store.ts"
import { audit, fakeClock, listeningLog, seededRandom } from "../contract/world.ts"
import { folder } from "./places.ts"

/** What a later version might do. */
const second = "ALTER TABLE registration ADD COLUMN colour TEXT NOT NULL DEFAULT 'blue'"
const broken = "CREATE TABLE half (x); INSERT INTO nowhere VALUES (1)"

const open = (dataDir: string, more: Partial<StoreOptions> = {}) =>
  openStore("sqlite:restante.db", {
    dataDir,
    clock: fakeClock(),
    random: seededRandom(1),
    log: listeningLog(),
    writer: "in-place",
    ...more,
  })

async function withBob(dataDir: string): Promise<void> {
  await using store = await open(dataDir)
  await store.ask({ did: "did:example:bob", lane: "didcomm", state: "approved", audit })
}

function look(file: string) {
  const db = new Database(file, { readwrite: true })
  try {
    const version = db.query<{ user_version: number }, []>("PRAGMA user_version").get()?.user_version
    return { version, rows: db.query("SELECT * FROM registration").all() as { did: string; colour?: string }[] }
  } finally {
    db.close()
  }
}

test("a later schema is reached from an earlier one with everything in it, after what has to come before", async () => {
  await using where = await folder()
  await withBob(where.path)
  const seen: unknown[] = []
  const beforeMigration = async () => void seen.push(look(where.file).version)
  const later = { schema: [...migrations, second], beforeMigration }
  for (let time = 0; time < 2; time++) {
    await using store = await open(where.path, later)
    expect((await store.findRegistration("did:example:bob"))?.state).toBe("approved")
  }
  expect(seen).toEqual([1])
  expect(look(where.file)).toMatchObject({ version: 2, rows: [{ did: "did:example:bob", colour: "blue" }] })
})

test("a new database needs nothing to come before", async () => {
  await using where = await folder()
  const beforeMigration = () => Promise.reject(new Error("there is nothing to keep"))
  await using store = await open(where.path, { schema: [...migrations, second], beforeMigration })
  expect((await store.measure()).schema).toBe(2)
})

test("without what has to come before, the schema stays as it is", async () => {
  await using where = await folder()
  await withBob(where.path)
  const fault = new Fault("backup.failed", { args: ["no room"] })
  const opening = open(where.path, { schema: [...migrations, second], beforeMigration: () => Promise.reject(fault) })
  const [outcome] = await Promise.allSettled([opening])
  expect(outcome).toMatchObject({ status: "rejected", reason: fault })
  expect(look(where.file).version).toBe(1)
})

test("a step that fails leaves nothing of itself", async () => {
  await using where = await folder()
  await withBob(where.path)
  const [outcome] = await Promise.allSettled([open(where.path, { schema: [...migrations, second, broken] })])
  expect(outcome?.status).toBe("rejected")
  const db = new Database(where.file)
  expect(db.query("SELECT name FROM sqlite_schema WHERE name = 'half'").all()).toEqual([])
  db.close()
  expect(look(where.file)).toMatchObject({ version: 2, rows: [{ did: "did:example:bob" }] })
})

test("the earlier version refuses the later schema, and changes nothing", async () => {
  await using where = await folder()
  await withBob(where.path)
  await (await open(where.path, { schema: [...migrations, second] }))[Symbol.asyncDispose]()
  const [outcome] = await Promise.allSettled([open(where.path)])
  const fault = outcome?.status === "rejected" ? Fault.from(outcome.reason) : null
  expect([fault?.code, fault?.row.exit]).toEqual(["store.unusable", 65])
  expect(fault?.detail).toContain("written by a newer restante (schema 2")
  expect(look(where.file).version).toBe(2)
})
