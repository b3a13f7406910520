import { expect, test } from "bun:test"
import type { Contract } from "../../src/mailbox/model.ts"
import { DAY, HOUR, type Place, ROOMY, START, type World, world } from "./world.ts"

const [BOB, CAROL, ALICE] = ["did:example:bob", "did:example:carol", "did:example:alice"]

const contract = (id: string, given: Partial<Contract> = {}): Contract => ({
  id,
  parties: [BOB, ALICE],
  expiresAt: START + HOUR,
  content: `contract ${id}`,
  ...given,
})

async function owner(here: World, did = BOB) {
  const { id: mailbox } = await here.resident(did, "decentrl")
  const save = (one: Contract, quota = ROOMY) => here.store.saveContract({ mailbox, contract: one, quota })
  const list = (given: { after?: number; limit?: number; bytes?: number } = {}) =>
    here.store.contracts({ mailbox, after: 0, limit: 100, bytes: 1e6, ...given })
  const ids = async () => (await list()).items.map(({ id }) => id)
  return { mailbox, save, list, ids }
}

export function contractContract(place: () => Promise<Place>): void {
  test("a contract comes back to the letter, to whoever saved it, and keeping it again is no error", async () => {
    await using here = await world(await place())
    const [bob, carol] = [await owner(here), await owner(here, CAROL)]
    const one = contract("1", { content: '{ "b":1, "a":"\u{1f4ee}\\u0000" }' })
    expect(await bob.save(one)).toBe("stored")
    here.clock.pass(1)
    expect(await bob.save({ ...one, content: "changed" })).toBe("stored")
    expect(await bob.list()).toEqual({ items: [{ ...one, createdAt: START }], remaining: 0, next: null })
    expect(await carol.ids()).toEqual([])
    expect(await carol.save(one)).toBe("stored")
    expect(await carol.ids()).toEqual(["1"])
  })

  test("of many who save one contract at once it is kept once", async () => {
    await using here = await world(await place())
    const bob = await owner(here)
    const quota = { messages: 1, bytes: 99 }
    const saved = await Promise.all(Array.from({ length: 20 }, () => bob.save(contract("1"), quota)))
    expect(saved).toEqual(Array(20).fill("stored"))
    expect(await bob.ids()).toEqual(["1"])
  })

  test("a contract is known between its parties, either way round, and between nobody else", async () => {
    await using here = await world(await place())
    const bob = await owner(here)
    await bob.save(contract("1"))
    const { contractUntil } = here.store
    expect(await contractUntil([BOB, ALICE])).not.toBeNull()
    expect(await contractUntil([ALICE, BOB])).not.toBeNull()
    for (const [one, other] of [
      [BOB, CAROL],
      [ALICE, CAROL],
      [BOB, BOB],
      [ALICE, ALICE],
      [BOB.toUpperCase(), ALICE],
      [`${BOB}${ALICE}`, ""],
      [`${BOB}"`, ALICE],
    ] as const) {
      expect(await contractUntil([one, other])).toBeNull()
    }
    await bob.save(contract("2", { parties: [CAROL, CAROL] }))
    expect(await contractUntil([CAROL, CAROL])).not.toBeNull()
  })

  test("a contract ends when its time is up, without any upkeep, and another of the same parties goes on", async () => {
    await using here = await world(await place())
    const bob = await owner(here)
    await bob.save(contract("short", { expiresAt: START + 10 }))
    await bob.save(contract("long", { expiresAt: START + 20, parties: [ALICE, BOB] }))
    here.clock.pass(9)
    expect(await bob.ids()).toEqual(["short", "long"])
    here.clock.pass(1)
    expect(await bob.ids()).toEqual(["long"])
    expect(await bob.list({ limit: 1 })).toMatchObject({ remaining: 0, next: null })
    expect(await here.store.contractUntil([BOB, ALICE])).not.toBeNull()
    here.clock.pass(10)
    expect(await bob.ids()).toEqual([])
    expect(await here.store.contractUntil([BOB, ALICE])).toBeNull()
  })

  test("contracts come in pages, oldest first, complete while others are saved and others end", async () => {
    await using here = await world(await place())
    const bob = await owner(here)
    for (let n = 0; n < 7; n++) await bob.save(contract(`${n}`, { expiresAt: START + (n === 5 ? 2 : DAY) }))
    const first = await bob.list({ limit: 3 })
    expect(first).toMatchObject({ items: [{ id: "0" }, { id: "1" }, { id: "2" }], remaining: 4 })
    here.clock.pass(2)
    await here.store.expire(10)
    await bob.save(contract("7"))
    const second = await bob.list({ limit: 3, after: first.next ?? 0 })
    expect(second).toMatchObject({ items: [{ id: "3" }, { id: "4" }, { id: "6" }], remaining: 1 })
    expect(await bob.list({ limit: 3, after: second.next ?? 0 })).toMatchObject({
      items: [{ id: "7" }],
      remaining: 0,
      next: null,
    })
    expect(await bob.list({ bytes: 1 })).toMatchObject({ items: [{ id: "0" }], remaining: 6 })
  })

  test("a contract saved after others ended comes after every cursor given before", async () => {
    await using here = await world(await place())
    const bob = await owner(here)
    for (const id of ["1", "2", "3"]) await bob.save(contract(id, { expiresAt: START + (id === "1" ? DAY : 1) }))
    const { next } = await bob.list({ limit: 2 })
    here.clock.pass(1)
    await here.store.expire(10)
    await bob.save(contract("4"))
    expect(await bob.list({ after: next ?? 0 })).toMatchObject({ items: [{ id: "4" }], remaining: 0 })
  })

  test("contracts count in the quota until they end, and then make room, with upkeep or without", async () => {
    await using here = await world(await place())
    const bob = await owner(here)
    const quota = { messages: 2, bytes: 1000 }
    const [one, two] = [contract("1", { expiresAt: START + 1 }), contract("2", { expiresAt: START + 2 })]
    expect([await bob.save(one, quota), await bob.save(two, quota)]).toEqual(["stored", "stored"])
    expect(await bob.save(contract("3"), quota)).toBe("full")
    expect(await bob.save(contract("4"), { messages: 9, bytes: 29 })).toBe("full")
    here.clock.pass(1)
    expect(await bob.save(contract("3"), quota)).toBe("stored")
    expect(await bob.save(contract("4"), quota)).toBe("full")
    here.clock.pass(1)
    expect(await here.store.expire(10)).toBe(0)
    expect(await bob.save(contract("4"), quota)).toBe("stored")
    expect(await bob.save(contract("5"), quota)).toBe("full")
    expect(await bob.ids()).toEqual(["3", "4"])
  })
}
