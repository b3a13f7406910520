import { expect, test } from "bun:test"
import { audit, letter, type Place, START, world } from "./world.ts"

export function rotationContract(place: () => Promise<Place>): void {
  const [old, fresh] = ["did:example:old", "did:example:new"]
  const rotation = { from: old, to: fresh, at: START, audit }

  test("a rotation moves the account with its addresses and mail, and keeps the old DID as an address", async () => {
    await using here = await world(await place())
    const bob = await here.resident(old)
    const home = await here.address(bob.id, "did:example:home")
    await here.deposit(home, letter({ text: "before" }))
    expect(await here.store.rotate(rotation)).toBe("moved")
    expect(await here.store.findRegistration(fresh)).toMatchObject({ id: bob.id, did: fresh, state: "approved" })
    expect(await here.texts(bob.id)).toEqual(["before"])
    const { dids } = await here.store.addresses({ mailbox: bob.id, lane: "didcomm", limit: 10, offset: 0 })
    expect(dids).toEqual(["did:example:home", old])
    expect(await here.store.locate("didcomm", [old])).toMatchObject({ mailbox: bob.id })
  })

  test("the DID that was left cannot ask anew", async () => {
    await using here = await world(await place())
    await here.resident(old)
    await here.store.rotate(rotation)
    expect(await here.store.ask({ did: old, lane: "didcomm", state: "approved", audit })).toMatchObject({
      state: "revoked",
    })
    expect(await here.store.rotate({ ...rotation, to: "did:example:third", at: START + 1 })).toBe("unknown")
  })

  test("a rotation that is not later than the last one is stale, and a DID with an account is taken", async () => {
    await using here = await world(await place())
    const bob = await here.resident(old)
    await here.resident("did:example:carol")
    expect(await here.store.rotate({ ...rotation, to: "did:example:carol" })).toBe("taken")
    expect(await here.store.rotate(rotation)).toBe("moved")
    expect(await here.store.rotate({ ...rotation, from: fresh, to: "did:example:third" })).toBe("stale")
    expect(await here.store.rotate({ ...rotation, from: fresh, to: "did:example:third", at: START + 1 })).toBe("moved")
    expect(await here.store.findRegistration("did:example:third")).toMatchObject({ id: bob.id })
  })

  test("nobody's rotation is unknown, and an address that was bound before stays bound once", async () => {
    await using here = await world(await place())
    expect(await here.store.rotate(rotation)).toBe("unknown")
    const bob = await here.resident(old)
    await here.address(bob.id, old)
    await here.store.rotate(rotation)
    const { total } = await here.store.addresses({ mailbox: bob.id, lane: "didcomm", limit: 10, offset: 0 })
    expect(total).toBe(1)
  })

  test("the full form of a DID is kept beside the account's", async () => {
    await using here = await world(await place())
    await here.store.ask({
      did: "did:peer:4short",
      fullDid: "did:peer:4short:long",
      lane: "didcomm",
      state: "approved",
      audit,
    })
    expect(await here.store.findRegistration("did:peer:4short")).toMatchObject({ fullDid: "did:peer:4short:long" })
    expect(await here.resident(old)).toMatchObject({ fullDid: old })
  })
}
