import { expect, test } from "bun:test"
import type { AdmissionMode } from "../../src/mailbox/admission.ts"
import { createInvites } from "../../src/mailbox/invites.ts"
import { createRegistrations } from "../../src/mailbox/registrations.ts"
import { audit, DAY, HOUR, seededRandom, world } from "../contract/world.ts"
import { inMemory } from "../store/places.ts"

const bob = "did:example:bob"
const ada = { name: "ada", address: null }
const asConfigured = { maxMessages: null, maxBytes: null }

async function house(given: { mode: AdmissionMode; allow?: readonly string[]; deny?: readonly string[] }) {
  const here = await world(await inMemory())
  const { store, clock } = here
  const heard: (string | number)[] = []
  const invites = createInvites(store, { clock, random: seededRandom(3) })
  const ports = {
    isOpen: async (id: string) => (await store.invite(id)) !== null,
    seen: (mailbox: number) => void heard.push(mailbox),
    refused: (did: string, because: string) => void heard.push(`${did} ${because}`),
  }
  const under = (rules: typeof given) =>
    createRegistrations(store, () => ({ allow: [], deny: [], ...rules, maxPending: 2, pendingTtl: DAY }), ports)
  const invite = async (uses = 1) =>
    (await invites.create({ label: "club", uses, expiresIn: HOUR, overrides: asConfigured }, ada)).id
  return { here, store, heard, under, invite, invites, registrations: under(given) }
}

test("a stranger who is refused leaves no row and no line, and whoever asked to know is told why", async () => {
  const { here, store, heard, registrations } = await house({ mode: "invite", deny: ["did:example:bad"] })
  await using _ = here
  expect(await registrations.ask(bob, "didcomm")).toBe("denied")
  expect(await registrations.ask("did:example:bad", "didcomm")).toBe("denied")
  expect(heard).toEqual([`${bob} invite`, "did:example:bad denied"])
  expect(await store.findRegistration(bob)).toBeNull()
  expect(await store.auditLines({ limit: 9 })).toEqual([])
})

test("who waits hears the same as often as it asks, without a trace, until it is approved or forgotten", async () => {
  const { here, store, registrations } = await house({ mode: "approval" })
  await using _ = here
  for (let n = 0; n < 3; n++) expect(await registrations.ask(bob, "didcomm")).toBe("pending")
  expect(await store.auditLines({ limit: 9 })).toHaveLength(1)
  expect(await registrations.ask(bob, "decentrl")).toBe("pending")
  await store.transition({ did: bob, from: ["pending"], to: "approved", audit })
  expect(await registrations.ask(bob, "didcomm")).toBe("approved")
  expect(await registrations.ask("did:example:carol", "didcomm")).toBe("pending")
  here.clock.pass(DAY)
  await store.expire(9)
  expect(await store.findRegistration("did:example:carol")).toBeNull()
})

test("when as many wait as may, the next is told to come back later", async () => {
  const { here, heard, registrations } = await house({ mode: "approval" })
  await using _ = here
  for (const name of ["a", "b"]) await registrations.ask(`did:example:${name}`, "didcomm")
  await expect(registrations.ask(bob, "didcomm")).rejects.toMatchObject({ code: "registration.crowded" })
  expect(heard).toEqual([`${bob} crowded`])
  expect(await registrations.ask("did:example:a", "didcomm")).toBe("pending")
})

test("who waited is let in when the rules change, and told no when it is denied by them", async () => {
  const { here, under, registrations } = await house({ mode: "approval" })
  await using _ = here
  await registrations.ask(bob, "didcomm")
  await registrations.ask("did:example:carol", "didcomm")
  expect(await under({ mode: "closed" }).ask(bob, "didcomm")).toBe("pending")
  expect(await under({ mode: "approval", deny: ["did:example:c*"] }).ask("did:example:carol", "didcomm")).toBe("denied")
  expect(await under({ mode: "open" }).ask(bob, "didcomm")).toBe("approved")
})

test.each(["denied", "suspended", "revoked"] as const)(
  "one that is %s stays so, with an invite and in every mode",
  async (state) => {
    const { here, store, invite, invites, under } = await house({ mode: "open" })
    await using _ = here
    await store.ask({ did: bob, lane: "didcomm", state, audit })
    const id = await invite()
    for (const mode of ["open", "approval", "invite", "closed"] as const) {
      const registrations = under({ mode, allow: ["*"] })
      expect(await registrations.ask(bob, "didcomm", { invite: id })).toBe(state)
      expect(await registrations.find(bob, "didcomm")).toBeNull()
    }
    expect(await invites.found(id)).toMatchObject({ used: 0 })
  },
)

test("whoever has a mailbox keeps it and gets the other lane, whatever the rules say now", async () => {
  const { here, under } = await house({ mode: "open" })
  await using _ = here
  await under({ mode: "open" }).ask(bob, "didcomm")
  const closed = under({ mode: "closed", deny: ["*"] })
  expect(await closed.ask(bob, "decentrl")).toBe("approved")
  expect(await closed.member(bob, "decentrl")).toMatchObject({ lanes: ["didcomm", "decentrl"] })
})

test.each([
  ["open", "approved", 1],
  ["approval", "approved", 1],
  ["invite", "approved", 1],
  ["closed", "denied", 0],
] as const)("in mode %s an invite means %s, and is used %d times", async (mode, state, used) => {
  const { here, store, invite, invites, registrations } = await house({ mode })
  await using _ = here
  const id = await invite()
  expect(await registrations.ask(bob, "didcomm", { invite: id })).toBe(state)
  const found = await invites.found(id)
  expect([found.used, invites.stateOf(found)]).toEqual([used, used ? "used" : "open"])
  const [line] = await store.auditLines({ limit: 1 })
  expect(line?.detail).toBe(used ? `invite ${id.slice(0, 8)}` : "for one")
})

test("whoever is denied by name does not get in by an invite, and whoever is allowed does not use one up", async () => {
  const { here, invite, invites, registrations } = await house({
    mode: "invite",
    allow: ["did:example:ann"],
    deny: [bob],
  })
  await using _ = here
  const id = await invite()
  expect(await registrations.ask(bob, "didcomm", { invite: id })).toBe("denied")
  expect(await registrations.ask("did:example:ann", "didcomm", { invite: id })).toBe("approved")
  expect(await invites.found(id)).toMatchObject({ used: 0 })
})

test("an invite that does not count is as none", async () => {
  const { here, invite, invites, registrations } = await house({ mode: "approval" })
  await using _ = here
  const [used, revoked, expired] = [await invite(), await invite(), await invite()]
  await registrations.ask("did:example:first", "didcomm", { invite: used })
  await invites.revoke(revoked, ada)
  for (const id of [used, revoked, "c0ffee00-0000-4000-8000-000000000000", ""]) {
    expect(await registrations.ask(bob, "didcomm", { invite: id })).toBe("pending")
  }
  here.clock.pass(HOUR)
  expect(await registrations.ask(bob, "didcomm", { invite: expired })).toBe("pending")
  expect(await registrations.ask(bob, "didcomm", { invite: await invite() })).toBe("approved")
})

test("looking somebody up is no sign of life, and proving oneself is", async () => {
  const { here, store, heard, registrations } = await house({ mode: "open" })
  await using _ = here
  await registrations.ask(bob, "didcomm")
  const { id } = (await store.findRegistration(bob)) ?? { id: 0 }
  expect(await registrations.find(bob, "didcomm")).toMatchObject({ id })
  expect(await registrations.member(bob, "decentrl")).toBeNull()
  expect(heard).toEqual([])
  expect(await registrations.member(bob, "didcomm")).toMatchObject({ id })
  expect(heard).toEqual([id])
})
