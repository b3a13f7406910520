import { expect, test } from "bun:test"
import type { PublicEvent } from "../../src/mailbox/model.ts"
import { type Place, ROOMY, type World, world } from "./world.ts"

const [BOB, CAROL] = ["did:example:bob", "did:example:carol"]

type Query = { channel?: string; tag?: string; after?: number; limit?: number; bytes?: number }

async function publisher(here: World, did = BOB) {
  const { id: mailbox } = await here.resident(did, "decentrl")
  const show = (id: string, given: Partial<PublicEvent> = {}, quota = ROOMY) => {
    const event = { id, publisher: did, channel: "news", tags: [], content: `event ${id}`, ...given }
    return here.store.publish({ mailbox, event, quota })
  }
  const list = ({ channel, tag, ...page }: Query = {}) =>
    here.store.published({
      publisher: did,
      channel: channel ?? null,
      tag: tag ?? null,
      after: 0,
      limit: 100,
      bytes: 1e6,
      ...page,
    })
  const ids = async (query: Query = {}) => (await list(query)).items.map(({ id }) => id)
  const takeBack = (id: string) => here.store.unpublish({ mailbox, id })
  return { mailbox, show, list, ids, takeBack }
}

export function publicEventContract(place: () => Promise<Place>): void {
  test("public events come back to the letter, newest first, under exactly their publisher's DID", async () => {
    await using here = await world(await place())
    const [bob, carol] = [await publisher(here), await publisher(here, CAROL)]
    const odd = { channel: "ä\0", tags: ["t", "é", "t"], content: '{ "b":1, "a":"\u{1f4ee}" }' }
    await bob.show("1", odd)
    await carol.show("hers")
    await bob.show("2")
    expect(await bob.list()).toEqual({
      items: [
        { id: "2", publisher: BOB, channel: "news", tags: [], content: "event 2" },
        { id: "1", publisher: BOB, ...odd, tags: ["t", "é"] },
      ],
      remaining: 0,
      next: null,
    })
    expect(await carol.ids()).toEqual(["hers"])
    for (const publisher of ["did:example:nobody", "", BOB.toUpperCase()]) {
      const page = { channel: null, tag: null, after: 0, limit: 9, bytes: 99 }
      expect(await here.store.published({ publisher, ...page })).toEqual({ items: [], remaining: 0, next: null })
    }
  })

  test("events are found by channel, by tag, and by both, each compared exactly", async () => {
    await using here = await world(await place())
    const [bob, carol] = [await publisher(here), await publisher(here, CAROL)]
    await bob.show("1", { channel: "a", tags: ["x"] })
    await bob.show("2", { channel: "a", tags: ["x", "y"] })
    await bob.show("3", { channel: "b", tags: ["y"] })
    await carol.show("4", { channel: "a", tags: ["x"] })
    expect(await bob.ids({ channel: "a" })).toEqual(["2", "1"])
    expect(await bob.ids({ tag: "y" })).toEqual(["3", "2"])
    expect(await bob.ids({ channel: "a", tag: "y" })).toEqual(["2"])
    expect(await bob.ids({ channel: "b", tag: "x" })).toEqual([])
    expect(await carol.ids({ channel: "a", tag: "x" })).toEqual(["4"])
    for (const wrong of ["A", "", "a ", "%"]) expect(await bob.ids({ channel: wrong })).toEqual([])
    for (const wrong of ["X", "", "x ", "%"]) expect(await bob.ids({ tag: wrong })).toEqual([])
  })

  for (const filter of [{}, { channel: "even" }, { tag: "t" }, { channel: "even", tag: "t" }]) {
    const names = Object.keys(filter).join(" and ") || "nothing"
    test(`pages filtered by ${names} go from new to old, complete though newer ones arrive and some are taken back`, async () => {
      await using here = await world(await place())
      const bob = await publisher(here)
      let made = 0
      const arrive = () =>
        bob.show(`${made}`, { channel: made % 2 ? "odd" : "even", tags: made++ % 3 ? ["t"] : ["t", "u"] })
      for (let n = 0; n < 20; n++) await arrive()
      const expected = await bob.ids(filter)
      const read: string[] = []
      let next: number | null = 0
      do {
        const page = await bob.list({ ...filter, after: next, limit: 3 })
        read.push(...page.items.map(({ id }) => id))
        expect(page.remaining).toBe(expected.length - read.length)
        expect(page.next === null).toBe(page.remaining === 0)
        next = page.next
        await arrive()
        await arrive()
        await bob.takeBack(read.at(-1) ?? "")
      } while (next !== null)
      expect(read).toEqual(expected)
      expect(read).toHaveLength("channel" in filter ? 10 : 20)
    })
  }

  test("a page ends before its bytes are exceeded; one event always comes", async () => {
    await using here = await world(await place())
    const bob = await publisher(here)
    for (const id of ["1", "2", "3"]) await bob.show(id, { content: "éé" })
    expect(await bob.ids({ bytes: 1 })).toEqual(["3"])
    expect(await bob.ids({ bytes: 8 })).toEqual(["3", "2"])
    const { next } = await bob.list({ bytes: 8 })
    expect(await bob.list({ after: next ?? 0 })).toMatchObject({ items: [{ id: "1" }], remaining: 0, next: null })
  })

  test("an event shown after others were taken back is newer than every cursor given before", async () => {
    await using here = await world(await place())
    const bob = await publisher(here)
    for (const id of ["1", "2", "3"]) await bob.show(id)
    const { next } = await bob.list({ limit: 2 })
    for (const id of ["1", "2", "3"]) await bob.takeBack(id)
    await bob.show("4")
    expect(await bob.list({ after: next ?? 0 })).toEqual({ items: [], remaining: 0, next: null })
    expect(await bob.ids()).toEqual(["4"])
  })

  test("only the owner takes an event back, once, and its tags and channel go with it", async () => {
    await using here = await world(await place())
    const [bob, carol] = [await publisher(here), await publisher(here, CAROL)]
    await bob.show("1", { tags: ["t"] })
    await bob.show("2", { tags: ["t"] })
    await carol.show("1", { tags: ["t"] })
    expect(await carol.takeBack("2")).toBe(false)
    expect(await bob.takeBack("nowhere")).toBe(false)
    expect(await bob.takeBack("1")).toBe(true)
    expect(await bob.takeBack("1")).toBe(false)
    expect(await bob.list({ tag: "t" })).toMatchObject({ items: [{ id: "2" }], remaining: 0 })
    expect(await bob.list({ channel: "news" })).toMatchObject({ items: [{ id: "2" }], remaining: 0 })
    expect(await carol.ids({ tag: "t" })).toEqual(["1"])
  })

  test("public events count in the quota with their tags, until they are taken back; the same id is kept once", async () => {
    await using here = await world(await place())
    const bob = await publisher(here)
    const quota = { messages: 2, bytes: 4 }
    const small = { tags: ["t"], content: "c" }
    expect(await bob.show("1", small, quota)).toBe("stored")
    expect(await bob.show("1", { content: "changed" }, quota)).toBe("stored")
    expect(await bob.show("2", small, { messages: 2, bytes: 3 })).toBe("full")
    expect(await bob.show("2", small, quota)).toBe("stored")
    expect(await bob.show("3", { content: "" }, quota)).toBe("full")
    expect(await bob.takeBack("1")).toBe(true)
    expect(await bob.show("3", small, quota)).toBe("stored")
    expect(await bob.show("4", small, quota)).toBe("full")
    expect((await bob.list()).items.map(({ content }) => content)).toEqual(["c", "c"])
  })
}
