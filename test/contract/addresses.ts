import { expect, test } from "bun:test"
import { bobs, letter, type Place, world } from "./world.ts"

export function addressContract(place: () => Promise<Place>): void {
  const binding = (mailbox: number, did: string, aliases: readonly string[] = [], maxAddresses = 100) =>
    ({ mailbox, lane: "didcomm", did, aliases, maxAddresses }) as const

  test("an address belongs to one mailbox, and binding it again changes nothing", async () => {
    await using here = await world(await place())
    const [bob, carol] = [await here.resident("did:example:bob"), await here.resident("did:example:carol")]
    expect(await here.store.bind(binding(bob.id, "did:example:a"))).toBe("bound")
    expect(await here.store.bind(binding(bob.id, "did:example:a"))).toBe("already")
    expect(await here.store.bind(binding(carol.id, "did:example:a"))).toBe("taken")
    expect(await here.store.locate("didcomm", ["did:example:a"])).toMatchObject({ mailbox: bob.id })
  })

  test("the lanes have addresses of their own", async () => {
    await using here = await world(await place())
    const [bob, carol] = [await here.resident("did:example:bob"), await here.resident("did:example:carol")]
    await here.address(bob.id, "did:example:a", "didcomm")
    expect(await here.store.locate("decentrl", ["did:example:a"])).toBeNull()
    await here.address(carol.id, "did:example:a", "decentrl")
    expect(await here.store.locate("didcomm", ["did:example:a"])).toMatchObject({ mailbox: bob.id, lane: "didcomm" })
    expect(await here.store.locate("decentrl", ["did:example:a"])).toMatchObject({ mailbox: carol.id })
  })

  test("of many mailboxes that bind a DID at once, one gets it", async () => {
    await using here = await world(await place())
    const dids = Array.from({ length: 10 }, (_, n) => `did:example:${n}`)
    const all = await Promise.all(dids.map((did) => here.resident(did)))
    const results = await Promise.all(all.map(({ id }) => here.store.bind(binding(id, "did:example:a"))))
    expect(results.toSorted()).toEqual(["bound", ...Array(9).fill("taken")])
  })

  test("the DID of another approved registration is taken; a pending one's is not", async () => {
    await using here = await world(await place())
    const bob = await here.resident("did:example:bob")
    await here.resident("did:example:carol")
    const audit = { actor: "", action: "", subject: "" }
    await here.store.ask({ did: "did:example:dave", lane: "didcomm", state: "pending", audit })
    expect(await here.store.bind(binding(bob.id, "did:example:carol"))).toBe("taken")
    expect(await here.store.bind(binding(bob.id, "did:example:dave"))).toBe("bound")
    expect(await here.store.bind(binding(bob.id, "did:example:bob"))).toBe("bound")
  })

  test("a mailbox takes no more addresses than it may, until one is unbound", async () => {
    await using here = await world(await place())
    const bob = await here.resident("did:example:bob")
    expect(await here.store.bind(binding(bob.id, "did:example:a", [], 2))).toBe("bound")
    expect(await here.store.bind(binding(bob.id, "did:example:b", [], 2))).toBe("bound")
    expect(await here.store.bind(binding(bob.id, "did:example:c", [], 2))).toBe("full")
    expect(await here.store.bind(binding(bob.id, "did:example:a", [], 2))).toBe("already")
    expect(await here.store.unbind({ mailbox: bob.id, lane: "didcomm", did: "did:example:a" })).toBe("unbound")
    expect(await here.store.bind(binding(bob.id, "did:example:c", [], 2))).toBe("bound")
  })

  test("an address is found by its aliases, and says its own name", async () => {
    await using here = await world(await place())
    const bob = await here.resident("did:example:bob")
    await here.store.bind(binding(bob.id, "did:example:long", ["did:example:short", "did:example:key"]))
    for (const name of ["did:example:long", "did:example:short", "did:example:key"]) {
      expect(await here.store.locate("didcomm", [name])).toMatchObject({ did: "did:example:long", mailbox: bob.id })
    }
  })

  test("locate takes the first name that is bound, in the order of preference", async () => {
    await using here = await world(await place())
    const bob = await here.resident("did:example:bob")
    await here.store.bind(binding(bob.id, "did:example:a", ["did:example:a2"]))
    await here.store.bind(binding(bob.id, "did:example:b"))
    expect(await here.store.locate("didcomm", ["did:example:x", "did:example:a2", "did:example:b"])).toMatchObject({
      did: "did:example:a",
    })
    expect(await here.store.locate("didcomm", ["did:example:b", "did:example:a"])).toMatchObject({
      did: "did:example:b",
    })
    expect(await here.store.locate("didcomm", ["did:example:x"])).toBeNull()
    expect(await here.store.locate("didcomm", [])).toBeNull()
  })

  test("an alias in use is left where it is, and a name that is another's alias cannot be bound", async () => {
    await using here = await world(await place())
    const [bob, carol] = [await here.resident("did:example:bob"), await here.resident("did:example:carol")]
    await here.store.bind(binding(bob.id, "did:example:a", ["did:example:shared"]))
    await here.store.bind(
      binding(carol.id, "did:example:b", ["did:example:shared", "did:example:a", "did:example:bob"]),
    )
    for (const name of ["did:example:shared", "did:example:a"]) {
      expect(await here.store.locate("didcomm", [name])).toMatchObject({ did: "did:example:a" })
    }
    expect(await here.store.locate("didcomm", ["did:example:bob"])).toBeNull()
    expect(await here.store.bind(binding(carol.id, "did:example:shared"))).toBe("taken")
    expect(await here.store.bind(binding(bob.id, "did:example:shared"))).toBe("bound")
    expect(await here.store.locate("didcomm", ["did:example:shared"])).toMatchObject({ did: "did:example:shared" })
    await here.store.unbind({ mailbox: bob.id, lane: "didcomm", did: "did:example:a" })
    expect(await here.store.locate("didcomm", ["did:example:a"])).toBeNull()
  })

  test("an unbound address and its aliases are free at once", async () => {
    await using here = await world(await place())
    const [bob, carol] = [await here.resident("did:example:bob"), await here.resident("did:example:carol")]
    await here.store.bind(binding(bob.id, "did:example:a", ["did:example:a2"]))
    const lane = "didcomm"
    expect(await here.store.unbind({ mailbox: carol.id, lane, did: "did:example:a" })).toBe("absent")
    expect(await here.store.unbind({ mailbox: bob.id, lane, did: "did:example:a2" })).toBe("absent")
    expect(await here.store.unbind({ mailbox: bob.id, lane: "decentrl", did: "did:example:a" })).toBe("absent")
    expect(await here.store.unbind({ mailbox: bob.id, lane, did: "did:example:a" })).toBe("unbound")
    expect(await here.store.unbind({ mailbox: bob.id, lane, did: "did:example:a" })).toBe("absent")
    expect(await here.store.locate(lane, ["did:example:a", "did:example:a2"])).toBeNull()
    expect(await here.store.bind(binding(carol.id, "did:example:a2", ["did:example:a"]))).toBe("bound")
  })

  test("what waits for an unbound address stays until fetched, under its name", async () => {
    const { here, bob, home } = await bobs(await place())
    await using _ = here
    await here.deposit(home, letter({ text: "for the old address" }))
    await here.store.unbind({ mailbox: bob.id, lane: "didcomm", did: home.did })
    expect(await here.deposit(home, letter())).toBe("gone")
    const carol = await here.resident("did:example:carol")
    const moved = await here.address(carol.id, home.did)
    await here.deposit(moved, letter({ text: "for the new owner" }))

    const query = { mailbox: bob.id, lane: "didcomm", address: home.did, after: 0, limit: 9, bytes: 999 } as const
    const [old] = await here.store.peek(query)
    expect(old).toMatchObject({ content: "for the old address", address: home.did, mailbox: bob.id })
    expect(await here.texts(carol.id)).toEqual(["for the new owner"])
    expect(await here.store.acknowledge({ mailbox: bob.id, lane: "didcomm", ids: [old?.id ?? ""] })).toBe(1)
    await here.store.expire(10)
    expect(await here.store.locate("didcomm", [home.did])).toEqual(moved)
  })

  test("an address bound again goes to the end, and still tells its old mail from new", async () => {
    const { here, bob, home } = await bobs(await place())
    await using _ = here
    await here.address(bob.id, "did:example:second")
    const sent = letter()
    await here.deposit(home, sent)
    await here.store.unbind({ mailbox: bob.id, lane: "didcomm", did: home.did })
    const again = await here.address(bob.id, home.did)
    const query = { mailbox: bob.id, lane: "didcomm" } as const
    const { dids } = await here.store.addresses({ ...query, limit: 9, offset: 0 })
    expect(dids).toEqual(["did:example:second", home.did])
    await here.deposit(again, sent, letter())
    expect(await here.store.standing({ ...query, address: home.did })).toMatchObject({ messages: 2 })
  })

  test("an address that is gone is not mistaken for one bound after it", async () => {
    const { here, bob, home } = await bobs(await place())
    await using _ = here
    await here.store.unbind({ mailbox: bob.id, lane: "didcomm", did: home.did })
    await here.address(bob.id, "did:example:next")
    expect(await here.deposit(home, letter())).toBe("gone")
    expect(await here.texts(bob.id)).toEqual([])
  })

  test("addresses come in pages, in the order they were bound, with the total", async () => {
    await using here = await world(await place())
    const bob = await here.resident("did:example:bob")
    const dids = ["z", "m", "a", "q", "b"].map((name) => `did:example:${name}`)
    for (const did of dids) await here.address(bob.id, did)
    await here.address(bob.id, "did:example:elsewhere", "decentrl")
    const page = (limit: number, offset: number) =>
      here.store.addresses({ mailbox: bob.id, lane: "didcomm", limit, offset })
    expect(await page(2, 0)).toEqual({ dids: dids.slice(0, 2), total: 5 })
    expect(await page(2, 2)).toEqual({ dids: dids.slice(2, 4), total: 5 })
    expect(await page(9, 4)).toEqual({ dids: dids.slice(4), total: 5 })
    expect(await page(9, 9)).toEqual({ dids: [], total: 5 })
    expect(await page(0, 0)).toEqual({ dids: [], total: 5 })
  })

  test("binding to a mailbox that does not exist harms nobody who came at the same time", async () => {
    const { here, bob, home } = await bobs(await place())
    await using _ = here
    const settled = await Promise.allSettled([
      here.deposit(home, letter({ text: "one" })),
      here.store.bind(binding(bob.id + 77, "did:example:nowhere")),
      here.deposit(home, letter({ text: "two" })),
    ])
    expect(settled.map(({ status }) => status)).toEqual(["fulfilled", "rejected", "fulfilled"])
    expect(await here.texts(bob.id)).toEqual(["one", "two"])
    expect(await here.store.locate("didcomm", ["did:example:nowhere"])).toBeNull()
  })
}
