import { expect, test } from "bun:test"
import type { NewMessage } from "../../src/mailbox/model.ts"
import { DAY, HOUR, letter, type Place, ROOMY, START, type World, world } from "./world.ts"

const LANE = "decentrl"
const request = (given: Parameters<typeof letter>[0] = {}) =>
  letter({ lane: LANE, kind: "contract-request", sender: "did:example:alice", ...given })

/** Bob and Carol with a Decentrl address each, and a deposit with limits. */
async function residents(here: World, waitingOfKind: number, count: number) {
  const limits = { waitingOfKind, perSender: { count, windowMs: HOUR } }
  const address = async (did: string) => here.address((await here.resident(did, LANE)).id, did, LANE)
  const [bob, carol] = [await address("did:example:bob"), await address("did:example:carol")]
  const put = (to: typeof bob, ...messages: NewMessage[]) => here.put({ address: to, messages, quota: ROOMY, limits })
  const empty = async ({ mailbox }: typeof bob) => {
    const ids = (await here.all(mailbox, LANE)).map(({ id }) => id)
    return await here.store.acknowledge({ mailbox, lane: LANE, ids })
  }
  return { bob, carol, put, empty }
}

export function limitContract(place: () => Promise<Place>): void {
  test("only so many of one kind may wait at a mailbox; others of its kinds and other mailboxes are untouched", async () => {
    await using here = await world(await place())
    const { bob, carol, put, empty } = await residents(here, 2, 99)
    expect([await put(bob, request()), await put(bob, request())]).toEqual(["stored", "stored"])
    expect(await put(bob, request())).toBe("crowded")
    expect(await put(bob, request({ sender: "did:example:mallory" }))).toBe("crowded")
    expect(await put(bob, request({ kind: "event" }))).toBe("stored")
    expect(await put(carol, request())).toBe("stored")
    expect(await here.deposit(bob, request())).toBe("stored")
    await empty(bob)
    expect(await put(bob, request(), request(), request())).toBe("crowded")
    expect(await here.all(bob.mailbox, LANE)).toEqual([])
    expect(await put(bob, request(), request())).toBe("stored")
  })

  test("what has expired does not wait any more, before any upkeep", async () => {
    await using here = await world(await place())
    const { bob, put } = await residents(here, 1, 99)
    expect(await put(bob, request({ expiresAt: START + 5 }))).toBe("stored")
    here.clock.pass(4)
    expect(await put(bob, request())).toBe("crowded")
    here.clock.pass(1)
    expect(await put(bob, request())).toBe("stored")
  })

  test("one sender may deposit a kind only so often within the window, fetched or not; each deposit leaves it alone", async () => {
    await using here = await world(await place())
    const { bob, carol, put, empty } = await residents(here, 99, 3)
    expect(await put(bob, request())).toBe("stored")
    here.clock.pass(HOUR / 2)
    expect(await put(bob, request(), request())).toBe("stored")
    expect(await empty(bob)).toBe(3)
    expect(await put(bob, request())).toBe("too_often")
    expect(await put(bob, request({ sender: "did:example:mallory" }))).toBe("stored")
    expect(await put(bob, request({ sender: null }))).toBe("stored")
    expect(await put(bob, request({ kind: "event" }))).toBe("stored")
    expect(await put(carol, request())).toBe("stored")
    expect(await put(await here.address(bob.mailbox, "did:example:bob-too", LANE), request())).toBe("stored")
    here.clock.pass(HOUR / 2 - 1)
    await here.store.expire(10)
    expect(await put(bob, request())).toBe("too_often")
    here.clock.pass(1)
    expect(await put(bob, request(), request())).toBe("too_often")
    expect(await put(bob, request())).toBe("stored")
    expect(await put(bob, request())).toBe("too_often")
    here.clock.pass(HOUR / 2)
    expect(await put(bob, request(), request())).toBe("stored")
    expect(await put(bob, request())).toBe("too_often")
  })

  test("known and refused ones do not count, and a refused one is not known", async () => {
    await using here = await world(await place())
    const { bob, put } = await residents(here, 2, 2)
    const [one, two, three] = [request(), request(), request()]
    expect(await put(bob, one)).toBe("stored")
    for (let n = 0; n < 5; n++) expect(await put(bob, one)).toBe("stored")
    for (let n = 0; n < 5; n++) expect(await put(bob, two, three)).toBe("too_often")
    const tight = { waitingOfKind: 9, perSender: { count: 9, windowMs: HOUR } }
    const full = { address: bob, messages: [two], quota: { messages: 1, bytes: 1e6 }, limits: tight }
    for (let n = 0; n < 5; n++) expect(await here.put(full)).toBe("full")
    expect(await put(bob, two)).toBe("stored")
    expect((await here.all(bob.mailbox, LANE)).map(({ content }) => content)).toEqual([one.content, two.content])
  })

  test("an address that is bound anew still knows its senders", async () => {
    await using here = await world(await place())
    const { bob, put } = await residents(here, 99, 1)
    await put(bob, request())
    await here.store.unbind({ mailbox: bob.mailbox, lane: LANE, did: bob.did })
    expect(await put(bob, request())).toBe("gone")
    expect(await put(await here.address(bob.mailbox, bob.did, LANE), request())).toBe("too_often")
  })

  test("200 requests at once pass exactly the limits", async () => {
    await using here = await world(await place())
    const { bob, carol, put } = await residents(here, 20, 5)
    const rush = (to: typeof bob, sender: (n: number) => string) =>
      Promise.all(Array.from({ length: 200 }, (_, n) => put(to, request({ sender: sender(n) }))))
    const counted = (results: readonly string[]) =>
      Object.fromEntries([...Map.groupBy(results, (one) => one)].map(([word, { length }]) => [word, length]))
    expect(counted(await rush(bob, () => "did:example:alice"))).toEqual({ stored: 5, too_often: 195 })
    expect(counted(await rush(carol, (n) => `did:example:${n}`))).toEqual({ stored: 20, crowded: 180 })
    expect(counted(await rush(bob, (n) => `did:example:${n % 2}`))).toEqual({ stored: 10, too_often: 190 })
  })

  test("limits hold in a store opened again, and clocks that go back do not lift them", async () => {
    const where = await place()
    await using here = await world(where)
    const { bob, put } = await residents(here, 99, 1)
    await put(bob, request())
    if (where.keeps) await here.reopen()
    expect(await put(bob, request())).toBe("too_often")
    here.clock.pass(-DAY)
    expect(await put(bob, request())).toBe("too_often")
  })
}
