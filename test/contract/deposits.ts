import { expect, test } from "bun:test"
import { Fault } from "../../src/faults.ts"
import { bobs, DAY, HOUR, letter, type Place, ROOMY, START } from "./world.ts"

export function depositContract(place: () => Promise<Place>): void {
  test("a message comes back as it was deposited", async () => {
    const { here, bob, home } = await bobs(await place())
    await using _ = here
    const content = JSON.stringify({ ciphertext: "äöü \u{1f4ee} \0 end" })
    const sender = "did:example:alice"
    expect(await here.deposit(home, letter({ content, sender, kind: "event", expiresAt: START + 5 }))).toBe("stored")
    expect(await here.all(bob.id)).toEqual([
      {
        id: expect.any(String),
        seq: await here.store.latest(),
        mailbox: bob.id,
        address: home.did,
        lane: "didcomm",
        kind: "event",
        content,
        sender,
        size: Buffer.byteLength(content),
        createdAt: START,
        expiresAt: START + 5,
      },
    ])
  })

  test("the same message at one address is kept once, however often it is sent, also at the same time", async () => {
    const { here, bob, home } = await bobs(await place())
    await using _ = here
    const twice = letter({ text: "twice" })
    expect(await Promise.all(Array.from({ length: 20 }, () => here.deposit(home, twice, twice)))).toEqual(
      Array(20).fill("stored"),
    )
    expect(await here.texts(bob.id)).toEqual(["twice"])
  })

  test("the same message at two addresses is two messages", async () => {
    const { here, bob, home } = await bobs(await place())
    await using _ = here
    const work = await here.address(bob.id, "did:example:bob-work")
    const both = letter()
    await here.deposit(home, both)
    await here.deposit(work, both)
    expect((await here.all(bob.id)).map(({ address }) => address)).toEqual([home.did, work.did])
  })

  test("a message fetched and deleted is still known for a day, and new after that", async () => {
    const { here, bob, home } = await bobs(await place())
    await using _ = here
    const sent = letter({ text: "again", expiresAt: START + HOUR })
    await here.deposit(home, sent)
    const ids = (await here.all(bob.id)).map(({ id }) => id)
    await here.store.acknowledge({ mailbox: bob.id, lane: "didcomm", ids })
    here.clock.pass(DAY - 1)
    await here.store.expire(10)
    const later = { ...sent, expiresAt: START + 3 * DAY }
    expect(await here.deposit(home, later)).toBe("stored")
    expect(await here.texts(bob.id)).toEqual([])
    here.clock.pass(1)
    expect(await here.deposit(home, later)).toBe("stored")
    expect(await here.texts(bob.id)).toEqual(["again"])
  })

  test("a message is known as long as it is kept", async () => {
    const { here, bob, home } = await bobs(await place())
    await using _ = here
    const sent = letter({ expiresAt: START + 5 * DAY })
    await here.deposit(home, sent)
    here.clock.pass(5 * DAY - 1)
    for (let n = 0; n < 70; n++) await here.store.expire(1)
    await here.deposit(home, sent)
    expect(await here.all(bob.id)).toHaveLength(1)
  })

  test("over the quota, by count or by bytes, nothing of a deposit is kept and nothing of it is known", async () => {
    const { here, bob, home } = await bobs(await place())
    await using _ = here
    const put = (quota: { messages: number; bytes: number }, ...texts: string[]) =>
      here.put({ address: home, messages: texts.map((text) => letter({ text })), quota })
    expect(await put({ messages: 2, bytes: 99 }, "a", "b", "c")).toBe("full")
    expect(await put({ messages: 9, bytes: 2 }, "a", "b", "c")).toBe("full")
    expect(await here.texts(bob.id)).toEqual([])
    expect(await put({ messages: 3, bytes: 3 }, "a", "b", "c")).toBe("stored")
    expect(await put({ messages: 3, bytes: 99 }, "d")).toBe("full")
    expect(await here.texts(bob.id)).toEqual(["a", "b", "c"])
  })

  test("known messages are not counted: a full mailbox takes what it has, and only what is new needs room", async () => {
    const { here, bob, home } = await bobs(await place())
    await using _ = here
    const [a, b, c] = [letter({ text: "a" }), letter({ text: "b" }), letter({ text: "c" })]
    const put = (...messages: (typeof a)[]) => here.put({ address: home, messages, quota: { messages: 2, bytes: 2 } })
    expect(await put(a)).toBe("stored")
    expect(await put(a, b)).toBe("stored")
    expect(await put(a, b)).toBe("stored")
    expect(await put(a, b, c)).toBe("full")
    expect(await here.texts(bob.id)).toEqual(["a", "b"])
  })

  test("the quota covers both lanes of a mailbox, and no other mailbox", async () => {
    const { here, bob, home } = await bobs(await place())
    await using _ = here
    const other = await here.address(bob.id, "did:example:bob", "decentrl")
    const carol = await here.resident("did:example:carol")
    const hers = await here.address(carol.id, "did:example:carol")
    const quota = { messages: 1, bytes: 100 }
    expect(await here.put({ address: home, messages: [letter()], quota })).toBe("stored")
    const event = letter({ lane: "decentrl" })
    expect(await here.put({ address: other, messages: [event], quota })).toBe("full")
    expect(await here.put({ address: hers, messages: [letter()], quota })).toBe("stored")
  })

  test("200 deposits at once fill a mailbox exactly to its quota, and acknowledging makes exactly that room", async () => {
    const { here, bob, home } = await bobs(await place())
    await using _ = here
    const quota = { messages: 50, bytes: 1_000_000 }
    const rush = () =>
      Promise.all(Array.from({ length: 200 }, () => here.put({ address: home, messages: [letter()], quota })))
    const count = (results: string[], of: string) => results.filter((result) => result === of).length
    expect(count(await rush(), "stored")).toBe(50)
    expect(await here.store.standing({ mailbox: bob.id, lane: "didcomm", address: null })).toMatchObject({
      messages: 50,
    })
    const ids = (await here.all(bob.id)).slice(0, 20).map(({ id }) => id)
    expect(await here.store.acknowledge({ mailbox: bob.id, lane: "didcomm", ids })).toBe(20)
    const second = await rush()
    expect([count(second, "stored"), count(second, "full")]).toEqual([20, 180])
  })

  test("expired mail makes room for new mail, before any upkeep", async () => {
    const { here, bob, home } = await bobs(await place())
    await using _ = here
    const quota = { messages: 2, bytes: 100 }
    const put = (text: string, expiresAt: number) =>
      here.put({ address: home, messages: [letter({ text, expiresAt })], quota })
    expect(await put("short", START + 10)).toBe("stored")
    expect(await put("long", START + 99)).toBe("stored")
    expect(await put("early", START + 99)).toBe("full")
    here.clock.pass(10)
    expect(await put("third", START + 99)).toBe("stored")
    expect(await put("fourth", START + 99)).toBe("full")
    expect(await here.texts(bob.id)).toEqual(["long", "third"])
    expect(await here.store.expire(10)).toBe(0)
  })

  test("nothing can be put into another's mailbox by way of an address", async () => {
    const { here, bob, home } = await bobs(await place())
    await using _ = here
    const carol = await here.resident("did:example:carol")
    expect(await here.deposit({ ...home, mailbox: carol.id }, letter())).toBe("gone")
    expect(await here.texts(carol.id)).toEqual([])
    expect(await here.texts(bob.id)).toEqual([])
  })

  test("too many deposits at once are refused as busy, and others are served meanwhile and after", async () => {
    const { here, bob, home } = await bobs(await place(), { deposits: 4 })
    await using _ = here
    const rush = Array.from({ length: 7 }, () => here.deposit(home, letter()))
    const ack = here.store.acknowledge({ mailbox: bob.id, lane: "didcomm", ids: [] })
    const settled = await Promise.allSettled(rush)
    expect(settled.map((one) => (one.status === "fulfilled" ? one.value : Fault.from(one.reason).code))).toEqual([
      ...Array(4).fill("stored"),
      ...Array(3).fill("request.busy"),
    ])
    expect(await ack).toBe(0)
    expect(await here.deposit(home, letter())).toBe("stored")
  })

  test("deposits that wait are bounded by their bytes, too; one alone always passes", async () => {
    const { here, home } = await bobs(await place(), { bytes: 10 })
    await using _ = here
    const put = (text: string) =>
      here.put({ address: home, messages: [letter({ text })], quota: ROOMY }).catch((f) => Fault.from(f).code)
    expect(await Promise.all([put("123456"), put("abcdef"), put("7890")])).toEqual(["stored", "request.busy", "stored"])
    expect(await put("x".repeat(50))).toBe("stored")
  })
}
