import { expect, test } from "bun:test"
import { Fault } from "../../src/faults.ts"
import type { SavedEvent } from "../../src/mailbox/model.ts"
import { bobs, HOUR, letter, type Place, ROOMY, START, type World, world } from "./world.ts"

const event = (id: string, tags: readonly string[] = [], payload = `payload of ${id}`): SavedEvent => ({
  id,
  payload,
  tags,
})

type Query = { tags?: readonly string[]; match?: "all" | "any"; after?: number; limit?: number; bytes?: number }

/** An archive's owner, and short words for the acts. */
async function owner(here: World, did = "did:example:bob") {
  const { id: mailbox } = await here.resident(did, "decentrl")
  const save = (...events: SavedEvent[]) => here.store.saveEvents({ mailbox, events, quota: ROOMY })
  const query = ({ tags = [], match = "all", after = 0, limit = 100, bytes = 1e6 }: Query = {}) =>
    here.store.queryEvents({ mailbox, tags, match, after, limit, bytes })
  const ids = async (given: Query = {}) => (await query(given)).items.map(({ id }) => id)
  const retag = (...updates: { id: string; tags: readonly string[] }[]) =>
    here.store.retagEvents({ mailbox, updates, quota: ROOMY })
  return { mailbox, save, query, ids, retag }
}

export function eventContract(place: () => Promise<Place>): void {
  test("saved events come back as they were saved, oldest first, each tag once and in its order", async () => {
    await using here = await world(await place())
    const bob = await owner(here)
    const odd = event("b", ["z", "a", "z", "", " a", "A", '"]', "nul\0nul", "äöü \u{1f4ee}"], "\0 \u{1f4ee} end")
    expect(await bob.save(event("a"), odd)).toBe("stored")
    here.clock.pass(5)
    expect(await bob.save(event("c"))).toBe("stored")
    expect(await bob.query()).toEqual({
      items: [
        { ...event("a"), createdAt: START },
        { ...odd, tags: [...new Set(odd.tags)], createdAt: START },
        { ...event("c"), createdAt: START + 5 },
      ],
      remaining: 0,
      next: null,
    })
  })

  test("an event whose id is saved already is left as it is, in the same act, later, and at the same time", async () => {
    await using here = await world(await place())
    const bob = await owner(here)
    expect(await bob.save(event("a", ["t"], "first"), event("a", [], "second"))).toBe("stored")
    expect(await bob.save(event("a", [], "third"), event("b"))).toBe("stored")
    await Promise.all(Array.from({ length: 20 }, (_, n) => bob.save(event("c", [], `${n}`), event(`d${n}`))))
    expect((await bob.query({ limit: 2 })).items).toMatchObject([event("a", ["t"], "first"), event("b")])
    expect((await bob.ids()).filter((id) => id === "c")).toHaveLength(1)
    expect(await bob.ids()).toHaveLength(23)
  })

  test("the same id at another owner is another event", async () => {
    await using here = await world(await place())
    const [bob, carol] = [await owner(here), await owner(here, "did:example:carol")]
    await bob.save(event("a", ["t"], "his"))
    await carol.save(event("a", ["t"], "hers"))
    expect((await bob.query({ tags: ["t"] })).items).toMatchObject([{ payload: "his" }])
    expect((await carol.query({ tags: ["t"] })).items).toMatchObject([{ payload: "hers" }])
  })

  test("a save over the quota, by count or by bytes with the tags', keeps nothing, and what is known needs no room", async () => {
    await using here = await world(await place())
    const { mailbox, ids } = await owner(here)
    const save = (quota: { messages: number; bytes: number }, ...events: SavedEvent[]) =>
      here.store.saveEvents({ mailbox, events, quota })
    const three = [event("a", ["é"], "a"), event("b", [], "b"), event("c", ["t", "t"], "c")]
    expect(await save({ messages: 2, bytes: 99 }, ...three)).toBe("full")
    expect(await save({ messages: 9, bytes: 5 }, ...three)).toBe("full")
    expect(await ids()).toEqual([])
    expect(await ids({ tags: ["é", "t"], match: "any" })).toEqual([])
    expect(await save({ messages: 3, bytes: 6 }, ...three)).toBe("stored")
    expect(await save({ messages: 3, bytes: 6 }, ...three)).toBe("stored")
    expect(await save({ messages: 0, bytes: 0 }, ...three.slice(1))).toBe("stored")
    expect(await save({ messages: 3, bytes: 99 }, ...three, event("d"))).toBe("full")
    expect(await save({ messages: 99, bytes: 6 }, ...three, event("d", [], "d"))).toBe("full")
    expect(await ids()).toEqual(["a", "b", "c"])
  })

  test("messages of both lanes, events, contracts and public events at once fill one quota exactly", async () => {
    const { here, bob, home } = await bobs(await place())
    await using _ = here
    const lane = "decentrl"
    const other = await here.address(bob.id, "did:example:bob", lane)
    const quota = { messages: 50, bytes: 1_000_000 }
    const mailbox = bob.id
    const acts = [
      () => here.put({ address: home, messages: [letter()], quota }),
      () => here.put({ address: other, messages: [letter({ lane })], quota }),
      (n: number) => here.store.saveEvents({ mailbox, events: [event(`${n}`)], quota }),
      (n: number) => here.store.saveContract({ mailbox, contract: contract(`${n}`), quota }),
      (n: number) => here.store.publish({ mailbox, event: shown(`${n}`), quota }),
    ]
    const rush = await Promise.all(Array.from({ length: 200 }, (_, n) => acts[n % 5]?.(n)))
    expect(rush.filter((outcome) => outcome === "stored")).toHaveLength(50)
    expect(rush.filter((outcome) => outcome === "full")).toHaveLength(150)

    const kept = async () => {
      const page = { mailbox, after: 0, limit: 99, bytes: 1e6 }
      const lists = await Promise.all([
        here.all(mailbox),
        here.all(mailbox, lane),
        here.store.queryEvents({ ...page, tags: [], match: "all" }).then(({ items }) => items),
        here.store.contracts(page).then(({ items }) => items),
        here.store.published({ ...page, publisher: "did:example:bob", channel: null, tag: null }).then((p) => p.items),
      ])
      return lists.map(({ length }) => length)
    }
    expect((await kept()).reduce((sum, n) => sum + n, 0)).toBe(50)
    const acked = (await here.all(mailbox)).map(({ id }) => id)
    await here.store.acknowledge({ mailbox, lane: "didcomm", ids: acked })
    const events = Array.from({ length: acked.length }, (_, n) => event(`later ${n}`))
    expect(await here.store.saveEvents({ mailbox, events: [...events, event("one more")], quota })).toBe("full")
    expect(await here.store.saveEvents({ mailbox, events, quota })).toBe("stored")
  })

  test("expired mail makes room for an archive, before any upkeep", async () => {
    const { here, bob, home } = await bobs(await place())
    await using _ = here
    const quota = { messages: 2, bytes: 100 }
    const save = (id: string) => here.store.saveEvents({ mailbox: bob.id, events: [event(id)], quota })
    await here.put({ address: home, messages: [letter({ expiresAt: START + 1 })], quota })
    await here.put({ address: home, messages: [letter({ text: "stays" })], quota })
    expect(await save("a")).toBe("full")
    here.clock.pass(1)
    expect(await save("a")).toBe("stored")
    expect(await save("b")).toBe("full")
    expect(await here.texts(bob.id)).toEqual(["stays"])
  })

  test("tags are opaque and compared exactly; all of them or any of them", async () => {
    await using here = await world(await place())
    const { save, ids } = await owner(here)
    await save(
      event("1", ["a"]),
      event("2", ["a", "b"]),
      event("3", ["b"]),
      event("4"),
      event("5", ["A", "a ", "é", "%"]),
    )
    expect(await ids({ tags: ["a"] })).toEqual(["1", "2"])
    expect(await ids({ tags: ["a", "b"] })).toEqual(["2"])
    expect(await ids({ tags: ["a", "b", "a"] })).toEqual(["2"])
    expect(await ids({ tags: ["a", "b"], match: "any" })).toEqual(["1", "2", "3"])
    expect(await ids({ tags: ["b", "A"], match: "any" })).toEqual(["2", "3", "5"])
    expect(await ids({ tags: ["a", "b", "c"] })).toEqual([])
    for (const tag of ["A", "a ", "é", "%"]) expect(await ids({ tags: [tag] })).toEqual(["5"])
    for (const tag of ["", "c", "e\u0301", "[1]", '"a"']) expect(await ids({ tags: [tag] })).toEqual([])
    for (const match of ["all", "any"] as const) expect(await ids({ match })).toEqual(["1", "2", "3", "4", "5"])
  })

  for (const [what, filter] of [
    ["without tags", {}],
    ["with any of two tags", { tags: ["even", "odd"], match: "any" }],
    ["with all of two tags", { tags: ["even", "all"] }],
  ] as const) {
    test(`pages ${what} are complete and in order while rows arrive, and tell what remains`, async () => {
      await using here = await world(await place())
      const [bob, carol] = [await owner(here), await owner(here, "did:example:carol")]
      let made = 0
      const arrive = () => {
        const tags = ["all", made % 2 ? "odd" : "even"]
        return Promise.all([bob.save(event(`${made++}`, tags)), carol.save(event(`${made}`, tags))])
      }
      for (let n = 0; n < 20; n++) await arrive()
      const read: string[] = []
      for (let next: number | null = 0; next !== null; ) {
        const page = await bob.query({ ...filter, after: next, limit: 3 })
        expect(page.items.length).toBeLessThanOrEqual(3)
        read.push(...page.items.map(({ id }) => id))
        const known = await bob.ids({ ...filter })
        expect(page.remaining).toBe(known.length - read.length)
        expect(page.next === null).toBe(page.remaining === 0)
        next = page.next
        if (next !== null && made < 30) await arrive()
      }
      expect(read).toEqual(await bob.ids({ ...filter }))
      expect(read.length).toBeGreaterThan("tags" in filter && filter.tags[1] === "all" ? 10 : 25)
    })
  }

  test("a page ends before its bytes are exceeded, and the next goes on there; one event always comes", async () => {
    await using here = await world(await place())
    const { save, query, retag } = await owner(here)
    await save(event("1", [], "éé"), event("2", ["t"], "abc"), event("3", [], "x"))
    const sizes = [3, 7, 8, 9].map(async (bytes) => (await query({ bytes })).items.length)
    expect(await Promise.all(sizes)).toEqual([1, 1, 2, 3])
    const { next, remaining } = await query({ bytes: 4 })
    expect(remaining).toBe(2)
    expect(await query({ bytes: 1, after: next ?? 0 })).toMatchObject({ items: [{ id: "2" }], remaining: 1 })
    expect(await query({ limit: 0 })).toEqual({ items: [], remaining: 3, next: 0 })
    await retag({ id: "2", tags: ["abcd"] })
    expect((await query({ bytes: 10 })).items).toHaveLength(1)
    expect((await query({ bytes: 11 })).items).toHaveLength(2)
  })

  test("retagging replaces the whole set, and counts only the owner's own, each once", async () => {
    await using here = await world(await place())
    const [bob, carol] = [await owner(here), await owner(here, "did:example:carol")]
    await bob.save(event("1", ["a", "b"]), event("2", ["a"]), event("3"))
    await carol.save(event("hers", ["a"]), event("1", ["a"]))
    const updates = [
      { id: "1", tags: ["c", "b", "c"] },
      { id: "2", tags: [] },
      { id: "3", tags: ["x"] },
      { id: "3", tags: ["a"] },
      { id: "hers", tags: ["stolen"] },
      { id: "nowhere", tags: ["x"] },
    ]
    expect(await bob.retag(...updates)).toBe(3)
    expect((await bob.query()).items.map(({ tags }) => tags)).toEqual([["c", "b"], [], ["a"]])
    expect(await bob.ids({ tags: ["a"] })).toEqual(["3"])
    expect(await bob.ids({ tags: ["b", "c"] })).toEqual(["1"])
    expect(await bob.ids({ tags: ["x", "stolen"], match: "any" })).toEqual([])
    expect((await carol.query({ tags: ["a"] })).items).toMatchObject([event("hers", ["a"]), event("1", ["a"])])
    expect(await bob.retag()).toBe(0)
  })

  test("tags grow and shrink within the quota: over it nothing is retagged, and shorter ones give room back", async () => {
    await using here = await world(await place())
    const { mailbox, save, ids } = await owner(here)
    await save(event("1", ["aa"], "1"), event("2", ["bb"], "2"))
    const retag = (bytes: number, ...updates: { id: string; tags: string[] }[]) =>
      here.store.retagEvents({ mailbox, updates, quota: { messages: 0, bytes } })
    const grow = [
      { id: "1", tags: ["aa", "c"] },
      { id: "2", tags: ["bbbb"] },
    ]
    expect(await retag(8, ...grow)).toBe("full")
    expect(await ids({ tags: ["aa"] })).toEqual(["1"])
    expect(await ids({ tags: ["bbbb"] })).toEqual([])
    expect(await retag(9, ...grow)).toBe(2)
    expect(await retag(0, { id: "2", tags: [] })).toBe(1)
    expect(await retag(8, { id: "1", tags: ["123456"] })).toBe(1)
    expect(await retag(8, { id: "2", tags: ["x"] })).toBe("full")
  })

  test("too much to be saved at once is refused as busy, and nothing of that is kept", async () => {
    await using here = await world(await place(), { deposits: 2 })
    const { save, ids } = await owner(here)
    const settled = await Promise.allSettled([save(event("1")), save(event("2")), save(event("3"))])
    expect(settled.map((one) => (one.status === "fulfilled" ? one.value : Fault.from(one.reason).code))).toEqual([
      "stored",
      "stored",
      "request.busy",
    ])
    expect(await ids()).toEqual(["1", "2"])
    expect(await save(event("3"))).toBe("stored")
  })
}

const contract = (id: string) => ({
  id,
  parties: ["did:example:bob", `did:example:${id}`] as const,
  expiresAt: START + HOUR,
  content: "{}",
})

const shown = (id: string) => ({ id, publisher: "did:example:bob", channel: "news", tags: [], content: "{}" })
