import { expect, test } from "bun:test"
import { openJwe, parseJwe } from "../../src/crypto/jwe.ts"
import { importPrivateKey, type PrivateKey } from "../../src/crypto/keys.ts"
import { findKey } from "../../src/did/document.ts"
import { decodePeer } from "../../src/did/peer.ts"
import { fakeClock } from "../kit/clock.ts"
import { contractId, inAnHour, isGenuine, open } from "../kit/decentrl.ts"
import { coordination3, pickup3 } from "../kit/mediator.ts"
import { createResident, type Draft } from "../kit/resident.ts"
import { agree, befriend, events, payloads, requests, told, town } from "./people.ts"

const UUID7 = /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/

test("who registers gets the contract, signed by the mediator, with its id", async () => {
  await using t = await town()
  const alice = await t.stranger("alice")
  const expiresAt = inAnHour()
  const { status, type, payload } = await alice.register(expiresAt)
  const contract = payload.contract as never
  expect([status, type]).toEqual([200, "SUCCESS"])
  expect(contract).toMatchObject({
    requestor_did: alice.did,
    recipient_did: t.home.did,
    recipient_signing_key_id: t.home.signingKeyId,
    expires_at: expiresAt,
  })
  expect(await isGenuine(contract, t.home.signingKey)).toBe(true)
  expect(payload.contract_id).toBe(await contractId(contract))
})

test("asking to register again renews: another contract, the same mailbox", async () => {
  await using t = await town()
  const alice = await t.resident("alice")
  await alice.ask("SAVE_EVENTS", { events: [{ payload: "kept", tags: [] }] })
  const first = await alice.register()
  const second = await alice.register()
  expect(second.payload.contract_id).not.toBe(first.payload.contract_id)
  expect(await alice.all("QUERY_EVENTS", "events")).toMatchObject([{ payload: "kept" }])
})

test("a request for a contract waits for an identity, readable for it alone, until acknowledged", async () => {
  await using t = await town()
  const [alice, bob] = [await t.stranger("alice"), await t.resident("bob")]
  const asked = await alice.requestContract(bob.did, t.home)
  expect(told(asked)).toBe("200")
  const [request = expect.unreachable("a request")] = await requests(bob)
  expect(request).toEqual({
    id: asked.payload.request_id as string,
    sender_did: alice.did,
    requestor_ephemeral_public_key: expect.stringMatching(/^z6LS/),
    encrypted_contract_request: expect.any(String),
    timestamp: expect.any(Number),
    created_at: expect.any(Number),
  })
  expect(request.id).toMatch(UUID7)
  const [key, sealed] = [String(request.requestor_ephemeral_public_key), String(request.encrypted_contract_request)]
  expect(JSON.parse(await open(bob.preKey.privateKey, key, sealed))).toMatchObject({ requestor_did: alice.did })
  const acknowledge = () =>
    bob.ask("ACKNOWLEDGE_PENDING_COMMUNICATION_CONTRACT_REQUESTS", { ids: [request.id ?? "", "unknown"] })
  expect((await acknowledge()).payload).toEqual({ acknowledged: 1 })
  expect((await acknowledge()).payload).toEqual({ acknowledged: 0 })
  expect(await requests(bob)).toEqual([])
})

test("a response is kept for its addressee, whoever sends it, and authorises both", async () => {
  await using t = await town()
  const [alice, bob] = [await t.resident("alice"), await t.stranger("bob")]
  const contract = await agree(alice, bob)
  const answer = await bob.tell(alice.did, "COMMUNICATION_CONTRACT_RESPONSE", { contract }, t.home)
  expect([told(answer), answer.payload.contract_id]).toEqual(["200", await contractId(contract)])
  expect(await alice.all("QUERY_COMMUNICATION_CONTRACTS", "contracts")).toEqual([
    { contract_id: await contractId(contract), contract, created_at: expect.any(Number) },
  ])
  expect(told(await bob.send(alice.did, "hello", t.home))).toBe("200")
  expect(await payloads(alice)).toEqual(["hello"])
})

test("a saved contract authorises both ways, is listed for who saved it, verbatim, and saving it again is no error", async () => {
  await using t = await town()
  const [alice, bob] = [await t.resident("alice"), await t.resident("bob")]
  const contract = await agree(alice, bob)
  const reordered = Object.fromEntries(Object.entries(contract).reverse())
  const ids = [
    await bob.ask("SAVE_COMMUNICATION_CONTRACT", { contract: reordered }),
    await bob.ask("SAVE_COMMUNICATION_CONTRACT", { contract }),
  ].map(({ payload }) => payload.contract_id)
  expect(ids).toEqual([await contractId(contract), await contractId(contract)])
  const listed = await bob.all("QUERY_COMMUNICATION_CONTRACTS", "contracts")
  expect(JSON.stringify(listed.map((item) => item.contract))).toBe(JSON.stringify([reordered]))
  expect(await alice.all("QUERY_COMMUNICATION_CONTRACTS", "contracts")).toEqual([])
  expect(told(await alice.send(bob.did, "a", t.home))).toBe("200")
  expect(told(await bob.send(alice.did, "b", t.home))).toBe("200")
})

test("several contracts of one pair are good at the same time, and each until it ends", async () => {
  const clock = fakeClock(Date.now())
  await using t = await town({}, { clock })
  const [alice, bob] = [await t.resident("alice"), await t.resident("bob")]
  const soon = Math.floor(clock.now() / 1000) + 30
  const brief = await befriend(alice, bob, soon)
  const long = await befriend(alice, bob)
  expect((await bob.all("QUERY_COMMUNICATION_CONTRACTS", "contracts")).length).toBe(2)
  clock.pass(60_000)
  expect(await bob.all("QUERY_COMMUNICATION_CONTRACTS", "contracts")).toMatchObject([
    { contract_id: await contractId(long) },
  ])
  expect(told(await alice.send(bob.did, "still", t.home))).toBe("200")
  expect(told(await bob.ask("SAVE_COMMUNICATION_CONTRACT", { contract: brief }))).toBe(
    "403 COMMUNICATION_CONTRACT_NOT_VALID",
  )
})

test("an event waits as it was sent until its recipient, and nobody else, acknowledges it", async () => {
  await using t = await town()
  const [alice, bob] = await t.friends()
  const text = 'opaque \u0000 "text" \n✓ 😀'
  const sent = await alice.send(bob.did, text, t.home)
  expect(sent.payload).toEqual({ id: expect.stringMatching(UUID7) })
  const [event] = await events(bob)
  expect(event).toEqual({
    id: sent.payload.id as string,
    sender_did: alice.did,
    recipient_did: bob.did,
    payload: text,
    timestamp: expect.any(Number),
    created_at: expect.any(Number),
  })
  expect(await events(alice)).toEqual([])
  const ids = [sent.payload.id ?? ""]
  expect((await alice.ask("ACKNOWLEDGE_PENDING_EVENTS", { ids })).payload).toEqual({ acknowledged: 0 })
  expect((await bob.ask("ACKNOWLEDGE_PENDING_EVENTS", { ids: [...ids, ...ids] })).payload).toEqual({ acknowledged: 1 })
  expect(await events(bob)).toEqual([])
})

test("events and contract requests are acknowledged each by its own command", async () => {
  await using t = await town()
  const [alice, bob] = await t.friends()
  const event = (await alice.send(bob.did, "event", t.home)).payload.id ?? ""
  const request = (await alice.requestContract(bob.did, t.home)).payload.request_id ?? ""
  const type = "ACKNOWLEDGE_PENDING_COMMUNICATION_CONTRACT_REQUESTS"
  expect((await bob.ask("ACKNOWLEDGE_PENDING_EVENTS", { ids: [request] })).payload).toEqual({ acknowledged: 0 })
  expect((await bob.ask(type, { ids: [event] })).payload).toEqual({ acknowledged: 0 })
  expect((await bob.ask("ACKNOWLEDGE_PENDING_EVENTS", { ids: [event] })).payload).toEqual({ acknowledged: 1 })
  expect((await bob.ask(type, { ids: [request] })).payload).toEqual({ acknowledged: 1 })
})

test("saved events are found by all or any of their tags, exactly, and an id makes saving idempotent", async () => {
  await using t = await town()
  const alice = await t.resident("alice")
  const id = crypto.randomUUID()
  const save = () =>
    alice.ask("SAVE_EVENTS", {
      events: [
        { id, payload: "one", tags: ["a", "b"] },
        { payload: "two", tags: ["b", "%61"] },
      ],
    })
  const first = await save()
  expect(first.payload.event_ids).toEqual([id, expect.stringMatching(UUID7)])
  expect((await save()).payload.event_ids).toEqual([id, expect.stringMatching(UUID7)])
  const found = async (fields: { tags?: string[]; match?: string }) =>
    (await alice.all("QUERY_EVENTS", "events", fields)).map(({ payload }) => payload)
  expect(await found({})).toEqual(["one", "two", "two"])
  expect(await found({ tags: ["a", "b"] })).toEqual(["one"])
  expect(await found({ tags: ["a", "%61"], match: "any" })).toEqual(["one", "two", "two"])
  expect(await found({ tags: ["A"] })).toEqual([])
  const [event] = await alice.all("QUERY_EVENTS", "events", { tags: ["a"] })
  expect(event).toEqual({
    id,
    payload: "one",
    tags: ["a", "b"],
    timestamp: expect.any(Number),
    created_at: expect.any(Number),
  })
})

test("retagging replaces the whole set, of one's own events only", async () => {
  await using t = await town()
  const [alice, bob] = [await t.resident("alice"), await t.resident("bob")]
  const { payload } = await alice.ask("SAVE_EVENTS", { events: [{ payload: "x", tags: ["old", "kept"] }] })
  const [event_id = ""] = payload.event_ids as string[]
  const retag = {
    updates: [
      { event_id, tags: ["new", "kept"] },
      { event_id: "unknown", tags: [] },
    ],
  }
  expect((await bob.ask("UPDATE_EVENT_TAGS", retag)).payload).toEqual({ updated: 0 })
  expect((await alice.ask("UPDATE_EVENT_TAGS", retag)).payload).toEqual({ updated: 1 })
  expect(await alice.all("QUERY_EVENTS", "events", { tags: ["old"] })).toEqual([])
  expect(await alice.all("QUERY_EVENTS", "events", { tags: ["new"] })).toMatchObject([{ tags: ["new", "kept"] }])
})

test("commands about nothing are answered, and still use their nonce up", async () => {
  await using t = await town()
  const alice = await t.resident("alice")
  expect((await alice.ask("SAVE_EVENTS", { events: [] })).payload).toEqual({ event_ids: [] })
  expect((await alice.ask("ACKNOWLEDGE_PENDING_EVENTS", { ids: [] })).payload).toEqual({ acknowledged: 0 })
  expect((await alice.ask("UPDATE_EVENT_TAGS", { updates: [] })).payload).toEqual({ updated: 0 })
})

test("who uses both protocols sees in each only what came by it", async () => {
  await using t = await town()
  const [alice, bob] = await t.friends()
  const key = importPrivateKey(await crypto.subtle.exportKey("jwk", bob.preKey.privateKey))
  const kid = `${bob.did}#pre-key`
  const wallet = createResident()
  /** Asks in DIDComm as the DID that Decentrl knows, too. */
  async function ask(draft: Draft) {
    const message = { ...wallet.plaintext({ return_route: "all", ...draft }, t.did), from: bob.did }
    const { text } = await t.post(await wallet.auth(message, t.did, { kid, key: key as PrivateKey }))
    const jwe = parseJwe(JSON.parse(text))
    const theirs = findKey(decodePeer(t.did), "keyAgreement", jwe.skid ?? "")
    return JSON.parse(new TextDecoder().decode(await openJwe(jwe, { kid, key: key as PrivateKey }, theirs)))
  }
  expect((await ask({ type: `${coordination3}/mediate-request` })).type).toBe(`${coordination3}/mediate-grant`)
  const updates = [{ recipient_did: bob.did, action: "add" }]
  await ask({ type: `${coordination3}/recipient-update`, body: { updates } })
  await alice.send(bob.did, "by Decentrl", t.home)
  const other = createResident()
  const sealed = await other.auth(other.plaintext({ type: "any" }, other.did), other.did)
  await t.post(await wallet.anon(t.forward(wallet, bob.did, sealed), t.did))

  expect(await payloads(bob)).toEqual(["by Decentrl"])
  const status = await ask({ type: `${pickup3}/status-request` })
  expect(status.body).toMatchObject({ message_count: 1 })
})
