import { expect, test } from "bun:test"
import type { Message } from "../../src/mailbox/model.ts"
import { bobs, HOUR, letter, type Place, START } from "./world.ts"

export function readingContract(place: () => Promise<Place>): void {
  const uuid7 = /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/
  const rises = (messages: readonly Message[]) =>
    messages.every(({ seq }, n) => n === 0 || seq > (messages[n - 1]?.seq ?? 0))

  test("ids are UUIDv7 of the time of deposit, all different, and stay the same", async () => {
    const { here, bob, home } = await bobs(await place())
    await using _ = here
    await Promise.all(Array.from({ length: 300 }, () => here.deposit(home, letter())))
    const messages = await here.all(bob.id)
    expect(messages.every(({ id }) => uuid7.test(id))).toBe(true)
    expect(new Set(messages.map(({ id }) => id)).size).toBe(300)
    const time = Number.parseInt(messages[0]?.id.replace("-", "").slice(0, 12) ?? "", 16)
    expect(time).toBe(START)
    expect(messages.map(({ id }) => id).toSorted()).toEqual(messages.map(({ id }) => id))
    expect(await here.all(bob.id)).toEqual(messages)
  })

  test("seq rises with every message over all mailboxes, when the clock goes back and after deletions", async () => {
    const { here, bob, home } = await bobs(await place())
    await using _ = here
    const carol = await here.resident("did:example:carol")
    const hers = await here.address(carol.id, "did:example:carol")
    expect(await here.store.latest()).toBe(0)
    const seen: number[] = []
    for (const [to, ms] of [
      [home, 10],
      [hers, -HOUR],
      [home, 0],
      [hers, 2 * HOUR],
      [home, -START],
    ] as const) {
      await here.deposit(to, letter())
      seen.push(await here.store.latest())
      const ids = (await here.all(bob.id)).map(({ id }) => id)
      await here.store.acknowledge({ mailbox: bob.id, lane: "didcomm", ids })
      here.clock.pass(ms)
    }
    expect(seen.every((seq, n) => Number.isSafeInteger(seq) && seq > (seen[n - 1] ?? 0))).toBe(true)
    await here.deposit(home, letter(), letter())
    const messages = await here.all(bob.id)
    expect(rises(messages) && (messages[0]?.seq ?? 0) > (seen.at(-1) ?? 0)).toBe(true)
    expect(messages.at(-1)?.seq).toBe(await here.store.latest())
  })

  test("peek goes on after a cursor, oldest first, in steps of the limit", async () => {
    const { here, bob, home } = await bobs(await place())
    await using _ = here
    for (let n = 0; n < 7; n++) await here.deposit(home, letter({ text: `${n}` }))
    const query = { mailbox: bob.id, lane: "didcomm", address: null, limit: 3, bytes: 999 } as const
    const read: string[] = []
    for (let after = 0, page = await here.store.peek({ ...query, after }); page.length > 0; ) {
      expect(page.length).toBeLessThanOrEqual(3)
      read.push(...page.map(({ content }) => content))
      after = page.at(-1)?.seq ?? after
      page = await here.store.peek({ ...query, after })
    }
    expect(read).toEqual(["0", "1", "2", "3", "4", "5", "6"])
    expect(await here.store.peek({ ...query, after: await here.store.latest() })).toEqual([])
    expect(await here.store.peek({ ...query, after: 0, limit: 0 })).toEqual([])
  })

  test("peek stops before the bytes are exceeded, but the first message always comes", async () => {
    const { here, bob, home } = await bobs(await place())
    await using _ = here
    for (const text of ["éé", "abcd", "x"]) await here.deposit(home, letter({ text }))
    const peek = async (bytes: number, after = 0) =>
      (await here.store.peek({ mailbox: bob.id, lane: "didcomm", address: null, after, limit: 9, bytes })).map(
        ({ content }) => content,
      )
    expect(await peek(3)).toEqual(["éé"])
    expect(await peek(7)).toEqual(["éé"])
    expect(await peek(8)).toEqual(["éé", "abcd"])
    expect(await peek(9)).toEqual(["éé", "abcd", "x"])
    const [first] = await here.all(bob.id)
    expect(await peek(4, first?.seq)).toEqual(["abcd"])
  })

  test("lanes, mailboxes and addresses are told apart, in what is read and in what is counted", async () => {
    const { here, bob, home } = await bobs(await place())
    await using _ = here
    const work = await here.address(bob.id, "did:example:bob-work")
    const other = await here.address(bob.id, "did:example:bob-home", "decentrl")
    await here.deposit(home, letter({ text: "home" }))
    here.clock.pass(1)
    await here.deposit(work, letter({ text: "work!" }))
    here.clock.pass(1)
    await here.deposit(home, letter({ text: "home again" }))
    await here.deposit(other, letter({ text: "event", lane: "decentrl" }))
    expect(await here.texts(bob.id)).toEqual(["home", "work!", "home again"])
    expect(await here.texts(bob.id, "decentrl")).toEqual(["event"])
    expect(await here.texts(bob.id + 1)).toEqual([])
    const standing = (lane: "didcomm" | "decentrl", address: string | null, mailbox = bob.id) =>
      here.store.standing({ mailbox, lane, address })
    const nothing = { messages: 0, bytes: 0, oldestAt: null, newestAt: null }
    expect(await standing("didcomm", null)).toEqual({ messages: 3, bytes: 19, oldestAt: START, newestAt: START + 2 })
    expect(await standing("didcomm", home.did)).toEqual({
      messages: 2,
      bytes: 14,
      oldestAt: START,
      newestAt: START + 2,
    })
    expect(await standing("didcomm", work.did)).toMatchObject({ messages: 1, bytes: 5, oldestAt: START + 1 })
    expect(await standing("decentrl", null)).toMatchObject({ messages: 1, bytes: 5 })
    expect(await standing("didcomm", "did:example:nowhere")).toEqual(nothing)
    expect(await standing("didcomm", null, bob.id + 1)).toEqual(nothing)
    const query = { mailbox: bob.id, lane: "didcomm", address: work.did, after: 0, limit: 9, bytes: 99 } as const
    expect((await here.store.peek(query)).map(({ content }) => content)).toEqual(["work!"])
  })

  test("acknowledging deletes one's own, in this lane, once, and takes no offence at anything else", async () => {
    const { here, bob, home } = await bobs(await place())
    await using _ = here
    const carol = await here.resident("did:example:carol")
    const hers = await here.address(carol.id, "did:example:carol")
    await here.deposit(home, letter({ text: "mine" }), letter({ text: "too" }), letter({ text: "stays" }))
    await here.deposit(hers, letter({ text: "hers" }))
    const [mine = "", too = "", stays = ""] = (await here.all(bob.id)).map(({ id }) => id)
    const [her = ""] = (await here.all(carol.id)).map(({ id }) => id)
    const ack = (ids: string[], lane: "didcomm" | "decentrl" = "didcomm") =>
      here.store.acknowledge({ mailbox: bob.id, lane, ids })
    expect(await ack([her])).toBe(0)
    expect(await ack([mine], "decentrl")).toBe(0)
    // The right seq with other random bits, other spellings, and what is no id at all.
    const guessed = stays.slice(0, -1) + (stays.endsWith("0") ? "1" : "0")
    expect(await ack([guessed, stays.toUpperCase(), ` ${stays}`, `${stays}\n`, "", "no-id", "\0"])).toBe(0)
    expect(await ack([mine, mine, too, her])).toBe(2)
    expect(await ack([mine, too])).toBe(0)
    expect(await here.texts(bob.id)).toEqual(["stays"])
    expect(await here.texts(carol.id)).toEqual(["hers"])
  })

  test("an expired message is neither read, counted nor acknowledged, and expiry deletes it in steps", async () => {
    const { here, bob, home } = await bobs(await place())
    await using _ = here
    for (let n = 1; n <= 5; n++) await here.deposit(home, letter({ text: `${n}`, expiresAt: START + n * HOUR }))
    const ids = (await here.all(bob.id)).map(({ id }) => id)
    here.clock.pass(3 * HOUR - 1)
    expect(await here.texts(bob.id)).toEqual(["3", "4", "5"])
    here.clock.pass(1)
    expect(await here.texts(bob.id)).toEqual(["4", "5"])
    const query = { mailbox: bob.id, lane: "didcomm", address: home.did } as const
    expect(await here.store.standing(query)).toMatchObject({ messages: 2, bytes: 2 })
    expect(await here.store.acknowledge({ ...query, ids: ids.slice(0, 3) })).toBe(0)
    expect(await here.store.expire(0)).toBe(0)
    expect(await here.store.expire(2)).toBe(2)
    expect(await here.store.expire(2)).toBe(1)
    expect(await here.store.expire(2)).toBe(0)
    expect(await here.texts(bob.id)).toEqual(["4", "5"])
    const quota = { messages: 3, bytes: 3 }
    const put = (text: string) => here.put({ address: home, messages: [letter({ text })], quota })
    expect([await put("6"), await put("7")]).toEqual(["stored", "full"])
  })

  test("a clock that goes back brings nothing to an end, and does not stop the mail", async () => {
    const { here, bob, home } = await bobs(await place())
    await using _ = here
    await here.deposit(home, letter({ text: "before" }))
    here.clock.pass(-START)
    expect(await here.store.expire(10)).toBe(0)
    expect(await here.deposit(home, letter({ text: "in 1970" }))).toBe("stored")
    expect(await here.texts(bob.id)).toEqual(["before", "in 1970"])
  })
}
