import { expect, test } from "bun:test"
import { systemClock } from "../../src/base/clock.ts"
import { createLog } from "../../src/base/log.ts"
import { systemRandom } from "../../src/base/random.ts"
import { createInvites } from "../../src/mailbox/invites.ts"
import type { RegistrationState } from "../../src/mailbox/model.ts"
import { openStore } from "../../src/store/store.ts"
import { fakeClock } from "../kit/clock.ts"
import { command, isGenuine, makeOffer, post, sealOffer } from "../kit/decentrl.ts"
import { befriend, type Client, payloads, type Town, told, town } from "./people.ts"

/** The mediator's database as another process has it. */
function storeOf(t: Town) {
  const ports = { clock: systemClock, random: systemRandom, writer: "in-place" } as const
  const log = createLog({ level: "error", format: "text", clock: systemClock, write: () => {} })
  return openStore("sqlite:restante.db", { dataDir: t.folder, log, ...ports })
}

/** What the operator decides, from another process. */
async function decide(t: Town, who: Client, from: RegistrationState, to: RegistrationState) {
  await using store = await storeOf(t)
  const audit = { actor: "operator", action: `registration.${to}`, subject: who.did }
  expect(await store.transition({ did: who.did, from: [from], to, audit })).not.toBeNull()
}

test("under approval a request waits with an id that stays the same, and becomes the contract once approved", async () => {
  await using t = await town({ "admission-mode": "approval" })
  const alice = await t.stranger("alice")
  const first = await alice.register()
  expect([first.status, first.type, Object.keys(first.payload)]).toEqual([202, "PENDING", ["request_id"]])
  expect(first.payload.request_id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/)
  expect(await alice.register()).toEqual(first)
  expect((await (await t.stranger("bob")).register()).payload).not.toEqual(first.payload)
  expect(told(await alice.ask("QUERY_PENDING_EVENTS"))).toBe("403 NOT_REGISTERED")

  await decide(t, alice, "pending", "approved")
  expect(told(await alice.ask("QUERY_PENDING_EVENTS"))).toBe("403 NOT_REGISTERED")
  const answer = await alice.register()
  expect([answer.status, answer.type]).toEqual([200, "SUCCESS"])
  expect(await isGenuine(answer.payload.contract as never, t.home.signingKey)).toBe(true)
  expect(told(await alice.ask("QUERY_PENDING_EVENTS"))).toBe("200")
})

test("a pending request uses its nonce up, the first and every later one", async () => {
  await using t = await town({ "admission-mode": "approval" })
  const alice = await t.stranger("alice")
  for (let n = 0; n < 2; n++) {
    const { offer, ephemeral } = await makeOffer(alice, t.home.did)
    const fields = await sealOffer(offer, ephemeral, t.home.preKey)
    const payload = { type: "REQUEST_COMMUNICATION_CONTRACT", ...fields }
    const given = await command(alice, "DIRECT_AUTHENTICATED", t.home.did, payload)
    const answers = await Promise.all(Array.from({ length: 9 }, () => post(t.url, given)))
    expect(answers.map(told).sort()).toEqual(["202", ...Array(8).fill("409 NONCE_ALREADY_USED")])
  }
})

test.each(["closed", "invite"])(
  "under %s nobody new is registered: REGISTRATION_DENIED, and no trace is left",
  async (mode) => {
    await using t = await town({ "admission-mode": mode })
    const alice = await t.stranger("alice")
    expect(told(await alice.register())).toBe("403 REGISTRATION_DENIED")
    expect(told(await alice.register(undefined, { invite: "a code that nobody gave out" }))).toBe(
      "403 REGISTRATION_DENIED",
    )
  },
)

test.each(["suspended", "revoked"] as const)(
  "who was %s can do nothing, gets nothing, and is not registered anew",
  async (state) => {
    await using t = await town()
    const [alice, bob] = await t.friends()
    await decide(t, bob, "approved", state)
    expect(told(await bob.ask("QUERY_PENDING_EVENTS"))).toBe("403 NOT_REGISTERED")
    expect(told(await alice.send(bob.did, "x", t.home))).toBe("404 RECIPIENT_NOT_REGISTERED")
    expect(told(await bob.register())).toBe("403 REGISTRATION_DENIED")
  },
)

test("a registration ends with its contract, and registering again finds everything where it was", async () => {
  const clock = fakeClock(Date.now())
  await using t = await town({}, { clock })
  const end = Math.floor(clock.now() / 1000) + 60
  const [alice, bob] = [await t.resident("alice"), await t.resident("bob", end)]
  await befriend(alice, bob)
  await alice.send(bob.did, "before", t.home)
  clock.set(end * 1000 - 1)
  expect(await payloads(bob)).toEqual(["before"])
  clock.set(end * 1000)
  expect(told(await bob.ask("QUERY_PENDING_EVENTS"))).toBe("403 NOT_REGISTERED")
  expect(told(await alice.send(bob.did, "x", t.home))).toBe("404 RECIPIENT_NOT_REGISTERED")
  expect(told(await bob.register())).toBe("200")
  expect(await payloads(bob)).toEqual(["before"])
})

test.each(["approval", "invite"])("under %s a code of the operator's admits as often as it says", async (mode) => {
  await using t = await town({ "admission-mode": mode })
  await using store = await storeOf(t)
  const invites = createInvites(store, { clock: systemClock, random: systemRandom })
  const overrides = { maxMessages: null, maxBytes: null }
  const operator = { name: "operator", address: null }
  const { id } = await invites.create({ label: "friends", uses: 2, expiresIn: null, overrides }, operator)
  const [alice, bob, carol] = [await t.stranger("alice"), await t.stranger("bob"), await t.stranger("carol")]
  expect(told(await alice.register(undefined, { invite: id }))).toBe("200")
  expect(told(await bob.register(undefined, { invite: id }))).toBe("200")
  expect(told(await carol.register(undefined, { invite: id }))).toBe(
    mode === "approval" ? "202" : "403 REGISTRATION_DENIED",
  )
  // Whoever is registered renews without it.
  expect(told(await alice.register())).toBe("200")
  expect((await invites.found(id)).used).toBe(2)
})

test("an invite code beside the terms does no harm where none is asked for", async () => {
  await using t = await town()
  expect(told(await (await t.stranger()).register(undefined, { invite: "welcome" }))).toBe("200")
})

test("more contracts with the mediator than a client needs in an hour are RATE_LIMITED", async () => {
  await using t = await town()
  const alice = await t.stranger("alice")
  for (let n = 0; n < 5; n++) expect(told(await alice.register())).toBe("200")
  expect(told(await alice.register())).toBe("429 RATE_LIMITED")
  expect(told(await alice.ask("QUERY_PENDING_EVENTS"))).toBe("200")
})

test("the registration contract is in no list and in no quota but its owner may save it", async () => {
  await using t = await town({ "mailbox-max-messages": "1" })
  const alice = await t.stranger("alice")
  const { payload } = await alice.register()
  expect(await alice.all("QUERY_COMMUNICATION_CONTRACTS", "contracts")).toEqual([])
  const saved = await alice.ask("SAVE_COMMUNICATION_CONTRACT", { contract: payload.contract ?? null })
  expect(saved.payload).toEqual({ contract_id: payload.contract_id as string })
  expect(await alice.all("QUERY_COMMUNICATION_CONTRACTS", "contracts")).toMatchObject([{ contract: payload.contract }])
})

test("with a public URL that allows no did:web the mediator is its did:peer:2, and all the same", async () => {
  await using t = await town({ "public-url": "http://127.0.0.1:0" })
  expect(t.home.did).toStartWith("did:peer:2.")
  const [alice, bob] = await t.friends()
  expect(told(await alice.send(bob.did, "hello", t.home))).toBe("200")
  const { payload } = await alice.register()
  const saved = await alice.ask("SAVE_COMMUNICATION_CONTRACT", { contract: payload.contract ?? null })
  expect(told(saved)).toBe("200")
})

test("any of the mediator's DIDs names it", async () => {
  await using t = await town()
  const alice = await t.resident("alice")
  for (const did of t.dids) {
    const given = await command(alice, "DIRECT_AUTHENTICATED", did, { type: "QUERY_PENDING_EVENTS" })
    expect([did, told(await post(t.url, given))]).toEqual([did, "200"])
  }
  const peer = { ...t.home, did: t.did }
  const { offer, ephemeral } = await makeOffer(alice, peer.did)
  const answer = await alice.ask("REQUEST_COMMUNICATION_CONTRACT", await sealOffer(offer, ephemeral, peer.preKey), peer)
  expect(answer.payload.contract).toMatchObject({ recipient_did: t.did, recipient_signing_key_id: `${t.did}#key-2` })
})

test("turned off, there is nothing of it", async () => {
  await using t = await town({ "decentrl-enabled": "false", "public-url": "http://127.0.0.1:0" })
  const headers = { "Content-Type": "application/json" }
  expect((await fetch(`${t.url}/decentrl`, { method: "POST", body: "{}", headers })).status).toBe(415)
  expect((await t.show("did:web:a.example")).status).toBe(404)
  expect(await t.socket().catch((error: Error) => error.message)).toContain("no WebSocket")
})
