import { expect, test } from "bun:test"
import { audit, DAY, letter, type Place, START, world } from "./world.ts"

export function registrationContract(place: () => Promise<Place>): void {
  const ask = { did: "did:example:bob", lane: "didcomm", state: "pending", audit } as const

  test("a registration is found by exactly its DID", async () => {
    await using here = await world(await place())
    const made = await here.store.ask(ask)
    expect(made).toMatchObject({ did: "did:example:bob", state: "pending", lanes: ["didcomm"], createdAt: START })
    expect(await here.store.findRegistration("did:example:bob")).toEqual(made)
    expect(await here.store.findRegistration("did:example:BOB")).toBeNull()
    expect(await here.store.findRegistration("did:example:bo")).toBeNull()
  })

  test("asking again keeps state and id, and gains the other lane", async () => {
    await using here = await world(await place())
    const made = await here.store.ask({ ...ask, state: "denied" })
    here.clock.pass(5)
    expect(await here.store.ask({ ...ask, state: "approved" })).toEqual(made)
    const both = await here.store.ask({ ...ask, lane: "decentrl", state: "approved" })
    expect(both).toEqual({ ...made, lanes: ["didcomm", "decentrl"], changedAt: START + 5 })
    expect(await here.store.findRegistration(ask.did)).toEqual(both)
  })

  test("a transition happens only from one of the states it names", async () => {
    await using here = await world(await place())
    const made = await here.store.ask(ask)
    here.clock.pass(9)
    const change = { did: ask.did, to: "approved", audit } as const
    expect(await here.store.transition({ ...change, from: ["suspended", "revoked"] })).toBeNull()
    expect(await here.store.findRegistration(ask.did)).toEqual(made)
    const approved = { ...made, state: "approved", changedAt: START + 9 } as const
    expect(await here.store.transition({ ...change, from: ["denied", "pending"] })).toEqual(approved)
    expect(await here.store.findRegistration(ask.did)).toEqual(approved)
    expect(await here.store.transition({ ...change, did: "did:example:nobody", from: ["pending"] })).toBeNull()
  })

  test("of many transitions at once from one state, exactly one happens", async () => {
    await using here = await world(await place())
    await here.store.ask(ask)
    const tries = Array.from({ length: 20 }, (_, n) =>
      here.store.transition({ did: ask.did, from: ["pending"], to: n % 2 ? "approved" : "denied", audit }),
    )
    expect((await Promise.all(tries)).filter((done) => done !== null)).toHaveLength(1)
  })

  test("every change of anybody's registration raises the number of the last change, and mail does not", async () => {
    await using here = await world(await place())
    const { store } = here
    const numbers = [await store.lastChange()]
    const after = async (act: Promise<unknown>) => {
      await act
      numbers.push(await store.lastChange())
    }
    await after(store.ask(ask))
    await after(store.ask({ ...ask, lane: "decentrl" }))
    await after(store.transition({ did: ask.did, from: ["pending"], to: "approved", audit }))
    await after(store.rotate({ from: ask.did, to: "did:example:new", at: START, audit }))
    await after(store.transition({ did: "did:example:new", from: ["approved"], to: "suspended", audit }))
    await after(store.forget({ did: "did:example:new", audit }))
    expect(numbers).toEqual([...new Set(numbers)].toSorted((a, b) => a - b))
    const bob = await here.resident(ask.did)
    const home = await here.address(bob.id, "did:example:home")
    const before = await store.lastChange()
    await here.deposit(home, letter())
    await store.acknowledge({ mailbox: bob.id, lane: "didcomm", ids: (await here.all(bob.id)).map(({ id }) => id) })
    expect(await store.lastChange()).toBe(before)
    here.clock.pass(31 * DAY)
    const idle = { idleFor: 30 * DAY, warning: 0, limit: 9 }
    expect(await store.prune({ ...idle, audit })).toEqual([ask.did])
    expect(await store.lastChange()).toBeGreaterThan(before)
  })

  test("two who ask at once for one DID get one registration", async () => {
    await using here = await world(await place())
    const [a, b] = await Promise.all([here.store.ask(ask), here.store.ask(ask)])
    expect(a).toEqual(b)
  })

  test("a DID approved from the start is taken from the mailboxes that had bound it, in every lane and as alias", async () => {
    await using here = await world(await place())
    const mallory = await here.resident("did:example:mallory")
    const squatted = await here.address(mallory.id, ask.did)
    await here.address(mallory.id, ask.did, "decentrl")
    await here.deposit(squatted, letterBefore)
    const bob = await here.resident(ask.did)
    expect(await here.store.locate("didcomm", [ask.did])).toBeNull()
    expect(await here.store.locate("decentrl", [ask.did])).toBeNull()
    expect(await here.deposit(squatted, letterBefore)).toBe("gone")
    expect(await here.texts(mallory.id)).toEqual([letterBefore.content])
    expect(await here.address(bob.id, ask.did)).toMatchObject({ mailbox: bob.id })
  })

  test("a DID approved later is taken from an alias of another mailbox, whose address itself stays", async () => {
    await using here = await world(await place())
    const mallory = await here.resident("did:example:mallory")
    await here.store.ask(ask)
    const binding = { mailbox: mallory.id, lane: "didcomm", did: "did:example:mine", maxAddresses: 9 } as const
    await here.store.bind({ ...binding, aliases: [ask.did, "did:example:other"] })
    expect(await here.store.locate("didcomm", [ask.did])).toMatchObject({ mailbox: mallory.id })
    await here.store.transition({ did: ask.did, from: ["pending"], to: "approved", audit })
    expect(await here.store.locate("didcomm", [ask.did])).toBeNull()
    expect(await here.store.locate("didcomm", ["did:example:other"])).toMatchObject({ did: "did:example:mine" })
  })

  test("approval leaves the registration's own addresses where they are", async () => {
    await using here = await world(await place())
    const bob = await here.store.ask(ask)
    await here.store.bind({ mailbox: bob.id, lane: "didcomm", did: ask.did, aliases: [], maxAddresses: 9 })
    await here.store.transition({ did: ask.did, from: ["pending"], to: "approved", audit })
    expect(await here.store.locate("didcomm", [ask.did])).toMatchObject({ mailbox: bob.id, did: ask.did })
  })
}

const letterBefore = {
  lane: "didcomm",
  kind: "forward",
  content: "before the owner came",
  sender: null,
  fingerprint: new Uint8Array(32),
  expiresAt: START + 1000,
} as const
