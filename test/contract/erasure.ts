import { expect, test } from "bun:test"
import { audit, HOUR, letter, type Place, ROOMY, START, type World, world } from "./world.ts"

const bob = "did:example:bob"
const NOTHING = { messages: 0, bytes: 0, addresses: 0, events: 0, contracts: 0, publicEvents: 0 }

/** Somebody with one of everything, or several. */
async function settled(here: World, did: string) {
  const { id: mailbox } = await here.store.ask({ did, lane: "didcomm", state: "approved", audit })
  await here.store.ask({ did, lane: "decentrl", state: "approved", audit })
  const home = await here.address(mailbox, `${did}-home`)
  const binding = { mailbox, lane: "didcomm", did: `${did}-work`, maxAddresses: 9 } as const
  await here.store.bind({ ...binding, aliases: [`${did}-alias`] })
  const own = await here.address(mailbox, did, "decentrl")
  await here.deposit(home, letter({ content: "12345" }), letter({ content: "6", expiresAt: START + 1 }))
  await here.deposit(own, letter({ lane: "decentrl", kind: "event", sender: "did:example:x", content: "78" }))
  const events = [
    { id: "a", payload: "pay", tags: ["t", "u"] },
    { id: "b", payload: "", tags: [] },
  ]
  await here.store.saveEvents({ mailbox, events, quota: ROOMY })
  const contract = { id: "c", parties: [did, "did:example:x"] as const, expiresAt: START + HOUR, content: "signed" }
  await here.store.saveContract({ mailbox, contract, quota: ROOMY })
  const event = { id: "p", publisher: did, channel: "news", tags: ["t"], content: "look" }
  await here.store.publish({ mailbox, event, quota: ROOMY })
  return { mailbox, home, own }
}

/** Everything that the store can tell of somebody. */
async function left(here: World, did: string, mailbox: number) {
  const page = { after: 0, limit: 99, bytes: 9999 }
  return {
    registration: await here.store.findRegistration(did),
    names: await here.store.locate("didcomm", [`${did}-home`, `${did}-work`, `${did}-alias`]),
    mail: [...(await here.all(mailbox)), ...(await here.all(mailbox, "decentrl"))],
    events: (await here.store.queryEvents({ mailbox, tags: ["t"], match: "any", ...page })).items,
    contracts: (await here.store.contracts({ mailbox, ...page })).items,
    shown: (await here.store.published({ publisher: did, channel: null, tag: "t", ...page })).items,
  }
}

export function erasureContract(place: () => Promise<Place>): void {
  test("forgetting erases what the dry run said, all of it, and nobody else's", async () => {
    await using here = await world(await place())
    const { mailbox } = await settled(here, bob)
    const carol = await settled(here, "did:example:carol")
    const before = await left(here, "did:example:carol", carol.mailbox)
    const planned = await here.store.erasable(bob)
    // What has expired and is still stored goes, too, and is told.
    here.clock.pass(2)
    expect(await here.store.erasable(bob)).toEqual(planned)
    expect(planned).toEqual({
      messages: 3,
      bytes: 8 + 5 + 6 + 5,
      addresses: 3,
      events: 2,
      contracts: 1,
      publicEvents: 1,
    })
    expect(await here.store.forget({ did: bob, audit })).toEqual(planned)
    expect(await left(here, bob, mailbox)).toEqual({
      registration: null,
      names: null,
      mail: [],
      events: [],
      contracts: [],
      shown: [],
    })
    expect(await here.store.erasable(bob)).toBeNull()
    expect(await here.store.forget({ did: bob, audit })).toBeNull()
    const after = await left(here, "did:example:carol", carol.mailbox)
    expect(after).toEqual({ ...before, mail: before.mail.filter(({ content }) => content !== "6") })
  })

  test("whoever was forgotten may ask again, and finds an empty mailbox", async () => {
    await using here = await world(await place())
    const first = await settled(here, bob)
    await here.store.forget({ did: bob, audit })
    const again = await here.resident(bob)
    expect(again.id).toBeGreaterThan(first.mailbox)
    expect(await here.store.account(bob)).toMatchObject({
      messages: 0,
      bytes: 0,
      addresses: 0,
      label: "",
      lastSeenAt: null,
    })
    expect(await here.store.deposit({ address: first.home, messages: [letter()], quota: ROOMY })).toBe("gone")
    expect(await here.address(again.id, `${bob}-home`)).toMatchObject({ mailbox: again.id })
  })

  test("forgetting takes the DIDs that its owner had before, and the mediator's copy of its contracts", async () => {
    await using here = await world(await place())
    const own = await here.store.ask({ did: "did:example:us", lane: "decentrl", state: "approved", audit, isOwn: true })
    await here.resident("did:example:old")
    await here.store.rotate({ from: "did:example:old", to: bob, at: START, audit })
    const keep = (id: string, other: string) => {
      const parties = [other, "did:example:us"] as const
      const contract = { id, parties, expiresAt: START + HOUR, content: "12" }
      return here.store.saveContract({ mailbox: own.id, contract, quota: ROOMY })
    }
    await keep("1", bob)
    await keep("2", "did:example:carol")
    const planned = await here.store.erasable(bob)
    expect(planned).toEqual({ ...NOTHING, bytes: 2, addresses: 1, contracts: 1 })
    expect(await here.store.forget({ did: bob, audit })).toEqual(planned)
    expect(await here.store.findRegistration("did:example:old")).toBeNull()
    expect(await here.store.contractUntil([bob, "did:example:us"])).toBeNull()
    expect(await here.store.contractUntil(["did:example:carol", "did:example:us"])).not.toBeNull()
    expect(await here.store.measure()).toMatchObject({ messages: 1, bytes: 2 })
  })

  test("purging deletes what the dry run said: mail that came before a moment, or all of it, and nothing else", async () => {
    await using here = await world(await place())
    const { mailbox, home } = await settled(here, bob)
    here.clock.pass(10)
    await here.deposit(home, letter({ text: "late" }))
    const purge = async (before: number | null) => {
      const planned = await here.store.purgeable({ did: bob, before })
      expect(await here.store.purge({ did: bob, before, audit })).toEqual(planned)
      return planned
    }
    expect(await purge(START)).toEqual(NOTHING)
    expect(await purge(START + 10)).toEqual({ ...NOTHING, messages: 3, bytes: 8 })
    expect(await here.texts(mailbox)).toEqual(["late"])
    expect(await purge(null)).toEqual({ ...NOTHING, messages: 1, bytes: 4 })
    expect(await purge(null)).toEqual(NOTHING)
    const { events, contracts, shown, names } = await left(here, bob, mailbox)
    expect([events.length, contracts.length, shown.length, names?.mailbox]).toEqual([1, 1, 1, mailbox])
    // The archive is counted as before, and the room of the mail is there again.
    expect(await here.store.account(bob)).toMatchObject({ messages: 4, bytes: 5 + 6 + 5, addresses: 3 })
    expect(await here.store.purgeable({ did: "did:example:nobody", before: null })).toBeNull()
    expect(await here.store.purge({ did: "did:example:nobody", before: null, audit })).toBeNull()
  })

  test("erasing and purging are told in the audit with what they took", async () => {
    await using here = await world(await place())
    await settled(here, bob)
    await here.store.purge({ did: bob, before: null, audit: { ...audit, action: "purge" } })
    await here.store.forget({ did: bob, audit: { ...audit, action: "forget", detail: "on request" } })
    const [forgotten, purged] = await here.store.auditLines({ limit: 2 })
    expect(purged).toMatchObject({ action: "purge", detail: "messages 3, bytes 8" })
    expect(forgotten).toMatchObject({
      action: "forget",
      detail: "approved, bytes 16, addresses 3, events 2, contracts 1, publicEvents 1; on request",
    })
  })
}
