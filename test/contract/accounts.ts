import { expect, test } from "bun:test"
import type { AccountQuery } from "../../src/mailbox/operator-ports.ts"
import { audit, letter, type Place, START, type World, world } from "./world.ts"

const did = (name: string) => `did:example:${name}`

/** Five registrations, each asked for a millisecond after the one before. */
async function five(here: World) {
  for (const [name, state] of [
    ["ann", "approved"],
    ["ben", "pending"],
    ["cem", "approved"],
    ["dea", "denied"],
    ["eve", "approved"],
  ] as const) {
    await here.store.ask({ did: did(name), lane: name === "cem" ? "decentrl" : "didcomm", state, audit })
    here.clock.pass(1)
  }
}

/** All pages of a list, and how many there were. */
async function pages(here: World, query: Omit<AccountQuery, "limit">, limit: number) {
  const names: string[] = []
  const totals = new Set<number>()
  let after: string | null = null
  let count = 0
  do {
    const page = await here.store.accounts({ ...query, limit, ...(after !== null && { after }) })
    names.push(...page.items.map((one) => one.did.slice("did:example:".length)))
    totals.add(page.total)
    after = page.next
    count++
  } while (after !== null)
  return { names: names.join(" "), totals: [...totals], count }
}

export function accountContract(place: () => Promise<Place>): void {
  test("an account is a registration with what its mailbox holds, and nobody's is null", async () => {
    await using here = await world(await place())
    const { id } = await here.resident(did("bob"))
    const home = await here.address(id, did("home"))
    await here.address(id, did("second"))
    await here.deposit(home, letter({ text: "four" }))
    here.clock.pass(5)
    await here.deposit(home, letter({ text: "sixsix" }))
    expect(await here.store.account(did("bob"))).toEqual({
      id,
      did: did("bob"),
      state: "approved",
      lanes: ["didcomm"],
      label: "",
      note: "",
      invite: null,
      overrides: { maxMessages: null, maxBytes: null },
      addresses: 2,
      messages: 2,
      bytes: 10,
      oldestAt: START,
      createdAt: START,
      changedAt: START,
      lastSeenAt: null,
      pruneAt: null,
    })
    expect(await here.store.account(did("bo"))).toBeNull()
  })

  test("what the operator says is kept member by member, and told in the audit as before → after", async () => {
    await using here = await world(await place())
    await here.resident(did("bob"))
    const describe = (given: object) => here.store.describe({ did: did("bob"), ...given, audit })
    expect(await describe({ label: "Bob", overrides: { maxMessages: 5 } })).toMatchObject({
      label: "Bob",
      note: "",
      overrides: { maxMessages: 5, maxBytes: null },
    })
    const changed = await describe({ note: "from the club", overrides: { maxMessages: null, maxBytes: 9 } })
    expect(changed).toMatchObject({
      label: "Bob",
      note: "from the club",
      overrides: { maxMessages: null, maxBytes: 9 },
    })
    expect(await here.store.account(did("bob"))).toEqual(changed)
    const [line] = await here.store.auditLines({ limit: 1 })
    expect(line?.detail).toBe('note "" → "from the club"; messages 5 → null; bytes null → 9')
    expect(await here.store.describe({ did: did("nobody"), label: "x", audit })).toBeNull()
    expect(await here.store.auditLines({ limit: 9 })).toHaveLength(3)
  })

  test("a list comes in pages of any size, complete and in order, with the number of all", async () => {
    await using here = await world(await place())
    await five(here)
    for (const limit of [1, 2, 3, 5, 9]) {
      expect(await pages(here, {}, limit)).toEqual({
        names: "eve dea cem ben ann",
        totals: [5],
        count: Math.ceil(5 / limit),
      })
    }
    expect(await pages(here, { states: ["approved"] }, 2)).toEqual({ names: "eve cem ann", totals: [3], count: 2 })
    expect(await pages(here, { states: ["pending", "denied"] }, 9)).toMatchObject({ names: "dea ben", totals: [2] })
    expect(await pages(here, { states: [] }, 9)).toMatchObject({ names: "", totals: [0] })
    expect(await pages(here, { lane: "decentrl" }, 9)).toMatchObject({ names: "cem", totals: [1] })
  })

  test("registrations that come while a list is read neither repeat nor hide what is on its next page", async () => {
    await using here = await world(await place())
    await five(here)
    const first = await here.store.accounts({ limit: 2 })
    await here.resident(did("fay"))
    await here.store.forget({ did: did("dea"), audit })
    const rest = await here.store.accounts({ limit: 9, after: first.next ?? "" })
    expect([...first.items, ...rest.items].map((one) => one.did)).toEqual(["eve", "dea", "cem", "ben", "ann"].map(did))
  })

  test("it is counted who last wrote to which of the mediator's keys, and only of those whose mailbox is open", async () => {
    await using here = await world(await place())
    await five(here)
    const idOf = async (name: string) => (await here.store.account(did(name)))?.id ?? 0
    const [ann, eve, cem] = [await idOf("ann"), await idOf("eve"), await idOf("cem")]
    const counted = async () => new Map((await here.store.acquaintances()).map((one) => [one.generation, one.accounts]))
    expect(await counted()).toEqual(new Map([[null, 2]]))
    await here.store.seen([
      { mailbox: ann, at: START, generation: 1 },
      { mailbox: eve, at: START, generation: 2 },
      // In the other lane, where no keys of ours are written to.
      { mailbox: cem, at: START },
    ])
    expect(await counted()).toEqual(
      new Map([
        [1, 1],
        [2, 1],
      ]),
    )
    // Being seen without a word about keys takes nothing back.
    await here.store.seen([{ mailbox: ann, at: START + 1, generation: null }])
    await here.store.seen([{ mailbox: eve, at: START + 1, generation: 1 }])
    expect(await counted()).toEqual(new Map([[1, 2]]))
    await here.store.transition({ did: did("ann"), from: ["approved"], to: "suspended", audit })
    expect(await counted()).toEqual(new Map([[1, 1]]))
  })

  test("each order sorts by what it says, the newest first among equals, and who has nothing comes last", async () => {
    await using here = await world(await place())
    await five(here)
    const idOf = async (name: string) => (await here.store.account(did(name)))?.id ?? 0
    const put = async (name: string, ...texts: string[]) => {
      const home = await here.address(await idOf(name), did(`${name}-home`))
      for (const text of texts) await here.deposit(home, letter({ text }))
      here.clock.pass(1)
    }
    await put("eve", "large as can be")
    await put("ann", "x", "y")
    await here.store.describe({ did: did("dea"), label: "zoe", audit })
    await here.store.describe({ did: did("ben"), label: "Yul", audit })
    await here.store.seen([
      { mailbox: await idOf("cem"), at: START + 9 },
      { mailbox: await idOf("ann"), at: START + 7 },
    ])
    const expected = {
      messages: "ann eve dea cem ben",
      bytes: "eve ann dea cem ben",
      "oldest-message": "eve ann dea cem ben",
      label: "ben dea eve cem ann",
      "last-seen": "cem ann eve dea ben",
    } as const
    for (const [sort, names] of Object.entries(expected) as [keyof typeof expected, string][]) {
      for (const limit of [1, 2, 9]) expect(await pages(here, { sort }, limit)).toMatchObject({ names, totals: [5] })
    }
  })

  test("a search finds parts of DIDs, labels and notes, whatever the case, and no wildcards", async () => {
    await using here = await world(await place())
    await five(here)
    await here.store.describe({ did: did("ann"), label: "Öffentlich 100%", audit })
    await here.store.describe({ did: did("eve"), note: "a_b", audit })
    const search = async (text: string) => (await pages(here, { text }, 2)).names
    expect(await search("EXAMPLE:")).toBe("eve dea cem ben ann")
    expect(await search("öFFENT")).toBe("ann")
    expect(await search("%")).toBe("ann")
    expect(await search("a_b")).toBe("eve")
    expect(await search("axb")).toBe("")
    expect((await pages(here, { text: "e", states: ["approved"], sort: "label" }, 1)).names).toBe("ann eve cem")
    await here.store.describe({ did: did("ann"), label: "", audit })
    expect(await search("öffent")).toBe("")
  })

  test("a cursor of another list, or none at all, is refused", async () => {
    await using here = await world(await place())
    await five(here)
    const { next } = await here.store.accounts({ sort: "label", limit: 1 })
    for (const after of [next ?? "", "", "x", "bnVsbA", "WyJhY2NvdW50cyBuZXdlc3QiLHt9LDFd"]) {
      await expect(here.store.accounts({ limit: 1, after })).rejects.toMatchObject({ code: "request.malformed" })
    }
  })

  test("registrations are counted by state", async () => {
    await using here = await world(await place())
    expect(await here.store.accountCounts()).toEqual({ pending: 0, approved: 0, denied: 0, suspended: 0, revoked: 0 })
    await five(here)
    expect(await here.store.accountCounts()).toEqual({ pending: 1, approved: 3, denied: 1, suspended: 0, revoked: 0 })
  })

  test("the mediator's own registration is no account, and no act of the operator touches it", async () => {
    await using here = await world(await place())
    const own = { did: did("mediator"), lane: "decentrl", state: "approved", audit } as const
    const made = await here.store.ask({ ...own, isOwn: true })
    expect(await here.store.ask(own)).toEqual(made)
    const given = { did: own.did, audit }
    expect([
      await here.store.account(own.did),
      await here.store.describe({ ...given, label: "x" }),
      await here.store.transition({ ...given, from: ["approved"], to: "revoked" }),
      await here.store.erasable(own.did),
      await here.store.forget(given),
      await here.store.purge({ ...given, before: null }),
    ]).toEqual(Array(6).fill(null))
    expect((await here.store.accounts({ limit: 9 })).total).toBe(0)
    expect((await here.store.accountCounts()).approved).toBe(0)
    expect(await here.store.findRegistration(own.did)).toEqual(made)
  })

  test("the DID that somebody left is no account of its own", async () => {
    await using here = await world(await place())
    await here.resident(did("old"))
    await here.store.rotate({ from: did("old"), to: did("new"), at: START, audit })
    expect(await here.store.account(did("old"))).toBeNull()
    expect(await pages(here, {}, 9)).toMatchObject({ names: "new", totals: [1] })
    expect((await here.store.accountCounts()).revoked).toBe(0)
    expect(await pages(here, { text: "new" }, 9)).toMatchObject({ names: "new" })
  })

  test("the measure of it all is the sum of all mailboxes, and remembers the newest message", async () => {
    await using here = await world(await place())
    expect(await here.store.measure()).toMatchObject({ messages: 0, bytes: 0, oldestAt: null, newestAt: null })
    const { id } = await here.resident(did("bob"))
    const home = await here.address(id, did("home"))
    for (const text of ["1", "22", "333"]) {
      await here.deposit(home, letter({ text }))
      here.clock.pass(10)
    }
    const measured = await here.store.measure()
    expect(measured).toMatchObject({ messages: 3, bytes: 6, oldestAt: START, newestAt: START + 20 })
    expect(measured.databaseBytes).toBeGreaterThan(10_000)
    expect(measured.freeBytes).toBeGreaterThan(0)
    await here.store.purge({ did: did("bob"), before: null, audit })
    expect(await here.store.measure()).toMatchObject({ messages: 0, bytes: 0, oldestAt: null, newestAt: START + 20 })
  })
}
