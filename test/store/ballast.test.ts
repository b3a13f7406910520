import { expect, test } from "bun:test"
import { rmSync, statSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { openStore, type Store } from "../../src/store/store.ts"
import { audit, fakeClock, letter, listeningLog, ROOMY, seededRandom } from "../contract/world.ts"
import { mount } from "../reliability/tmpfs.ts"
import { folder } from "./places.ts"

/** What holds room back for deletions, on a small tmpfs that is really full. Needs the right to mount one. */

const probe = mount("1m")
const skipped = probe === null
probe?.[Symbol.dispose]()

const MIB = 1024 * 1024
const BALLAST = 64 * MIB
const DID = "did:example:bob"

const sizeOf = (path: string) => statSync(path, { throwIfNoEntry: false })?.size ?? 0

async function open(dataDir: string, writer: "worker" | "in-place", ballast = BALLAST) {
  const log = listeningLog()
  const given = { dataDir, clock: fakeClock(), random: seededRandom(1), log, writer, ballast }
  const store = await openStore("sqlite:restante.db", given)
  return { store, log }
}

async function bobs(store: Store) {
  const { id: mailbox } = await store.ask({ did: DID, lane: "didcomm", state: "approved", audit })
  await store.bind({ mailbox, lane: "didcomm", did: DID, aliases: [], maxAddresses: 1 })
  const address = await store.locate("didcomm", [DID])
  if (address === null) throw new Error("not bound")
  return address
}

const deposit = (store: Store, address: Awaited<ReturnType<typeof bobs>>) =>
  store.deposit({
    address,
    messages: [letter({ content: "x".repeat(50_000) })],
    quota: { ...ROOMY, messages: 1e6, bytes: 1e9 },
  })

/** Deposits until one is refused; the ids of those that were not. */
async function fill(store: Store, address: Awaited<ReturnType<typeof bobs>>): Promise<string[]> {
  const ids: string[] = []
  for (let n = 0; n < 2_000; n++) {
    const kept = await deposit(store, address).catch((fault) => {
      expect(fault).toMatchObject({ code: "store.failed" })
      return null
    })
    if (kept === null) return ids
    if (typeof kept === "string") throw new Error(kept)
    ids.push(...kept.flatMap((one) => one?.id ?? []))
  }
  throw new Error("the disk did not fill up")
}

for (const writer of ["in-place", "worker"] as const) {
  test.skipIf(skipped)(
    `(${writer}) on a full disk nothing is kept, mail can be taken, and then there is room again and a ballast`,
    async () => {
      using disk = mount("12m")
      const dataDir = disk?.path ?? ""
      const ballast = join(dataDir, "restante.db-ballast")
      const { store, log } = await open(dataDir, writer)
      await using _store = store
      expect(sizeOf(ballast)).toBe(MIB)
      const bob = await bobs(store)
      const ids = await fill(store, bob)
      expect(log.events).toEqual(["store.disk_full"])
      expect(await store.ready()).toBe(false)
      expect(await deposit(store, bob).catch((fault) => fault.code)).toBe("store.failed")

      expect(await store.acknowledge({ mailbox: bob.mailbox, lane: "didcomm", ids: ids.slice(0, 60) })).toBe(60)
      expect(await store.ready()).toBe(true)
      expect(await deposit(store, bob)).toMatchObject([{ mailbox: bob.mailbox }])
      expect(sizeOf(ballast)).toBe(MIB)
      expect(log.events).toContain("store.disk_recovered")
    },
    30_000,
  )
}

test.skipIf(skipped)(
  "a disk that somebody else filled: a purge succeeds, and room elsewhere ends the trouble",
  async () => {
    using disk = mount("24m")
    const dataDir = disk?.path ?? ""
    const { store, log } = await open(dataDir, "in-place")
    await using _store = store
    const bob = await bobs(store)
    await deposit(store, bob)
    const other = join(dataDir, "other")
    expect(() => writeFileSync(other, Buffer.alloc(32 * MIB))).toThrow("ENOSPC")
    await fill(store, bob)
    expect(await store.purge({ did: DID, before: null, audit })).toMatchObject({ messages: expect.any(Number) })
    rmSync(other)
    expect(await deposit(store, bob)).toMatchObject([{ mailbox: bob.mailbox }])
    expect(log.events.at(-1)).toBe("store.disk_recovered")
  },
)

test.skipIf(skipped)("stopped and opened on a full disk, it reads and takes what it has", async () => {
  using disk = mount("12m")
  const dataDir = disk?.path ?? ""
  const first = await open(dataDir, "in-place")
  const bob = await bobs(first.store)
  const ids = await fill(first.store, bob)
  await first.store[Symbol.asyncDispose]()
  const other = join(dataDir, "other")
  expect(() => writeFileSync(other, Buffer.alloc(16 * MIB))).toThrow("ENOSPC")

  const { store } = await open(dataDir, "worker")
  await using _store = store
  expect(await store.standing({ mailbox: bob.mailbox, lane: "didcomm", address: null })).toMatchObject({
    messages: ids.length,
  })
  expect(await store.acknowledge({ mailbox: bob.mailbox, lane: "didcomm", ids })).toBe(ids.length)
})

test("without being asked to, a store holds nothing back", async () => {
  await using where = await folder()
  const { store } = await open(where.path, "in-place", 0)
  await using _store = store
  await bobs(store)
  expect(sizeOf(`${where.file}-ballast`)).toBe(0)
})

test("a ballast that another process dropped is held again within an upkeep, and takes up real room", async () => {
  await using where = await folder()
  const { store } = await open(where.path, "in-place", 2 * MIB)
  await using _store = store
  rmSync(`${where.file}-ballast`)
  await store.expire(1)
  const { size, blocks } = statSync(`${where.file}-ballast`)
  expect([size, blocks * 512 >= 2 * MIB]).toEqual([2 * MIB, true])
})
