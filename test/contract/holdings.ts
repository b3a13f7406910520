import { expect, test } from "bun:test"
import { audit, HOUR, letter, type Place, ROOMY, START, world } from "./world.ts"

const bob = "did:example:bob"
const us = "did:example:mediator"

const contract = (id: string, parties: readonly [string, string]) => ({
  id,
  parties,
  expiresAt: START + HOUR,
  content: "signed terms",
})

export function holdingContract(place: () => Promise<Place>): void {
  test("a registration's holdings are its addresses and contracts, by name and date", async () => {
    await using here = await world(await place())
    const { id } = await here.resident(bob)
    await here.store.ask({ did: bob, lane: "decentrl", state: "approved", audit })
    const own = await here.store.ask({ did: us, lane: "decentrl", state: "approved", audit, isOwn: true })
    await here.address(id, "did:example:first")
    await here.address(id, "did:example:second", "decentrl")
    await here.store.saveContract({ mailbox: id, contract: contract("c1", [bob, "did:example:eve"]), quota: ROOMY })
    await here.store.saveContract({ mailbox: own.id, contract: contract("c2", [bob, us]), quota: ROOMY })
    await here.store.saveContract({ mailbox: own.id, contract: contract("c3", ["did:example:eve", us]), quota: ROOMY })
    const dates = { createdAt: START, expiresAt: START + HOUR }
    expect(await here.store.holdings({ did: bob, ours: [us] })).toEqual({
      addresses: [
        { did: "did:example:second", lane: "decentrl" },
        { did: "did:example:first", lane: "didcomm" },
      ],
      contracts: [
        { id: "c2", parties: [bob, us], ...dates },
        { id: "c1", parties: [bob, "did:example:eve"], ...dates },
      ],
    })
    expect(await here.store.holdings({ did: "did:example:nobody", ours: [us] })).toBeNull()
  })

  test("an operator releases an address: nothing new comes in, what waits stays, and the audit tells", async () => {
    await using here = await world(await place())
    const { id } = await here.resident(bob)
    const home = await here.address(id, "did:example:home")
    await here.deposit(home, letter({ text: "kept" }))
    const release = (did: string, address = "did:example:home") =>
      here.store.release({ did, address, audit: { actor: "ada", action: "registration.release", subject: did } })
    expect(await release("did:example:nobody")).toBeNull()
    expect(await release(bob, "did:example:other")).toBe(0)
    const before = await here.store.auditLines({ limit: 9 })
    expect(await release(bob)).toBe(1)
    expect(await here.deposit(home, letter())).toBe("gone")
    expect(await here.texts(id)).toEqual(["kept"])
    expect(await here.store.account(bob)).toMatchObject({ addresses: 0 })
    expect(await release(bob)).toBe(0)
    const after = await here.store.auditLines({ limit: 9 })
    expect(after.length - before.length).toBe(1)
    expect(after[0]).toMatchObject({ actor: "ada", action: "registration.release", subject: bob })
    // Somebody else may have it now.
    const eve = await here.resident("did:example:eve")
    expect(await here.address(eve.id, "did:example:home")).toMatchObject({ mailbox: eve.id })
  })

  test("nobody's address is released through somebody else", async () => {
    await using here = await world(await place())
    await here.resident(bob)
    const eve = await here.resident("did:example:eve")
    await here.address(eve.id, "did:example:home")
    expect(await here.store.release({ did: bob, address: "did:example:home", audit })).toBe(0)
    expect(await here.store.locate("didcomm", ["did:example:home"])).toMatchObject({ mailbox: eve.id })
  })
}
