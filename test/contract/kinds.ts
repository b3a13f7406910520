import { expect, test } from "bun:test"
import { bobs, letter, type Place, ROOMY, START } from "./world.ts"

export function kindContract(place: () => Promise<Place>): void {
  for (const lane of ["didcomm", "decentrl"] as const) {
    test(`one kind is read, counted and acknowledged without the others (${lane})`, async () => {
      const { here, bob } = await bobs(await place())
      await using _ = here
      const home = await here.address(bob.id, "did:example:a", lane)
      const work = await here.address(bob.id, "did:example:b", lane)
      for (let n = 0; n < 12; n++) {
        const kind = n % 3 === 0 ? "request" : "event"
        await here.deposit(n % 2 ? work : home, letter({ text: `${n}`, lane, kind, expiresAt: START + 10 + n }))
        here.clock.pass(1)
      }
      const query = { mailbox: bob.id, lane, address: null, kind: "request", after: 0, limit: 9, bytes: 99 } as const
      const texts = async (given: Partial<Parameters<typeof here.store.peek>[0]> = {}) =>
        (await here.store.peek({ ...query, ...given })).map(({ content }) => content)
      here.clock.pass(-2)
      expect(await texts()).toEqual(["3", "6", "9"])
      expect(await texts({ limit: 2 })).toEqual(["3", "6"])
      expect(await texts({ bytes: 2 })).toEqual(["3", "6"])
      expect(await texts({ address: work.did })).toEqual(["3", "9"])
      expect(await texts({ kind: "event", address: home.did })).toEqual(["2", "4", "8", "10"])
      expect(await texts({ kind: "Request" })).toEqual([])

      const [first, second] = await here.store.peek(query)
      const after = first?.seq ?? 0
      expect(await texts({ after })).toEqual(["6", "9"])
      const { standing, acknowledge } = here.store
      expect(await standing(query)).toEqual({ messages: 3, bytes: 3, oldestAt: START + 3, newestAt: START + 9 })
      expect(await standing({ ...query, after })).toMatchObject({ messages: 2, oldestAt: START + 6 })
      expect(await standing({ ...query, after, address: work.did })).toMatchObject({ messages: 1, bytes: 1 })
      expect(await standing({ mailbox: bob.id, lane, address: null, after })).toMatchObject({ messages: 8, bytes: 10 })
      expect(await standing({ ...query, after: await here.store.latest() })).toEqual({
        messages: 0,
        bytes: 0,
        oldestAt: null,
        newestAt: null,
      })

      const ids = (await here.all(bob.id, lane)).map(({ id }) => id)
      expect(await acknowledge({ mailbox: bob.id, lane, kind: "event", ids: [second?.id ?? ""] })).toBe(0)
      expect(await acknowledge({ mailbox: bob.id, lane, kind: "request", ids })).toBe(3)
      expect(await texts()).toEqual([])
      expect(await here.texts(bob.id, lane)).toEqual(["1", "2", "4", "5", "7", "8", "10", "11"])
    })
  }

  test("a deposit tells its messages as they are read, which was kept in their mailbox before, and null for those known", async () => {
    const { here, bob, home } = await bobs(await place())
    await using _ = here
    const known = letter({ text: "known" })
    await here.deposit(home, known)
    const fresh = [letter({ text: "a" }), letter({ text: "b" })]
    const messages = [...fresh.slice(0, 1), known, ...fresh.slice(1), ...fresh.slice(0, 1)]
    const told = await here.store.deposit({ address: home, messages, quota: { messages: 9, bytes: 99 } })
    const [first, a, b] = await here.all(bob.id)
    const after = (message?: { seq: number }) => ({ after: message?.seq })
    expect(told).toMatchObject([{ ...a, ...after(first) }, null, { ...b, ...after(a) }, null])
    // Another mailbox begins anew; the other lane does not, nor does it matter what is gone.
    const carol = await here.resident("did:example:carol")
    const hers = await here.address(carol.id, "did:example:carol")
    const neighbours = async (to: typeof home, given = {}) => {
      const told = await here.store.deposit({ address: to, messages: [letter(given)], quota: ROOMY })
      return typeof told === "string" ? told : told.map((one) => one?.after)
    }
    await here.store.acknowledge({ mailbox: bob.id, lane: "didcomm", ids: [b?.id ?? ""] })
    expect(await neighbours(home, { lane: "decentrl" })).toEqual([b?.seq])
    const other = await here.store.latest()
    expect(await neighbours(hers)).toEqual([0])
    expect(await neighbours(home)).toEqual([other])
    expect(await here.store.deposit({ address: home, messages: [], quota: { messages: 0, bytes: 0 } })).toEqual([])
  })
}
