import { expect, test } from "bun:test"
import { audit, DAY, letter, type Place, ROOMY, START, type World, world } from "./world.ts"

const bob = "did:example:bob"

/** A store whose clock may be moved while nothing after `until` may have ended. */
async function doubted(place: Place, act: (here: World, believe: (at: number) => void) => Promise<void>) {
  let horizon = START
  await using here = await world(place, undefined, () => horizon)
  await act(here, (at) => {
    horizon = at
  })
}

export function horizonContract(place: () => Promise<Place>): void {
  test("while the clock is in doubt nothing ends: mail, contracts, requests and accounts stay and are served", async () => {
    await doubted(await place(), async (here, believe) => {
      const { id: mailbox } = await here.resident(bob)
      const home = await here.address(mailbox, "did:example:home")
      await here.store.ask({ did: "did:example:new", lane: "didcomm", state: "pending", audit, pendingTtl: DAY })
      const contract = { id: "c", parties: ["a", "b"] as const, expiresAt: START + DAY, content: "" }
      await here.store.saveContract({ mailbox, contract, quota: ROOMY })
      await here.deposit(home, letter({ text: "old", expiresAt: START + DAY }))
      here.clock.pass(3650 * DAY)
      const tight = { messages: 3, bytes: 99 }
      const put = (text: string) =>
        here.put({ address: home, messages: [letter({ text, expiresAt: START + 9999 * DAY })], quota: tight })
      expect(await put("new")).toBe("stored")
      expect(await put("too much")).toBe("full")
      expect(await here.store.expire(99)).toBe(0)
      expect(await here.store.prune({ idleFor: DAY, warning: 1, limit: 9, audit })).toEqual([])
      expect(await here.texts(mailbox)).toEqual(["old", "new"])
      expect(await here.store.contractUntil(["a", "b"])).not.toBeNull()
      expect((await here.store.accountCounts()).pending).toBe(1)

      believe(here.clock.now())
      expect(await here.texts(mailbox)).toEqual(["new"])
      expect(await here.store.contractUntil(["a", "b"])).toBeNull()
      expect(await put("too much")).toBe("stored")
      await here.store.expire(99)
      expect((await here.store.accountCounts()).pending).toBe(0)
    })
  })

  test("what the owner takes while the clock is in doubt is gone", async () => {
    await doubted(await place(), async (here) => {
      const { id: mailbox } = await here.resident(bob)
      await here.deposit(await here.address(mailbox, "did:example:home"), letter({ expiresAt: START + 5 }))
      here.clock.pass(DAY)
      const ids = (await here.all(mailbox)).map(({ id }) => id)
      expect(await here.store.acknowledge({ mailbox, lane: "didcomm", ids })).toBe(1)
      expect(await here.all(mailbox)).toEqual([])
    })
  })
}
