import { expect, test } from "bun:test"
import type { Quota } from "../../src/mailbox/model.ts"
import { audit, bobs, letter, type Place, ROOMY, START } from "./world.ts"

const sent = (sender: string | null, text?: string) => letter({ sender, ...(text !== undefined && { text }) })
const [alice, mallory] = ["did:example:alice", "did:example:mallory"]

export function quotaContract(place: () => Promise<Place>): void {
  test("what was set for one mailbox outranks the quota, upwards and downwards, for mail and archive", async () => {
    const { here, bob, home } = await bobs(await place())
    await using _ = here
    const quota = { messages: 2, bytes: 100 }
    const put = (...texts: string[]) =>
      here.put({ address: home, messages: texts.map((text) => letter({ text })), quota })
    const set = (overrides: object) => here.store.describe({ did: bob.did, overrides, audit })
    expect(await put("1", "2")).toBe("stored")
    expect(await put("3")).toBe("full")
    await set({ maxMessages: 4 })
    expect(await put("3")).toBe("stored")
    const save = (id: string) =>
      here.store.saveEvents({ mailbox: bob.id, events: [{ id, payload: "x", tags: [] }], quota })
    expect(await save("a")).toBe("stored")
    expect(await save("b")).toBe("full")
    await set({ maxMessages: 9, maxBytes: 5 })
    expect(await put("45")).toBe("full")
    expect(await put("4")).toBe("stored")
    await set({ maxMessages: 1, maxBytes: null })
    expect(await put("5")).toBe("full")
    // Lowered below what is there, it takes nothing away.
    expect(await here.texts(bob.id)).toEqual(["1", "2", "3", "4"])
    await set({ maxMessages: null })
    const ids = (await here.all(bob.id)).map(({ id }) => id)
    await here.store.acknowledge({ mailbox: bob.id, lane: "didcomm", ids })
    expect(await put("6")).toBe("stored")
    expect(await put("7")).toBe("full")
  })

  test("one proven sender takes no more than its share of a mailbox; others find the rest", async () => {
    const { here, bob, home } = await bobs(await place())
    await using _ = here
    const quota = { messages: 8, bytes: 1000, senderShare: 50 }
    const put = (...messages: ReturnType<typeof letter>[]) => here.put({ address: home, messages, quota })
    for (let n = 0; n < 4; n++) expect(await put(sent(mallory))).toBe("stored")
    expect(await put(sent(mallory))).toBe("crowded")
    expect(await put(sent(alice), sent(alice), sent(alice), sent(alice), sent(alice))).toBe("crowded")
    expect(await put(sent(alice), sent(mallory))).toBe("crowded")
    expect(await put(sent(alice), sent(alice))).toBe("stored")
    const [first] = await here.all(bob.id)
    await here.store.acknowledge({ mailbox: bob.id, lane: "didcomm", ids: [first?.id ?? ""] })
    expect(await put(sent(mallory))).toBe("stored")
    expect(await put(sent(mallory))).toBe("crowded")
  })

  test("the share counts bytes, too, but one message may always be as large as the mailbox", async () => {
    const { here, home } = await bobs(await place())
    await using _ = here
    const quota = { messages: 100, bytes: 100, senderShare: 50 }
    const put = (sender: string, size: number) =>
      here.put({ address: home, messages: [sent(sender, `${sender}${size}`.padEnd(size, "."))], quota })
    expect(await put(mallory, 60)).toBe("stored")
    expect(await put(mallory, 30)).toBe("crowded")
    expect(await put(alice, 30)).toBe("stored")
    expect(await put(alice, 15)).toBe("full")
  })

  test("anonymous senders have no share, and neither has anybody when none is given", async () => {
    const { here, home } = await bobs(await place())
    await using _ = here
    const fill = (sender: string | null, quota: Quota) =>
      here.put({ address: home, messages: Array.from({ length: quota.messages }, () => sent(sender)), quota })
    expect(await fill(null, { messages: 4, bytes: 1000, senderShare: 1 })).toBe("stored")
    expect(await fill(mallory, { ...ROOMY, messages: 4 })).toBe("full")
    expect(await fill(mallory, { ...ROOMY, messages: 4, senderShare: 100 })).toBe("full")
    const { here: other, home: hers } = await bobs(await place())
    await using __ = other
    const messages = Array.from({ length: 4 }, () => sent(mallory))
    expect(await other.put({ address: hers, messages, quota: { messages: 4, bytes: 1000 } })).toBe("stored")
  })

  test("the share follows what was set for the mailbox, and does not count what has expired", async () => {
    const { here, bob, home } = await bobs(await place())
    await using _ = here
    const quota = { messages: 8, bytes: 1000, senderShare: 50 }
    const put = (expiresAt = START + 99) =>
      here.put({ address: home, messages: [letter({ sender: mallory, expiresAt })], quota })
    await here.store.describe({ did: bob.did, overrides: { maxMessages: 4 }, audit })
    expect([await put(START + 5), await put(), await put()]).toEqual(["stored", "stored", "crowded"])
    here.clock.pass(5)
    expect([await put(), await put()]).toEqual(["stored", "crowded"])
  })

  test("above the bound of the whole store nobody's mail is taken, fetching and deleting go on, and make room", async () => {
    const { here, bob, home } = await bobs(await place())
    await using _ = here
    const used = async () => {
      const { databaseBytes, reusableBytes } = await here.store.measure()
      return databaseBytes - reusableBytes
    }
    const storeBytes = (await used()) + 300_000
    const quota = { messages: 1000, bytes: 1e9, storeBytes }
    const put = () => here.put({ address: home, messages: [letter({ content: "x".repeat(50_000) })], quota })
    let stored = 0
    while ((await put()) === "stored") stored++
    expect(stored).toBeWithin(4, 8)
    expect(await used()).toBeGreaterThanOrEqual(storeBytes)
    const event = { id: "e", payload: "", tags: [] }
    expect(await here.store.saveEvents({ mailbox: bob.id, events: [event], quota })).toBe("full")
    expect(await here.deposit(home, letter())).toBe("stored")
    const ids = (await here.all(bob.id)).map(({ id }) => id)
    expect(await here.store.acknowledge({ mailbox: bob.id, lane: "didcomm", ids })).toBe(stored + 1)
    expect(await put()).toBe("stored")
  })

  test("mail that was handed over may be given less time, never more, and only while it waits", async () => {
    const { here, bob, home } = await bobs(await place())
    await using _ = here
    const put = (text: string, expiresAt: number) => here.deposit(home, letter({ text, expiresAt }))
    await put("long", START + 100)
    await put("short", START + 10)
    await put("other", START + 100)
    const seqs = (await here.all(bob.id)).slice(0, 2).map(({ seq }) => seq)
    await here.store.handed({ seqs: [...seqs, 1], expiresAt: START + 50 })
    expect((await here.all(bob.id)).map(({ expiresAt }) => expiresAt - START)).toEqual([50, 10, 100])
    here.clock.pass(50)
    expect(await here.texts(bob.id)).toEqual(["other"])
    expect(await here.store.expire(9)).toBe(2)
  })
}
