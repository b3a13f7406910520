import { Database } from "bun:sqlite"
import { expect, test } from "bun:test"
import { openStore, type Store } from "../../src/store/store.ts"
import { audit, DAY, fakeClock, HOUR, letter, listeningLog, ROOMY, START, seededRandom } from "../contract/world.ts"
import { folder } from "./places.ts"

/** Two stores on one file, as the server and a command have them, and the file itself. */
async function shared(writer: "in-place" | "worker") {
  const where = await folder()
  const clock = fakeClock()
  const open = (seed: number, how: "in-place" | "worker"): Promise<Store> =>
    openStore("sqlite:restante.db", {
      dataDir: where.path,
      clock,
      random: seededRandom(seed),
      log: listeningLog(),
      writer: how,
    })
  const server = await open(1, writer)
  const command = await open(2, "in-place")
  const { id } = await server.ask({ did: "did:example:bob", lane: "didcomm", state: "approved", audit })
  await server.bind({ mailbox: id, lane: "didcomm", did: "did:example:home", aliases: [], maxAddresses: 9 })
  const home = await server.locate("didcomm", ["did:example:home"])
  if (home === null) throw new Error("not bound")
  const put = (store: Store, given: Parameters<typeof letter>[0] = {}) =>
    store.deposit({ address: home, messages: [letter(given)], quota: ROOMY })
  const rows = (sql: string) => {
    using db = new Database(where.file, { readonly: true })
    return db.query<Record<string, unknown>, []>(sql).all()
  }
  return {
    file: where.file,
    server,
    command,
    clock,
    home,
    put,
    rows,
    [Symbol.asyncDispose]: async () => {
      await server[Symbol.asyncDispose]()
      await command[Symbol.asyncDispose]()
      await where[Symbol.asyncDispose]()
    },
  }
}

for (const writer of ["in-place", "worker"] as const) {
  test(`a watcher hears of others' changes within a second, and not of its own (${writer})`, async () => {
    await using here = await shared(writer)
    const { server, command, clock } = here
    let heard = 0
    const settled = async () => {
      clock.pass(500)
      await server.ready()
    }
    const watching = server.watch(() => heard++)
    await settled()
    heard = 0
    await here.put(server)
    await settled()
    expect(heard).toBe(0)
    await here.put(command)
    await here.put(server)
    await settled()
    expect(heard).toBe(1)
    await settled()
    expect(heard).toBe(1)
    const second = server.watch(() => (heard += 10))
    await command.reserve("k", "x", START + DAY)
    await settled()
    expect(heard).toBe(12)
    watching[Symbol.dispose]()
    await command.reserve("k", "y", START + DAY)
    await settled()
    expect(heard).toBe(22)
    second[Symbol.dispose]()
    expect(clock.rings()).toBe(0)
  })
}

test("a store whose disk does not answer within two seconds is not ready, and is again when it does", async () => {
  await using here = await shared("worker")
  using other = new Database(here.file)
  other.run("BEGIN IMMEDIATE")
  const ready = here.server.ready()
  here.clock.pass(2000)
  expect(await ready).toBe(false)
  other.run("ROLLBACK")
  expect(await here.server.ready()).toBe(true)
})

test("the seqs of two processes rise together", async () => {
  await using here = await shared("worker")
  for (let n = 0; n < 6; n++) await here.put(n % 2 ? here.server : here.command, { text: `${n}` })
  const read = { mailbox: here.home.mailbox, lane: "didcomm", address: null, after: 0, limit: 9, bytes: 999 } as const
  const messages = await here.server.peek(read)
  expect(messages.map(({ content }) => content)).toEqual(["0", "1", "2", "3", "4", "5"])
  expect(new Set(messages.map(({ seq }) => seq)).size).toBe(6)
})

test("every change of a registration leaves one line of audit, and a refused one none", async () => {
  await using here = await shared("in-place")
  const { server } = here
  const entry = (action: string) => ({ actor: "ada", action, subject: "did:example:carol" })
  const did = "did:example:carol"
  await server.ask({ did, lane: "didcomm", state: "pending", audit: entry("ask") })
  await server.ask({ did, lane: "decentrl", state: "pending", audit: entry("ask again") })
  here.clock.pass(3)
  await server.transition({ did, from: ["suspended"], to: "approved", audit: entry("resume") })
  await server.transition({ did, from: ["pending"], to: "approved", audit: entry("approve") })
  expect(here.rows("SELECT at, actor, action, subject FROM audit WHERE actor = 'ada' ORDER BY seq")).toEqual([
    { at: START, ...entry("ask") },
    { at: START, ...entry("ask again") },
    { at: START + 3, ...entry("approve") },
  ])
})

test("upkeep leaves nothing behind: marks, facts, names, contracts and counts all go when they have ended", async () => {
  await using here = await shared("worker")
  const { server, clock, home } = here
  const count = (table: string) => Number(here.rows(`SELECT count(*) AS n FROM ${table}`)[0]?.n)
  const marks = () => count("seen") + count("seen_lately")
  for (let n = 0; n < 200; n++) await here.put(server, { expiresAt: START + 2 * DAY })
  for (let n = 0; n < 50; n++) await server.reserve("nonce", `${n}`, START + HOUR)
  const limits = { waitingOfKind: 99, perSender: { count: 99, windowMs: HOUR } }
  for (let n = 0; n < 20; n++) {
    const messages = [letter({ kind: "request", sender: `did:example:${n}`, expiresAt: START + HOUR })]
    await server.deposit({ address: home, messages, quota: ROOMY, limits })
    const contract = { id: `${n}`, parties: ["a", "b"] as const, expiresAt: START + HOUR, content: "{}" }
    await server.saveContract({ mailbox: home.mailbox, contract, quota: ROOMY })
  }
  await server.unbind({ mailbox: home.mailbox, lane: "didcomm", did: home.did })
  const tables = ["address", "contract", "pace"]
  expect([marks(), ...tables.map(count)]).toEqual([270, 1, 20, 20])
  clock.pass(2 * DAY)
  expect(await server.expire(1000)).toBe(220)
  expect(["message", ...tables].map(count)).toEqual([0, 0, 0, 0])
  for (let n = 0; n < 64; n++) await server.expire(1)
  expect(marks()).toBe(0)
  expect(here.rows("SELECT messages, bytes FROM mailbox")).toEqual([{ messages: 0, bytes: 0 }])
})

test("pages of deleted mail go back to the disk in steps", async () => {
  await using here = await shared("worker")
  const pages = () => Number(here.rows("PRAGMA page_count")[0]?.page_count)
  const texts = Array.from({ length: 200 }, (_, n) => `${n}${"x".repeat(40_000)}`)
  const messages = texts.map((text) => letter({ text, expiresAt: START + 1 }))
  await here.server.deposit({ address: here.home, messages, quota: { messages: 999, bytes: 1e9 } })
  const full = pages()
  here.clock.pass(1)
  await here.server.expire(1000)
  expect(pages()).toBe(full - 256)
  for (let n = 0; n < 20; n++) await here.server.expire(1000)
  expect(pages()).toBeLessThan(400)
})

test("more contracts than one step forgets all go in one sweep, and nothing is left of an archive taken back", async () => {
  await using here = await shared("in-place")
  const { server, clock, home } = here
  const { mailbox } = home
  const quota = { messages: 9999, bytes: 1e9 }
  const parties = ["a", "b"] as const
  await Promise.all(
    Array.from({ length: 2500 }, (_, n) =>
      server.saveContract({ mailbox, contract: { id: `${n}`, parties, expiresAt: START + 1, content: "{}" }, quota }),
    ),
  )
  const event = { id: "p", publisher: "did:example:bob", channel: "c", tags: ["t", "u"], content: "{}" }
  await server.publish({ mailbox, event, quota })
  await server.unpublish({ mailbox, id: "p" })
  await server.saveEvents({ mailbox, events: [{ id: "e", payload: "", tags: ["t", "u"] }], quota })
  await server.retagEvents({ mailbox, updates: [{ id: "e", tags: [] }], quota })
  clock.pass(1)
  expect(await server.expire(10)).toBe(0)
  const count = (table: string) => Number(here.rows(`SELECT count(*) AS n FROM ${table}`)[0]?.n)
  expect(["contract", "public_event", "public_event_tag", "event_tag"].map(count)).toEqual([0, 0, 0, 0])
  expect(here.rows("SELECT messages, bytes FROM mailbox")).toEqual([{ messages: 1, bytes: 0 }])
})
