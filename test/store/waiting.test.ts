import { Database } from "bun:sqlite"
import { expect, test } from "bun:test"
import { inspectDatabase } from "../../src/store/sqlite/copy.ts"
import { migrations } from "../../src/store/sqlite/migrate.ts"
import { openDatabase } from "../../src/store/sqlite/open.ts"
import { entering } from "../../src/store/sqlite/waiting.ts"
import { openStore } from "../../src/store/store.ts"
import { audit, DAY, fakeClock, HOUR, letter, listeningLog, ROOMY, START, seededRandom } from "../contract/world.ts"
import { folder } from "./places.ts"

const PEOPLE = 20
const EACH = 200
const TOGETHER = 50

/** Mail of many people, more than stays where the latest lies. */
async function crowd() {
  const where = await folder()
  const clock = fakeClock()
  const given = { dataDir: where.path, clock, random: seededRandom(1), log: listeningLog() }
  const store = await openStore("sqlite:restante.db", { ...given, writer: "in-place" })
  const people = []
  for (let n = 0; n < PEOPLE; n++) {
    const did = `did:example:${n}`
    const { id: mailbox } = await store.ask({ did, lane: "didcomm", state: "approved", audit })
    await store.bind({ mailbox, lane: "didcomm", did, aliases: [], maxAddresses: 1 })
    const address = await store.locate("didcomm", [did])
    if (address) people.push({ did, mailbox, address })
  }
  for (let n = 0; n < EACH; n += TOGETHER) {
    for (const { address } of people) {
      const ends = Array.from({ length: TOGETHER }, (_, at) => START + (at % 2 ? HOUR : DAY))
      const messages = ends.map((expiresAt, at) => letter({ text: `${address.did} ${n + at}`, expiresAt }))
      await store.deposit({ address, messages, quota: ROOMY })
    }
  }
  const count = (table: string) => {
    using db = new Database(where.file, { readonly: true })
    return Number(db.query<{ n: number }, []>(`SELECT count(*) AS n FROM ${table}`).get()?.n)
  }
  const read = (mailbox: number) =>
    store.peek({ mailbox, lane: "didcomm", address: null, after: 0, limit: 999, bytes: 1e9 })
  const counts = () => ["message", "waiting_long", "waiting_lately"].map(count)
  return { where, clock, store, people, read, counts }
}

test("mail is read, counted and taken away alike, wherever its entries lie", async () => {
  const { where, clock, store, people, read, counts } = await crowd()
  await using _ = where
  const [all = 0, long = 0, lately = 0] = counts()
  expect([all, long + lately]).toEqual([PEOPLE * EACH, PEOPLE * EACH])
  expect(Math.min(long, lately)).toBeGreaterThan(EACH)
  for (const { mailbox } of people) {
    const found = await read(mailbox)
    expect(found.length).toBe(EACH)
    expect(found.map(({ seq }) => seq)).toEqual(found.map(({ seq }) => seq).toSorted((a, b) => a - b))
    await store.handed({ seqs: [found[0]?.seq ?? 0], expiresAt: START + HOUR })
    const ids = found.slice(1, 11).map(({ id }) => id)
    expect(await store.acknowledge({ mailbox, lane: "didcomm", ids })).toBe(10)
    expect(await store.standing({ mailbox, lane: "didcomm", address: null })).toMatchObject({ messages: EACH - 10 })
  }
  clock.pass(HOUR)
  for (const { mailbox } of people) {
    expect(await store.standing({ mailbox, lane: "didcomm", address: null })).toMatchObject({ messages: EACH / 2 - 6 })
  }
  expect(await store.expire(PEOPLE * EACH)).toBe(PEOPLE * (EACH / 2 - 4))
  const [left = 0, longLeft = 0, latelyLeft = 0] = counts()
  expect([left, longLeft + latelyLeft]).toEqual([PEOPLE * (EACH / 2 - 6), PEOPLE * (EACH / 2 - 6)])
  await store[Symbol.asyncDispose]()
  expect(inspectDatabase(where.file).messages).toBe(left)
})

test("a message without an entry, or with a wrong one, is damage that an inspection finds", async () => {
  for (const damage of [
    "DELETE FROM waiting_long WHERE seq = (SELECT min(seq) FROM waiting_long)",
    "UPDATE waiting_lately SET address = address + 1 WHERE seq = (SELECT max(seq) FROM waiting_lately)",
    "UPDATE waiting_long SET seq = -1 WHERE seq = (SELECT min(seq) FROM waiting_long)",
  ]) {
    const { where, store } = await crowd()
    await using _ = where
    await store[Symbol.asyncDispose]()
    expect(inspectDatabase(where.file).messages).toBe(PEOPLE * EACH)
    using db = new Database(where.file)
    expect(db.run(damage).changes).toBe(1)
    expect(() => inspectDatabase(where.file)).toThrow("damaged")
  }
})

test("an entry that leads to another's message does not hand it out", async () => {
  const { where, store, people, read } = await crowd()
  await using _ = where
  await using __ = store
  using db = new Database(where.file)
  const [ours = 0, theirs = 0] = people.map(({ mailbox }) => mailbox)
  const [lost] = await read(ours)
  const [strange] = await read(theirs)
  db.run("UPDATE waiting_long SET seq = ?1 WHERE seq = ?2", [strange?.seq ?? 0, lost?.seq ?? 0])
  const found = await read(ours)
  expect(found.length).toBe(EACH - 1)
  expect(found.map(({ id }) => id)).not.toContain(strange?.id)
})

test("an entry of which a disk has made something else stops no others", () => {
  // Of a table that is not STRICT, as no statement of ours could write it.
  const lax = migrations.map((sql) => sql.replace(/(CREATE TABLE waiting_lately .*?) STRICT,/s, "$1"))
  using db = openDatabase(":memory:", lax)
  const enter = entering(db)
  enter(7, 1, 1, 1, 1, 1, "k", null)
  db.run("UPDATE waiting_lately SET size = 'x'")
  for (let n = 2; n <= 4000; n++) enter(n % 40, 1, n, 1, 1, 1, "k", null)
  const count = (table: string) => Number(db.query<{ n: number }, []>(`SELECT count(*) AS n FROM ${table}`).get()?.n)
  expect(count("waiting_long")).toBeGreaterThan(1000)
  expect(count("waiting_long") + count("waiting_lately")).toBe(3999)
})
