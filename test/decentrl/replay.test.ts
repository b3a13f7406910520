import { expect, test } from "bun:test"
import { fakeClock } from "../kit/clock.ts"
import { command, makeOffer, post, sealOffer, sign } from "../kit/decentrl.ts"
import { executable } from "../kit/executable.ts"
import { agree, befriend, type Client, events, type Fields, meetAt, payloads, told, town } from "./people.ts"

/** One command of every kind that alice may send bob's mediator. */
async function everyKind(alice: Client, bob: Client, home: { did: string; preKey: string }) {
  const direct = (type: string, fields: Fields = {}, to = home.did) =>
    command(alice, "DIRECT_AUTHENTICATED", to, { type, ...fields })
  const forBob = await makeOffer(alice, bob.did)
  const forHome = await makeOffer(alice, home.did)
  const shown = { channel_id: "c", event: "{}", tags: [], timestamp: 1 }
  const event_signature = await sign(alice.signing.privateKey, shown)
  return {
    send: await command(alice, "TWO_WAY_PRIVATE", bob.did, { payload: "once" }),
    publish: await command(alice, "ONE_WAY_PUBLIC", home.did, {
      type: "PUBLISH_PUBLIC_EVENT",
      ...shown,
      event_signature,
    }),
    unpublish: await command(alice, "ONE_WAY_PUBLIC", home.did, {
      type: "DELETE_PUBLIC_EVENT",
      public_event_id: "none",
    }),
    request: await direct(
      "REQUEST_COMMUNICATION_CONTRACT",
      await sealOffer(forBob.offer, forBob.ephemeral, bob.preKey.multikey),
      bob.did,
    ),
    register: await direct(
      "REQUEST_COMMUNICATION_CONTRACT",
      await sealOffer(forHome.offer, forHome.ephemeral, home.preKey),
    ),
    respond: await direct("COMMUNICATION_CONTRACT_RESPONSE", { contract: await agree(bob, alice) }, bob.did),
    requests: await direct("QUERY_PENDING_COMMUNICATION_CONTRACT_REQUESTS"),
    acknowledgeRequests: await direct("ACKNOWLEDGE_PENDING_COMMUNICATION_CONTRACT_REQUESTS", { ids: [] }),
    saveContract: await direct("SAVE_COMMUNICATION_CONTRACT", { contract: await agree(alice, bob) }),
    contracts: await direct("QUERY_COMMUNICATION_CONTRACTS"),
    pending: await direct("QUERY_PENDING_EVENTS"),
    acknowledge: await direct("ACKNOWLEDGE_PENDING_EVENTS", { ids: [] }),
    save: await direct("SAVE_EVENTS", { events: [{ payload: "once", tags: [] }] }),
    saveNothing: await direct("SAVE_EVENTS", { events: [] }),
    query: await direct("QUERY_EVENTS"),
    retag: await direct("UPDATE_EVENT_TAGS", { updates: [] }),
  }
}

test("every command is done once: again it is NONCE_ALREADY_USED, also after a crash, and changes nothing", async () => {
  await using m = await executable(["--log-level", "error"])
  const { home, resident } = await meetAt(m.url)
  const [alice, bob] = [await resident("alice"), await resident("bob")]
  await befriend(alice, bob)
  const commands = Object.entries(await everyKind(alice, bob, home))
  for (const [name, given] of commands) expect([name, told(await post(m.url, given))]).toEqual([name, "200"])
  const twice = async () => {
    for (const [name, given] of commands) {
      expect([name, told(await post(m.url, given))]).toEqual([name, "409 NONCE_ALREADY_USED"])
    }
  }
  await twice()
  await m.kill9()
  await m.restart()
  await twice()
  expect(await payloads(bob)).toEqual(["once"])
  expect(await alice.all("QUERY_EVENTS", "events")).toMatchObject([{ payload: "once" }])
})

test("of fifty at the same time exactly one is done, whatever the command", async () => {
  await using t = await town({ "limits-per-did": "0" })
  const [alice, bob] = await t.friends()
  for (const [name, given] of Object.entries(await everyKind(alice, bob, t.home))) {
    const answers = await Promise.all(Array.from({ length: 50 }, () => post(t.url, given)))
    const done = answers.filter(({ status }) => status === 200)
    const rest = new Set(answers.filter(({ status }) => status !== 200).map(told))
    expect([name, done.length, [...rest]]).toEqual([name, 1, ["409 NONCE_ALREADY_USED"]])
  }
  expect(await payloads(bob)).toEqual(["once"])
})

test("of fifty first requests to register exactly one is answered with the contract", async () => {
  await using t = await town()
  const dave = await t.stranger("dave")
  const { offer, ephemeral } = await makeOffer(dave, t.home.did)
  const fields = await sealOffer(offer, ephemeral, t.home.preKey)
  const payload = { type: "REQUEST_COMMUNICATION_CONTRACT", ...fields }
  const given = await command(dave, "DIRECT_AUTHENTICATED", t.home.did, payload)
  const answers = await Promise.all(Array.from({ length: 50 }, () => post(t.url, given)))
  expect(answers.map(told).sort()).toEqual(["200", ...Array(49).fill("409 NONCE_ALREADY_USED")])
})

test("a nonce is its sender's: others may use the same, the sender in no spelling and for nothing else", async () => {
  await using t = await town()
  const [alice, bob] = await t.friends()
  const nonce = crypto.randomUUID()
  const ask = async (who: Client, given: string, type = "QUERY_PENDING_EVENTS") =>
    told(await post(t.url, await command(who, "DIRECT_AUTHENTICATED", t.home.did, { type }, { nonce: given })))
  expect(await ask(alice, nonce)).toBe("200")
  expect(await ask(bob, nonce)).toBe("200")
  expect(await ask(alice, nonce.toUpperCase())).toBe("409 NONCE_ALREADY_USED")
  expect(await ask(alice, nonce, "QUERY_COMMUNICATION_CONTRACTS")).toBe("409 NONCE_ALREADY_USED")
})

test("a command that was refused leaves its nonce free", async () => {
  await using t = await town()
  const [alice, bob] = [await t.resident("alice"), await t.resident("bob")]
  const given = await command(alice, "TWO_WAY_PRIVATE", bob.did, { payload: "at last" })
  expect(told(await post(t.url, { ...given, signature: given.signature.replace(/^./, "*") }))).toBe(
    "401 INVALID_SIGNATURE",
  )
  expect(told(await post(t.url, given))).toBe("403 COMMUNICATION_CONTRACT_NOT_VALID")
  await befriend(alice, bob)
  expect(told(await post(t.url, given))).toBe("200")
  expect(told(await post(t.url, given))).toBe("409 NONCE_ALREADY_USED")
  expect(await events(bob)).toHaveLength(1)
})

test("a nonce is remembered for as long as its timestamp could be taken", async () => {
  const clock = fakeClock(Date.now())
  await using t = await town({}, { clock })
  const alice = await t.resident("alice")
  const header = { timestamp: clock.now() + 300_000 }
  const given = await command(alice, "DIRECT_AUTHENTICATED", t.home.did, { type: "QUERY_PENDING_EVENTS" }, header)
  expect(told(await post(t.url, given))).toBe("200")
  for (const step of [1, 299_999, 299_999]) {
    clock.pass(step)
    expect(told(await post(t.url, given))).toBe("409 NONCE_ALREADY_USED")
  }
  clock.pass(2)
  expect(told(await post(t.url, given))).toBe("401 TIMESTAMP_OUT_OF_RANGE")
})
