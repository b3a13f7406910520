import { expect, test } from "bun:test"
import { Fault } from "../../src/faults.ts"
import { createArchive } from "../../src/mailbox/archive.ts"
import { ROOMY, START, seededRandom, world } from "../contract/world.ts"
import { inMemory } from "../store/places.ts"

const uuid7 = /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/
const codeOf = (act: Promise<unknown>): Promise<string> =>
  act.then(
    () => "done",
    (thrown: unknown) => Fault.from(thrown).code,
  )

/** Bob with an archive. */
async function bobs(quota = ROOMY, maxMessageBytes = 2_000_000) {
  const here = await world(await inMemory())
  const { id: mailbox } = await here.resident("did:example:bob", "decentrl")
  const archive = createArchive(here.store, { random: seededRandom(1), policy: () => ({ quota, maxMessageBytes }) })
  const query = { mailbox, tags: [], match: "all", after: 0, limit: 100 } as const
  return { here, archive, mailbox, query }
}

const contract = { id: "c", parties: ["a", "b"] as const, expiresAt: START + 1, content: "{}" }
const shown = { publisher: "did:example:bob", channel: "news", tags: [], content: "{}" }
const published = { publisher: "did:example:bob", channel: null, tag: null, after: 0, limit: 9 }

test("events without an id are given one, and the ids come back in order", async () => {
  const { here, archive, mailbox, query } = await bobs()
  await using _ = here
  const plain = { payload: "", tags: [] }
  const ids = await archive.save(mailbox, [plain, { ...plain, id: "own" }, plain, { ...plain, id: undefined }])
  expect(ids).toEqual([expect.stringMatching(uuid7), "own", expect.stringMatching(uuid7), expect.stringMatching(uuid7)])
  expect(new Set(ids).size).toBe(4)
  expect((await archive.query(query)).items.map(({ id }) => id)).toEqual([...ids])
  expect(await archive.save(mailbox, [{ ...plain, id: "own" }])).toEqual(["own"])
  expect((await archive.query(query)).items).toHaveLength(4)
})

test("a full mailbox refuses whatever would be kept, and keeps nothing of it", async () => {
  const { here, archive, mailbox, query } = await bobs({ messages: 2, bytes: 10 })
  await using _ = here
  await archive.save(mailbox, [{ id: "1", payload: "12345", tags: [] }])
  const event = { payload: "", tags: [] }
  const acts = [
    () => archive.save(mailbox, [event, event]),
    () => archive.retag(mailbox, [{ id: "1", tags: ["123456"] }]),
    () => archive.keepContract(mailbox, { ...contract, content: "123456" }),
    () => archive.publish(mailbox, { ...shown, content: "123456" }),
  ]
  for (const act of acts) expect(await codeOf(act())).toBe("mailbox.full")
  expect((await archive.query(query)).items).toMatchObject([{ id: "1", tags: [] }])
  expect((await archive.contracts({ mailbox, after: 0, limit: 9 })).items).toEqual([])
  expect((await archive.published(published)).items).toEqual([])
  expect(await archive.retag(mailbox, [{ id: "1", tags: ["12345"] }])).toBe(1)
})

test("one item larger than a mailbox's messages may be is refused", async () => {
  const { here, archive, mailbox, query } = await bobs(ROOMY, 4)
  await using _ = here
  const saving = archive.save(mailbox, [
    { payload: "ok", tags: [] },
    { payload: "ééé", tags: [] },
  ])
  expect(await codeOf(saving)).toBe("message.too_large")
  expect(await codeOf(archive.keepContract(mailbox, { ...contract, content: "12345" }))).toBe("message.too_large")
  expect(await codeOf(archive.publish(mailbox, { ...shown, content: "12345" }))).toBe("message.too_large")
  expect((await archive.query(query)).items).toEqual([])
  expect(await codeOf(archive.save(mailbox, [{ payload: "éé", tags: [] }]))).toBe("done")
})

test("a page of large events ends early and says where the next begins", async () => {
  const { here, archive, mailbox, query } = await bobs({ messages: 99, bytes: 1e8 })
  await using _ = here
  const large = { payload: "x".repeat(400_000), tags: [] }
  await archive.save(mailbox, [large, large, large])
  const first = await archive.query(query)
  expect([first.items.length, first.remaining]).toEqual([2, 1])
  expect(await archive.query({ ...query, after: first.next ?? 0 })).toMatchObject({ remaining: 0, next: null })
})

test("a published event is found under its new id, and taken back by it", async () => {
  const { here, archive, mailbox } = await bobs()
  await using _ = here
  const id = await archive.publish(mailbox, shown)
  expect(id).toMatch(uuid7)
  expect((await archive.published(published)).items).toEqual([{ ...shown, id }])
  expect(await archive.unpublish({ mailbox, id })).toBe(true)
  expect((await archive.published(published)).items).toEqual([])
})

test("a contract is kept as long as it is valid", async () => {
  const { here, archive, mailbox } = await bobs()
  await using _ = here
  await archive.keepContract(mailbox, contract)
  expect(await archive.contractUntil(["b", "a"])).not.toBeNull()
  expect((await archive.contracts({ mailbox, after: 0, limit: 9 })).items).toEqual([{ ...contract, createdAt: START }])
  here.clock.pass(1)
  expect(await archive.contractUntil(["b", "a"])).toBeNull()
  expect((await archive.contracts({ mailbox, after: 0, limit: 9 })).items).toEqual([])
})

test("over a view that acts once, a save happens once", async () => {
  const { here, mailbox, query } = await bobs()
  await using _ = here
  const fact = { kind: "nonce", key: "n", until: START + 1000 }
  const policy = { quota: ROOMY, maxMessageBytes: 99 }
  const turn = () => createArchive(here.store.once(fact), { random: seededRandom(1), policy: () => policy })
  const event = { payload: "", tags: [] }
  expect(await codeOf(turn().save(mailbox, [event]))).toBe("done")
  expect(await codeOf(turn().save(mailbox, [event]))).toBe("command.replayed")
  expect((await turn().query(query)).items).toHaveLength(1)
})
