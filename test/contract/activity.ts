import { expect, test } from "bun:test"
import { audit, DAY, type Place, START, world } from "./world.ts"

const bob = "did:example:bob"
const none = { received: 0, fetched: 0, refused: 0 }

export function activityContract(place: () => Promise<Place>): void {
  test("what happened to a mailbox adds up by day, apart from others", async () => {
    await using here = await world(await place())
    const { id } = await here.resident(bob)
    const eve = await here.resident("did:example:eve")
    await here.store.tally([
      { ...none, mailbox: id, day: START + DAY, received: 3, refused: 1 },
      { ...none, mailbox: id, day: START, fetched: 2 },
      { ...none, mailbox: eve.id, day: START, received: 9 },
      { ...none, mailbox: id + eve.id, day: START, received: 9 },
    ])
    await here.store.tally([{ mailbox: id, day: START + DAY, received: 1, fetched: 5, refused: 1 }])
    const days = [
      { ...none, day: START, fetched: 2 },
      { day: START + DAY, received: 4, fetched: 5, refused: 2 },
    ]
    expect(await here.store.activity(bob)).toEqual(days)
    expect(await here.store.activity("did:example:eve")).toEqual([{ ...none, day: START, received: 9 }])
    expect(await here.store.activity("did:example:nobody")).toBeNull()
  })

  test("a day is forgotten thirty days after it began", async () => {
    await using here = await world(await place())
    const { id } = await here.resident(bob)
    const day = (at: number) => ({ ...none, mailbox: id, day: at, received: 1 })
    await here.store.tally([day(START), day(START + DAY)])
    const known = async () => (await here.store.activity(bob))?.map(({ day }) => day)
    here.clock.pass(30 * DAY - 1)
    await here.store.expire(10)
    expect(await known()).toEqual([START, START + DAY])
    here.clock.pass(1)
    await here.store.expire(10)
    expect(await known()).toEqual([START + DAY])
  })

  test("what happened to a mailbox goes with it to another DID, and is erased with it", async () => {
    await using here = await world(await place())
    const { id } = await here.resident(bob)
    const today = { ...none, day: START, received: 1 }
    await here.store.tally([{ ...today, mailbox: id }])
    const to = "did:example:robert"
    expect(await here.store.rotate({ from: bob, to, at: START, audit })).toBe("moved")
    expect(await here.store.activity(to)).toEqual([today])
    await here.store.forget({ did: to, audit })
    await here.store.tally([{ ...today, mailbox: id }])
    await here.store.ask({ did: to, lane: "didcomm", state: "approved", audit })
    expect(await here.store.activity(to)).toEqual([])
  })
}
