import { afterAll, describe, expect, test } from "bun:test"
import { acceptOffer, command, inAnHour, makeOffer, post, sealOffer, sign } from "../kit/decentrl.ts"
import { agree, type Client, type Fields, told, town } from "./people.ts"

const shared = await town()
const [alice, bob] = await shared.friends()
const carol = await shared.resident("carol")
const { home, url } = shared

const refusal = async (given: Parameters<typeof post>[1]) => told(await post(url, given))
const asked = async (who: Client, type: string, fields: Fields = {}) => told(await who.ask(type, fields))

afterAll(() => shared[Symbol.asyncDispose]())

describe("contracts that are not good", () => {
  const save = (who: Client, contract: unknown) =>
    asked(who, "SAVE_COMMUNICATION_CONTRACT", { contract: contract as Fields })

  test("expired, altered, somebody else's: COMMUNICATION_CONTRACT_NOT_VALID", async () => {
    const contract = await agree(alice, carol)
    const notValid = "403 COMMUNICATION_CONTRACT_NOT_VALID"
    expect(await save(alice, await agree(alice, carol, Math.floor(Date.now() / 1000)))).toBe(notValid)
    expect(await save(alice, await agree(alice, carol, -1))).toBe(notValid)
    expect(await save(bob, contract)).toBe(notValid)
    expect(await save(alice, { ...contract, expires_at: contract.expires_at + 1 })).toBe(notValid)
    expect(await save(alice, { ...contract, requestor_signature: contract.recipient_signature })).toBe(notValid)
    expect(await save(alice, { ...contract, recipient_signature: contract.requestor_signature })).toBe(notValid)
    expect(await save(alice, { ...contract, recipient_signature: "" })).toBe(notValid)
    expect(await save(alice, { ...contract, recipient_did: bob.did })).toBe(notValid)
    expect(await save(alice, { ...contract, recipient_signing_key_id: `${carol.did}#pre-key` })).toBe(notValid)
    const answer = (who: Client) => who.tell(alice.did, "COMMUNICATION_CONTRACT_RESPONSE", { contract }, home)
    expect(told(await answer(bob))).toBe(notValid)
    expect(
      await save(alice, await (await acceptOffer(alice, (await makeOffer(alice, carol.did)).offer)).contract),
    ).toBe(notValid)
  })

  test("unreadable: INVALID_PAYLOAD", async () => {
    const contract = await agree(alice, carol)
    const { requestor_signature: _, ...short } = contract
    const key = alice.signing.multikey
    for (const given of [
      null,
      "x",
      [],
      {},
      short,
      { ...contract, more: 1 },
      { ...contract, expires_at: "never" },
      { ...contract, expires_at: 1.5 },
      { ...contract, expires_at: 8_640_000_000_001 },
      { ...contract, recipient_ephemeral_public_key: key },
      { ...contract, requestor_ephemeral_public_key: "z6LS" },
    ]) {
      expect([given, await save(alice, given)]).toEqual([given, "400 INVALID_PAYLOAD"])
    }
  })

  test("a request to the mediator that is not what its command says: COMMUNICATION_CONTRACT_NOT_VALID", async () => {
    const dave = await shared.stranger("dave")
    const sent = async (offered: Awaited<ReturnType<typeof makeOffer>>, change: Fields = {}, preKey = home.preKey) =>
      asked(dave, "REQUEST_COMMUNICATION_CONTRACT", {
        ...(await sealOffer({ ...offered.offer, ...change }, offered.ephemeral, preKey)),
      })
    const notValid = "403 COMMUNICATION_CONTRACT_NOT_VALID"
    expect(await sent(await makeOffer(dave, home.did, Math.floor(Date.now() / 1000) - 1))).toBe(notValid)
    expect(await sent(await makeOffer(alice, home.did))).toBe(notValid)
    expect(await sent(await makeOffer(dave, alice.did))).toBe(notValid)
    expect(await sent(await makeOffer(dave, home.did), { expires_at: inAnHour() + 9 })).toBe(notValid)
    expect(await sent(await makeOffer(dave, home.did), { requestor_signature: "AAAA" })).toBe(notValid)
    expect(await sent(await makeOffer(dave, home.did), {}, alice.preKey.multikey)).toBe("400 INVALID_PAYLOAD")
    expect(await sent(await makeOffer(dave, home.did), { expires_at: null })).toBe("400 INVALID_PAYLOAD")
    expect(await asked(dave, "QUERY_PENDING_EVENTS")).toBe("403 NOT_REGISTERED")
  })

  test("a request with fields that are no keys or no base64 is INVALID_PAYLOAD", async () => {
    const { offer, ephemeral } = await makeOffer(alice, bob.did)
    const fields = await sealOffer(offer, ephemeral, bob.preKey.multikey)
    for (const change of [
      { requestor_ephemeral_public_key: "z6LS" },
      { requestor_ephemeral_public_key: alice.signing.multikey },
      { encrypted_contract_request: "*" },
      { encrypted_contract_request: 1 },
    ]) {
      const answer = await alice.tell(bob.did, "REQUEST_COMMUNICATION_CONTRACT", { ...fields, ...change }, home)
      expect(told(answer)).toBe("400 INVALID_PAYLOAD")
    }
  })
})

describe("fields out of range are INVALID_PAYLOAD", () => {
  const event = { payload: "x", tags: [] as string[] }
  const id = crypto.randomUUID()
  test.each<[string, Fields]>([
    ["SAVE_EVENTS", {}],
    ["SAVE_EVENTS", { events: {} }],
    ["SAVE_EVENTS", { events: [[]] }],
    ["SAVE_EVENTS", { events: [{ payload: "x" }] }],
    ["SAVE_EVENTS", { events: [{ payload: {}, tags: [] }] }],
    ["SAVE_EVENTS", { events: [{ ...event, id: "1" }] }],
    ["SAVE_EVENTS", { events: [{ ...event, tags: ["x".repeat(513)] }] }],
    ["SAVE_EVENTS", { events: [{ ...event, tags: Array.from({ length: 33 }, String) }] }],
    ["SAVE_EVENTS", { events: Array.from({ length: 101 }, () => event) }],
    ["QUERY_EVENTS", { tags: "x" }],
    ["QUERY_EVENTS", { tags: [1] }],
    ["QUERY_EVENTS", { match: "none" }],
    ["QUERY_EVENTS", { pagination: [] }],
    ["QUERY_EVENTS", { pagination: { limit: 0 } }],
    ["QUERY_EVENTS", { pagination: { limit: 1.5 } }],
    ["QUERY_EVENTS", { pagination: { limit: "9" } }],
    ["QUERY_EVENTS", { pagination: { cursor: "x" } }],
    ["QUERY_EVENTS", { pagination: { cursor: 1 } }],
    ["QUERY_PENDING_EVENTS", { pagination: { cursor: "9999999999999999" } }],
    ["UPDATE_EVENT_TAGS", { updates: [{ event_id: id }] }],
    ["UPDATE_EVENT_TAGS", { updates: [{ event_id: 1, tags: [] }] }],
    ["ACKNOWLEDGE_PENDING_EVENTS", { ids: id }],
    ["ACKNOWLEDGE_PENDING_EVENTS", { ids: [1] }],
    ["ACKNOWLEDGE_PENDING_COMMUNICATION_CONTRACT_REQUESTS", {}],
  ])("%s %j", async (type, fields) => {
    expect(await asked(alice, type, fields)).toBe("400 INVALID_PAYLOAD")
  })

  test("of an event between two, and of a public one", async () => {
    for (const payload of [{}, { payload: 1 }, { payload: {} }]) {
      expect(await refusal(await command(alice, "TWO_WAY_PRIVATE", bob.did, payload))).toBe("400 INVALID_PAYLOAD")
    }
    const shown = { channel_id: "c", event: "{}", tags: [], timestamp: 1 }
    for (const change of [
      { channel_id: 1 },
      { event: {} },
      { tags: "x" },
      { timestamp: "1" },
      { event_signature: 1 },
    ]) {
      const event_signature = await sign(alice.signing.privateKey, shown)
      const payload = { type: "PUBLISH_PUBLIC_EVENT", ...shown, event_signature, ...change }
      expect(await refusal(await command(alice, "ONE_WAY_PUBLIC", home.did, payload))).toBe("400 INVALID_PAYLOAD")
    }
  })

  test("the event's own signature counts, too: INVALID_SIGNATURE", async () => {
    const shown = { channel_id: "c", event: "{}", tags: [], timestamp: 1 }
    const event_signature = await sign(bob.signing.privateKey, shown)
    const payload = { type: "PUBLISH_PUBLIC_EVENT", ...shown, event_signature }
    expect(await refusal(await command(alice, "ONE_WAY_PUBLIC", home.did, payload))).toBe("401 INVALID_SIGNATURE")
  })

  test("at the limit everything is taken", async () => {
    const tags = Array.from({ length: 32 }, (_, at) => String(at).padEnd(512, "x"))
    expect(await asked(carol, "SAVE_EVENTS", { events: [{ payload: "x", tags }] })).toBe("200")
    const events = Array.from({ length: 100 }, () => event)
    expect(await asked(carol, "SAVE_EVENTS", { events })).toBe("200")
    const { payload } = await carol.ask("QUERY_EVENTS", { pagination: { limit: 1_000_000 } })
    expect(payload.pagination).toEqual({ count: 101, remaining: 0, next_cursor: null })
  })
})
