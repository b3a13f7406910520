import { expect, test } from "bun:test"
import { audit, HOUR, type Place, START, type World, world } from "./world.ts"

const none = { maxMessages: null, maxBytes: null }

const make = (here: World, id: string, given: { uses?: number; expiresAt?: number; overrides?: typeof quota } = {}) => {
  const { uses = 1, expiresAt = null, overrides = none } = given
  const invite = { id, label: `label of ${id}`, uses, expiresAt, createdAt: here.clock.now(), overrides }
  return here.store.createInvite({ invite, audit: { ...audit, action: "invite", subject: id } })
}
const quota: { maxMessages: number | null; maxBytes: number | null } = { maxMessages: 7, maxBytes: 999 }

const ask = (here: World, did: string, invite: string) =>
  here.store.ask({ did, lane: "didcomm", state: "approved", audit, invite })

export function inviteContract(place: () => Promise<Place>): void {
  test("an invite is kept as it was made, and listed newest first in pages with the number of all", async () => {
    await using here = await world(await place())
    for (const id of ["a", "b", "c"]) await make(here, id, { uses: 2, expiresAt: START + HOUR, overrides: quota })
    const expected = {
      id: "b",
      label: "label of b",
      uses: 2,
      used: 0,
      expiresAt: START + HOUR,
      revokedAt: null,
      createdAt: START,
      overrides: quota,
    }
    expect(await here.store.invite("b")).toEqual(expected)
    expect(await here.store.invite("B")).toBeNull()
    const first = await here.store.invites({ limit: 2 })
    expect([first.items.map(({ id }) => id), first.total]).toEqual([["c", "b"], 3])
    expect(first.items[1]).toEqual(expected)
    const rest = await here.store.invites({ limit: 2, after: first.next ?? "" })
    expect([rest.items.map(({ id }) => id), rest.total, rest.next]).toEqual([["a"], 3, null])
    const found = await here.store.invites({ limit: 2, text: "LABEL OF A" })
    expect([found.items.map(({ id }) => id), found.total]).toEqual([["a"], 1])
    await expect(here.store.invites({ limit: 2, after: "?" })).rejects.toMatchObject({ code: "request.malformed" })
  })

  test("an invite lends its label and quota to whoever comes with it, and is used up then", async () => {
    await using here = await world(await place())
    await make(here, "a", { overrides: quota })
    expect(await ask(here, "did:example:bob", "a")).toMatchObject({ state: "approved" })
    expect(await here.store.account("did:example:bob")).toMatchObject({
      invite: "a",
      label: "label of a",
      overrides: quota,
    })
    expect(await here.store.accounts({ text: "LABEL OF", limit: 9 })).toMatchObject({ total: 1 })
    expect(await here.store.invite("a")).toMatchObject({ used: 1 })
    expect(await ask(here, "did:example:carol", "a")).toBe("spent")
    expect(await here.store.findRegistration("did:example:carol")).toBeNull()
  })

  test("of 50 who come at once, an invite lets in exactly as many as it says", async () => {
    await using here = await world(await place())
    await make(here, "a", { uses: 7 })
    const asked = await Promise.all(Array.from({ length: 50 }, (_, n) => ask(here, `did:example:${n}`, "a")))
    expect(asked.filter((one) => one !== "spent")).toHaveLength(7)
    expect(await here.store.invite("a")).toMatchObject({ used: 7, uses: 7 })
    expect((await here.store.accountCounts()).approved).toBe(7)
  })

  test("asking again costs no use: a registration that exists keeps what it has", async () => {
    await using here = await world(await place())
    await make(here, "a", { uses: 2 })
    await ask(here, "did:example:bob", "a")
    await ask(here, "did:example:bob", "a")
    await here.store.transition({ did: "did:example:bob", from: ["approved"], to: "suspended", audit })
    expect(await ask(here, "did:example:bob", "a")).toMatchObject({ state: "suspended" })
    expect(await here.store.invite("a")).toMatchObject({ used: 1 })
  })

  test("who waits already is let in by an invite, keeps its label, and no longer expires", async () => {
    await using here = await world(await place())
    const did = "did:example:bob"
    await make(here, "a", { overrides: quota })
    await here.store.ask({ did, lane: "didcomm", state: "pending", audit, pendingTtl: HOUR })
    await here.store.describe({ did, label: "Bob", audit })
    expect(await ask(here, did, "none")).toBe("spent")
    expect(await here.store.account(did)).toMatchObject({ state: "pending", invite: null })
    expect(await ask(here, did, "a")).toMatchObject({ state: "approved" })
    expect(await here.store.account(did)).toMatchObject({ invite: "a", label: "Bob", overrides: quota })
    here.clock.pass(HOUR)
    await here.store.expire(9)
    expect(await here.store.account(did)).not.toBeNull()
  })

  test("an invite ends at its time, and when it is taken back; who came with it stays", async () => {
    await using here = await world(await place())
    await make(here, "a", { uses: 9, expiresAt: START + 5 })
    await make(here, "b", { uses: 9 })
    expect(await ask(here, "did:example:1", "a")).toMatchObject({ state: "approved" })
    expect(await ask(here, "did:example:2", "b")).toMatchObject({ state: "approved" })
    here.clock.pass(5)
    expect(await ask(here, "did:example:3", "a")).toBe("spent")
    expect(await here.store.revokeInvite({ id: "b", at: START + 5, audit })).toMatchObject({ revokedAt: START + 5 })
    expect(await ask(here, "did:example:4", "b")).toBe("spent")
    expect((await here.store.accountCounts()).approved).toBe(2)
    const lines = (await here.store.auditLines({ limit: 99 })).length
    expect(await here.store.revokeInvite({ id: "b", at: START + 9, audit })).toMatchObject({ revokedAt: START + 5 })
    expect(await here.store.revokeInvite({ id: "none", at: START, audit })).toBeNull()
    expect(await here.store.auditLines({ limit: 99 })).toHaveLength(lines)
  })

  test("no more than the given number may wait; others get in, and a place is free again after an answer", async () => {
    await using here = await world(await place())
    const wait = (n: number) =>
      here.store.ask({ did: `did:example:${n}`, lane: "didcomm", state: "pending", audit, maxPending: 3 })
    const asked = await Promise.all(Array.from({ length: 9 }, (_, n) => wait(n)))
    expect(asked.filter((one) => one === "crowded")).toHaveLength(6)
    expect(await wait(0)).toMatchObject({ state: "pending" })
    expect(await here.resident("did:example:ann")).toMatchObject({ state: "approved" })
    await here.store.transition({ did: "did:example:0", from: ["pending"], to: "denied", audit })
    expect(await wait(7)).toMatchObject({ state: "pending" })
    expect(await wait(8)).toBe("crowded")
  })

  test("who was not answered is forgotten at the end of its time, with a line in the audit, and may ask again", async () => {
    await using here = await world(await place())
    const wait = (did: string, pendingTtl: number) =>
      here.store.ask({ did, lane: "didcomm", state: "pending", audit, pendingTtl })
    await wait("did:example:short", 10)
    await wait("did:example:long", 20)
    await wait("did:example:approved", 10)
    await here.store.transition({ did: "did:example:approved", from: ["pending"], to: "approved", audit })
    here.clock.pass(10)
    await here.store.expire(9)
    const { items } = await here.store.accounts({ limit: 9 })
    expect(items.map(({ did }) => did)).toEqual(["did:example:approved", "did:example:long"])
    const [line] = await here.store.auditLines({ limit: 1 })
    expect(line).toMatchObject({ actor: "upkeep", action: "registration.expired", subject: "did:example:short" })
    expect(await wait("did:example:short", 10)).toMatchObject({ state: "pending" })
  })

  test("who waits is approved when it asks again and the rules have changed", async () => {
    await using here = await world(await place())
    const given = { did: "did:example:bob", audit } as const
    await here.store.ask({ ...given, lane: "didcomm", state: "pending" })
    expect(await here.store.ask({ ...given, lane: "decentrl", state: "approved" })).toMatchObject({
      state: "approved",
      lanes: ["didcomm", "decentrl"],
    })
  })
}
