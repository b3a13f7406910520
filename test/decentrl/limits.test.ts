import { afterAll, describe, expect, test } from "bun:test"
import { refused } from "../../src/decentrl/endpoint.ts"
import { Fault, faults } from "../../src/faults.ts"
import { fakeClock } from "../kit/clock.ts"
import { command, inAnHour, makeOffer, post, sealOffer } from "../kit/decentrl.ts"
import { agree, befriend, type Client, type Fields, told, town } from "./people.ts"

const shared = await town()
const [alice, bob] = await shared.friends()
const carol = await shared.resident("carol")
const stranger = await shared.stranger()
const { home, url } = shared

/** A good command of alice's, to be spoilt. */
const good = (payload: Fields = { type: "QUERY_PENDING_EVENTS" }, header: Fields = {}) =>
  command(alice, "DIRECT_AUTHENTICATED", home.did, payload, header)
const refusal = async (given: Parameters<typeof post>[1]) => told(await post(url, given))
const asked = async (who: Client, type: string, fields: Fields = {}) => told(await who.ask(type, fields))

afterAll(() => shared[Symbol.asyncDispose]())

describe("limits", () => {
  test("a payload over 256 KiB is PAYLOAD_TOO_LARGE, one of 256 KiB is not", async () => {
    const most = "é".repeat(128 * 1024)
    expect(told(await alice.send(bob.did, most, home))).toBe("200")
    expect(told(await alice.send(bob.did, `${most}x`, home))).toBe("413 PAYLOAD_TOO_LARGE")
    const events = [
      { payload: "small", tags: [] },
      { payload: `${most}x`, tags: [] },
    ]
    expect(await asked(alice, "SAVE_EVENTS", { events })).toBe("413 PAYLOAD_TOO_LARGE")
    expect(await alice.all("QUERY_EVENTS", "events")).toEqual([])
    expect(told(await alice.publish("c", `${most}x`, []))).toBe("413 PAYLOAD_TOO_LARGE")
  })

  test("a full mailbox is MAILBOX_FULL for mail and archive alike, and takes again once there is room", async () => {
    await using t = await town({ "mailbox-max-messages": "2" })
    const [one, two] = await t.friends()
    const full = "429 MAILBOX_FULL"
    // The contract that bob saved is one of his two.
    expect(told(await one.send(two.did, "first", t.home))).toBe("200")
    expect(told(await one.send(two.did, "second", t.home))).toBe(full)
    expect(told(await one.requestContract(two.did, t.home))).toBe(full)
    expect(told(await two.ask("SAVE_EVENTS", { events: [{ payload: "x", tags: [] }] }))).toBe(full)
    expect(told(await two.publish("c", "{}", []))).toBe(full)
    const again = await agree(one, two)
    expect(told(await two.ask("SAVE_COMMUNICATION_CONTRACT", { contract: again }))).toBe(full)
    expect(
      told(await one.tell(two.did, "COMMUNICATION_CONTRACT_RESPONSE", { contract: await agree(two, one) }, t.home)),
    ).toBe(full)
    // Neither registering nor emptying needs room.
    expect(told(await two.register())).toBe("200")
    const [{ id = "" } = {}] = await two.all("QUERY_PENDING_EVENTS", "pending_events")
    expect((await two.ask("ACKNOWLEDGE_PENDING_EVENTS", { ids: [id] })).payload).toEqual({ acknowledged: 1 })
    expect(told(await one.send(two.did, "third", t.home))).toBe("200")
  })

  test("a stranger may ask one identity five times an hour, then RATE_LIMITED", async () => {
    const clock = fakeClock(Date.now())
    await using t = await town({}, { clock })
    const [asker, one, two] = [await t.stranger(), await t.resident("one", inAnHour() + 3_600), await t.resident("two")]
    const ask = async (to: Client, at = Date.now()) => {
      const { offer, ephemeral } = await makeOffer(asker, to.did)
      const fields = await sealOffer(offer, ephemeral, to.preKey.multikey)
      const payload = { type: "REQUEST_COMMUNICATION_CONTRACT", ...fields }
      return post(t.url, await command(asker, "DIRECT_AUTHENTICATED", to.did, payload, { timestamp: at }))
    }
    for (let n = 0; n < 5; n++) expect(told(await ask(one))).toBe("200")
    expect(told(await ask(one))).toBe("429 RATE_LIMITED")
    expect(told(await ask(two))).toBe("200")
    clock.pass(3_600_001)
    expect(told(await ask(one, clock.now()))).toBe("200")
  })

  test("one identity sends so many commands, fetches apart from them, and is told when there is room again", async () => {
    const clock = fakeClock(Date.now())
    const token = "a-token-for-figures"
    const few = { "limits-per-did": "1", "limits-burst": "4s", "limits-per-address": "0", "metrics-token": token }
    await using t = await town(few, { clock })
    // Registering and keeping a contract are commands, too.
    const [one, two] = await t.friends()
    clock.pass(10_000)
    const send = (who: Client, to: Client) =>
      command(who, "TWO_WAY_PRIVATE", to.did, { payload: "x" }, { timestamp: clock.now() }).then(async (given) => ({
        given,
        response: await fetch(`${t.url}/decentrl`, {
          method: "POST",
          headers: { "Content-Type": "application/json" },
          body: JSON.stringify(given),
        }),
      }))
    for (let n = 0; n < 4; n++) expect((await send(one, two)).response.status).toBe(200)
    const { given, response } = await send(one, two)
    expect(response.status).toBe(429)
    expect(response.headers.get("retry-after")).toBe("1")
    expect(await response.json()).toMatchObject({ type: "ERROR", code: "RATE_LIMITED" })
    // Reading and acknowledging have room of their own, and others theirs.
    const at = { timestamp: clock.now() }
    const fetchOwn = async (payload: Fields) =>
      told(await post(t.url, await command(one, "DIRECT_AUTHENTICATED", t.home.did, payload, at)))
    expect(await fetchOwn({ type: "QUERY_PENDING_EVENTS" })).toBe("200")
    expect(await fetchOwn({ type: "ACKNOWLEDGE_PENDING_EVENTS", ids: [] })).toBe("200")
    expect(await fetchOwn({ type: "QUERY_COMMUNICATION_CONTRACTS" })).toBe("200")
    expect(await fetchOwn({ type: "QUERY_EVENTS", tags: [], match: "all" })).toBe("200")
    expect(await fetchOwn({ type: "QUERY_PENDING_EVENTS" })).toBe("429 RATE_LIMITED")
    expect((await send(two, one)).response.status).toBe(200)
    const figures = await (await fetch(`${t.url}/metrics`, { headers: { authorization: `Bearer ${token}` } })).text()
    expect(figures).toContain('restante_refusals_total{by="decentrl",code="message.too_often"} 2')
    // The refused command left its nonce free: the same bytes count once there is room.
    clock.pass(1_000)
    expect(told(await post(t.url, given))).toBe("200")
    expect(told(await post(t.url, given))).toBe("409 NONCE_ALREADY_USED")
  })

  test("many strangers at once fill no more than the requests that may wait", async () => {
    await using t = await town({ "decentrl-max-contract-requests": "3" })
    const one = await t.resident("one")
    const askers = await Promise.all(Array.from({ length: 6 }, () => t.stranger()))
    const answers = await Promise.all(askers.map((asker) => asker.requestContract(one.did, t.home)))
    expect(answers.map(told).sort()).toEqual([...Array(3).fill("200"), ...Array(3).fill("429 MAILBOX_FULL")])
    expect(
      told(
        await (async () => {
          await befriend(askers[0] as Client, one)
          return (askers[0] as Client).send(one.did, "events are not requests", t.home)
        })(),
      ),
    ).toBe("200")
  })

  test("what a database that fails refuses is INTERNAL_ERROR, and nothing was accepted", async () => {
    for (const code of Object.keys(faults) as (keyof typeof faults)[]) {
      const outbound = refused(new Fault(code, { detail: "secret detail" }))
      if (outbound.status !== "answered") throw new Error("not answered")
      expect(outbound.text).not.toContain("secret")
      expect(outbound.http).toBeGreaterThanOrEqual(400)
      expect(JSON.parse(outbound.text)).toEqual({
        type: "ERROR",
        code: faults[code].decentrl,
        message: expect.any(String),
      })
    }
  })
})

describe("the checks come in their order: each of these has every later fault, too", () => {
  const spoilt = { type: "NO_SUCH_THING" }
  test("shape, drift, DID, signature, registration, recipient, type, fields", async () => {
    const old = { timestamp: 1 }
    const nobody = { sender_did: "did:decentrl:x", sender_signing_key_id: "x" }
    expect(await refusal({ ...(await good(spoilt, { ...old, ...nobody, channel: "x" })) })).toBe("400 INVALID_COMMAND")
    expect(await refusal(await good(spoilt, { ...old, ...nobody }))).toBe("401 TIMESTAMP_OUT_OF_RANGE")
    expect(await refusal(await good(spoilt, nobody))).toBe("401 DID_RESOLUTION_FAILED")
    const unsigned = { ...(await command(stranger, "DIRECT_AUTHENTICATED", bob.did, spoilt)), signature: "x" }
    expect(await refusal(unsigned)).toBe("401 INVALID_SIGNATURE")
    expect(await refusal(await command(stranger, "DIRECT_AUTHENTICATED", bob.did, spoilt))).toBe("403 NOT_REGISTERED")
    expect(await refusal(await command(alice, "DIRECT_AUTHENTICATED", bob.did, spoilt))).toBe("400 INVALID_COMMAND")
    const unknown = await command(alice, "TWO_WAY_PRIVATE", stranger.did, { payload: 1 })
    expect(await refusal(unknown)).toBe("404 RECIPIENT_NOT_REGISTERED")
    const without = await command(alice, "TWO_WAY_PRIVATE", carol.did, { payload: 1 })
    expect(await refusal(without)).toBe("403 COMMUNICATION_CONTRACT_NOT_VALID")
  })

  test("a nonce that was used comes before registration, contract and body", async () => {
    const { header } = await good()
    const first = await good(undefined, header)
    expect(await refusal(first)).toBe("200")
    const again = await command(alice, "TWO_WAY_PRIVATE", stranger.did, {}, { nonce: header.nonce ?? "" })
    expect(await refusal(again)).toBe("409 NONCE_ALREADY_USED")
    expect(await refusal({ ...again, signature: "x" })).toBe("401 INVALID_SIGNATURE")
  })
})
