import { expect, test } from "bun:test"
import type { RegistrationState } from "../../src/mailbox/model.ts"
import { audit, bobs, letter, type Place } from "./world.ts"

export function standingContract(place: () => Promise<Place>): void {
  test("mail comes in and goes out only while the owner is approved, and nothing is lost in between", async () => {
    const { here, bob, home } = await bobs(await place())
    await using _ = here
    const move = (to: RegistrationState) =>
      here.store.transition({
        did: bob.did,
        from: ["approved", "suspended", "revoked", "denied", "pending"],
        to,
        audit,
      })
    await here.store.bind({
      mailbox: bob.id,
      lane: "didcomm",
      did: home.did,
      aliases: ["did:example:alias"],
      maxAddresses: 9,
    })
    const known = letter({ text: "before" })
    await here.deposit(home, known)
    for (const state of ["suspended", "revoked", "denied", "pending"] as const) {
      await move(state)
      expect(await here.deposit(home, letter())).toBe("gone")
      // Neither what it has already nor what is too much for it tells anything.
      expect(await here.deposit(home, known)).toBe("gone")
      expect(await here.put({ address: home, messages: [letter()], quota: { messages: 0, bytes: 0 } })).toBe("gone")
      expect(await here.texts(bob.id)).toEqual([])
      expect(await here.store.account(bob.did)).toMatchObject({ messages: 1, addresses: 1 })
      await move("approved")
      expect(await here.texts(bob.id)).toEqual(["before"])
      expect(await here.store.locate("didcomm", ["did:example:alias"])).toEqual(home)
    }
    expect(await here.deposit(home, letter({ text: "after" }))).toBe("stored")
    expect(await here.texts(bob.id)).toEqual(["before", "after"])
  })

  test("nobody takes the names of who is suspended", async () => {
    const { here, bob, home } = await bobs(await place())
    await using _ = here
    const mallory = await here.resident("did:example:mallory")
    const take = (did: string) =>
      here.store.bind({ mailbox: mallory.id, lane: "didcomm", did, aliases: [home.did], maxAddresses: 9 })
    await here.store.transition({ did: bob.did, from: ["approved"], to: "suspended", audit })
    expect([await take(home.did), await take(bob.did)]).toEqual(["taken", "taken"])
    expect(await take("did:example:mine")).toBe("bound")
    await here.store.transition({ did: bob.did, from: ["suspended"], to: "approved", audit })
    expect(await here.store.locate("didcomm", [home.did])).toEqual(home)
  })
}
