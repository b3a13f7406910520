import { expect, test } from "bun:test"
import { audit, DAY, type Place, START, type World, world } from "./world.ts"

const by = { actor: "upkeep", action: "registration.pruned" }
const prune = (here: World, idleFor = 30 * DAY, limit = 9) =>
  here.store.prune({ idleFor, warning: 10 * DAY, limit, audit: by })
const pruneAt = async (here: World, did: string) => (await here.store.account(did))?.pruneAt

const bob = "did:example:bob"

export function idleContract(place: () => Promise<Place>): void {
  test("an owner who is not heard of is warned, and forgotten when the warning has passed", async () => {
    await using here = await world(await place())
    await here.resident(bob)
    here.clock.pass(20 * DAY - 1)
    expect(await prune(here)).toEqual([])
    expect(await pruneAt(here, bob)).toBeNull()
    here.clock.pass(1)
    expect(await prune(here)).toEqual([])
    expect(await pruneAt(here, bob)).toBe(START + 30 * DAY)
    here.clock.pass(10 * DAY - 1)
    expect(await prune(here)).toEqual([])
    here.clock.pass(1)
    expect(await prune(here)).toEqual([bob])
    expect(await here.store.account(bob)).toBeNull()
    const [line] = await here.store.auditLines({ limit: 1 })
    expect(line).toMatchObject({ ...by, subject: bob })
  })

  test("whoever is seen in time stays, and the warning is taken back", async () => {
    await using here = await world(await place())
    const { id: mailbox } = await here.resident(bob)
    here.clock.pass(25 * DAY)
    await prune(here)
    expect(await pruneAt(here, bob)).toBe(START + 35 * DAY)
    await here.store.seen([
      { mailbox, at: here.clock.now() },
      { mailbox: mailbox + 99, at: here.clock.now() },
    ])
    expect(await here.store.account(bob)).toMatchObject({ pruneAt: null, lastSeenAt: START + 25 * DAY })
    here.clock.pass(19 * DAY)
    expect(await prune(here)).toEqual([])
    expect(await pruneAt(here, bob)).toBeNull()
    // Word of an earlier time changes nothing.
    await here.store.seen([{ mailbox, at: START }])
    expect(await here.store.account(bob)).toMatchObject({ lastSeenAt: START + 25 * DAY })
  })

  test("nobody is forgotten without the whole warning, however long it has been away when the rule is made", async () => {
    await using here = await world(await place())
    await here.resident(bob)
    here.clock.pass(400 * DAY)
    expect(await prune(here, 0)).toEqual([])
    expect(await pruneAt(here, bob)).toBeNull()
    expect(await prune(here)).toEqual([])
    expect(await pruneAt(here, bob)).toBe(START + 410 * DAY)
    here.clock.pass(10 * DAY)
    expect(await prune(here)).toEqual([bob])
  })

  test("when the rule ends, or asks for more patience, warnings are taken back", async () => {
    await using here = await world(await place())
    await here.resident(bob)
    here.clock.pass(25 * DAY)
    await prune(here)
    expect(await prune(here, 60 * DAY)).toEqual([])
    expect(await pruneAt(here, bob)).toBeNull()
    await prune(here)
    expect(await prune(here, 0)).toEqual([])
    expect(await pruneAt(here, bob)).toBeNull()
    here.clock.pass(400 * DAY)
    expect(await prune(here, 0)).toEqual([])
    expect(await here.store.account(bob)).not.toBeNull()
  })

  test("only approved registrations are pruned, never the mediator's own, and coming back counts as being seen", async () => {
    await using here = await world(await place())
    await here.store.ask({ did: "did:example:us", lane: "decentrl", state: "approved", audit, isOwn: true })
    for (const state of ["pending", "denied", "suspended", "revoked"] as const) {
      await here.store.ask({ did: `did:example:${state}`, lane: "didcomm", state, audit })
    }
    here.clock.pass(100 * DAY)
    await here.store.transition({ did: "did:example:suspended", from: ["suspended"], to: "approved", audit })
    await prune(here)
    here.clock.pass(15 * DAY)
    expect(await prune(here)).toEqual([])
    const { items } = await here.store.accounts({ limit: 9 })
    expect(items.map((one) => one.pruneAt)).toEqual([null, null, null, null])
    expect(await here.store.findRegistration("did:example:us")).not.toBeNull()
    // A warning ends with the state in which it was given.
    here.clock.pass(6 * DAY)
    await prune(here)
    expect(await pruneAt(here, "did:example:suspended")).not.toBeNull()
    await here.store.transition({ did: "did:example:suspended", from: ["approved"], to: "suspended", audit })
    here.clock.pass(50 * DAY)
    expect(await prune(here)).toEqual([])
    expect(await pruneAt(here, "did:example:suspended")).toBeNull()
  })

  test("many are pruned in steps", async () => {
    await using here = await world(await place())
    for (let n = 0; n < 5; n++) await here.resident(`did:example:${n}`)
    here.clock.pass(40 * DAY)
    for (let n = 0; n < 3; n++) await prune(here, 30 * DAY, 2)
    here.clock.pass(10 * DAY)
    const steps = [await prune(here, 30 * DAY, 2), await prune(here, 30 * DAY, 2), await prune(here, 30 * DAY, 2)]
    expect(steps.map(({ length }) => length)).toEqual([2, 2, 1])
  })
}
