import { afterAll, describe, expect, test } from "bun:test"
import { fakeClock } from "../kit/clock.ts"
import { command, createIdentity, post } from "../kit/decentrl.ts"
import { agree, type Client, type Fields, told, town } from "./people.ts"

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

const goodText = JSON.stringify(await good())
const longDid = (await createIdentity("x", `did:web:${"x".repeat(900)}`)).did

afterAll(() => shared[Symbol.asyncDispose]())

describe("what is not a command is INVALID_COMMAND:", () => {
  const deep = (levels: number) => `${'{"a":'.repeat(levels)}1${"}".repeat(levels)}`
  const text = goodText
  test.each([
    ["nothing", ""],
    ["no JSON", "hello"],
    ["an array", "[]"],
    ["null", "null"],
    ["a byte order mark", `\uFEFF${text}`],
    ["half of one", text.slice(0, -9)],
    ["two of them", text + text],
    ["a duplicate member at the top", text.replace("{", '{"signature":"x",')],
    ["a duplicate member deep inside", text.replace('"payload":{', '"payload":{"type":"x",')],
    ["a duplicate that is spelt with an escape", text.replace('"payload":{', '"payload":{"\\u0074ype":"x",')],
    ["__proto__", text.replace('"payload":{', '"payload":{"__proto__":{},')],
    ["a lone surrogate", text.replace('"payload":{', '"payload":{"a":"\\ud800",')],
    ["a lone surrogate in a name", text.replace('"payload":{', '"payload":{"\\udc00":1,')],
    ["a number that is not finite", text.replace('"payload":{', '"payload":{"a":1e400,')],
    ["a number beyond 2^53", text.replace('"payload":{', '"payload":{"a":9007199254740993,')],
    ["a depth of 33", text.replace('"payload":{', `"payload":{"a":${deep(31)},`)],
    ["a depth of 100,000", deep(100_000)],
  ])("%s", async (_, given) => {
    expect(await refusal(given)).toBe("400 INVALID_COMMAND")
  })

  test("a depth of 32 is none of these", async () => {
    expect(await refusal(await good({ type: "QUERY_PENDING_EVENTS", a: JSON.parse(deep(30)) }))).toBe("200")
  })

  test.each<[string, (given: Awaited<ReturnType<typeof good>>) => unknown]>([
    ["no header", ({ header: _, ...rest }) => rest],
    ["no payload", ({ payload: _, ...rest }) => rest],
    ["no signature", ({ signature: _, ...rest }) => rest],
    ["a payload that is an array", (given) => ({ ...given, payload: [] })],
    ["a header that is text", (given) => ({ ...given, header: "x" })],
    ["a signature that is a number", (given) => ({ ...given, signature: 1 })],
    ["another channel", (given) => ({ ...given, header: { ...given.header, channel: "THREE_WAY" } })],
    ["a timestamp in text", (given) => ({ ...given, header: { ...given.header, timestamp: "1" } })],
    ["half a millisecond", (given) => ({ ...given, header: { ...given.header, timestamp: 0.5 } })],
    ["a nonce that is no UUID", (given) => ({ ...given, header: { ...given.header, nonce: "1" } })],
    ["no sender", (given) => ({ ...given, header: { ...given.header, sender_did: undefined } })],
    ["no recipient", (given) => ({ ...given, header: { ...given.header, recipient_did: null } })],
    ["no key id", (given) => ({ ...given, header: { ...given.header, sender_signing_key_id: undefined } })],
  ])("%s", async (_, spoil) => {
    expect(await refusal(JSON.stringify(spoil(await good())))).toBe("400 INVALID_COMMAND")
  })

  test("a command to another than whom it is for", async () => {
    for (const to of [bob.did, stranger.did, "", "did:web:elsewhere.example", `${home.did}#signing`]) {
      const given = await command(alice, "DIRECT_AUTHENTICATED", to, { type: "QUERY_PENDING_EVENTS" })
      expect([to, await refusal(given)]).toEqual([to, "400 INVALID_COMMAND"])
      const shown = await command(alice, "ONE_WAY_PUBLIC", to, { type: "DELETE_PUBLIC_EVENT", public_event_id: "1" })
      expect([to, await refusal(shown)]).toEqual([to, "400 INVALID_COMMAND"])
    }
  })

  test("a response to another than the requestor", async () => {
    const contract = await agree(alice, carol)
    const response = { type: "COMMUNICATION_CONTRACT_RESPONSE", contract }
    expect(await refusal(await command(carol, "DIRECT_AUTHENTICATED", bob.did, response))).toBe("400 INVALID_COMMAND")
  })
})

describe("the door", () => {
  test("another media type is UNSUPPORTED_MEDIA_TYPE, and so is a content encoding", async () => {
    const body = JSON.stringify(await good())
    for (const headers of [
      { "Content-Type": "text/plain" },
      { "Content-Type": "application/didcomm-encrypted+json" },
      { "Content-Type": "application/json", "Content-Encoding": "gzip" },
    ] as Record<string, string>[]) {
      const response = await fetch(`${url}/decentrl`, { method: "POST", body, headers })
      expect([response.status, await response.json()]).toMatchObject([
        415,
        { type: "ERROR", code: "UNSUPPORTED_MEDIA_TYPE", message: expect.any(String) },
      ])
    }
    const headers = { "Content-Type": "Application/JSON; charset=utf-8" }
    expect((await fetch(`${url}/decentrl`, { method: "POST", body, headers })).status).toBe(200)
  })

  test("more than the limit is PAYLOAD_TOO_LARGE, said or in chunks", async () => {
    const body = "x".repeat(1024 * 1024 + 1)
    expect(await refusal(body)).toBe("413 PAYLOAD_TOO_LARGE")
    const headers = { "Content-Type": "application/json" }
    const chunks = new Response(new Blob([body])).body
    const response = await fetch(`${url}/decentrl`, { method: "POST", body: chunks, headers })
    expect([response.status, await response.json()]).toMatchObject([413, { code: "PAYLOAD_TOO_LARGE" }])
  })

  test("browsers anywhere are clients", async () => {
    const preflight = await fetch(`${url}/decentrl`, { method: "OPTIONS" })
    expect(preflight.status).toBe(204)
    expect(preflight.headers.get("access-control-allow-headers")).toContain("Content-Type")
    for (const given of [preflight, await fetch(`${url}/decentrl`, { method: "POST" }), await shared.show(alice.did)]) {
      expect(given.headers.get("access-control-allow-origin")).toBe("*")
      expect(given.headers.has("access-control-allow-credentials")).toBe(false)
    }
  })
})

describe("who it is", () => {
  test("a timestamp over five minutes away is TIMESTAMP_OUT_OF_RANGE, to the millisecond", async () => {
    const clock = fakeClock(Date.now())
    await using t = await town({}, { clock })
    const dave = await t.resident("dave")
    const at = async (timestamp: number) => {
      const payload = { type: "QUERY_PENDING_EVENTS" }
      return told(await post(t.url, await command(dave, "DIRECT_AUTHENTICATED", t.home.did, payload, { timestamp })))
    }
    expect(await at(clock.now() - 300_000)).toBe("200")
    expect(await at(clock.now() + 300_000)).toBe("200")
    for (const timestamp of [clock.now() - 300_001, clock.now() + 300_001, 0, -1, 2 ** 53 - 1]) {
      expect(await at(timestamp)).toBe("401 TIMESTAMP_OUT_OF_RANGE")
    }
  })

  test.each([
    ["another method", "did:web:localhost"],
    ["a method that DIDComm knows", "did:key:z6MkhaXgBZDvotDkL5257faiztiGiC2QtKLGpbnnEGta2doK"],
    ["no DID", "alice"],
    ["three parts", alice.did.split(":").slice(0, -1).join(":")],
    ["keys the wrong way round", alice.did.replace(/(z6Mk\w+):(z6LS\w+)/, "$2:$1")],
    ["a key that is damaged", alice.did.replace("z6Mk", "z6Mk1")],
    ["an alias over 128 bytes", alice.did.replace(/:[^:]*(?=:z6Mk)/, `:${btoa("x".repeat(129)).replaceAll("=", "")}`)],
    ["a mediator that is no DID", `${alice.did.split(":").slice(0, -1).join(":")}:${btoa("mediator")}`],
    ["over 1,024 characters", longDid],
  ])("%s is DID_RESOLUTION_FAILED", async (_, sender_did) => {
    const given = await good(undefined, { sender_did, sender_signing_key_id: `${sender_did}#signing` })
    expect(await refusal(given)).toBe("401 DID_RESOLUTION_FAILED")
  })

  test("a signature that does not hold is INVALID_SIGNATURE", async () => {
    const given = await good()
    const other = await good()
    const bytes = Uint8Array.fromBase64(given.signature)
    const texts = [other.signature, "", "*", given.signature.slice(4), `${given.signature}AAAA`]
    texts.push(bytes.with(0, (bytes[0] ?? 0) ^ 1).toBase64(), bytes.slice(0, 63).toBase64())
    for (const signature of texts) expect(await refusal({ ...given, signature })).toBe("401 INVALID_SIGNATURE")
    const changed = { ...given, header: { ...given.header, nonce: crypto.randomUUID() } }
    expect(await refusal(changed)).toBe("401 INVALID_SIGNATURE")
    expect(await refusal({ ...given, payload: { ...given.payload, more: 1 } })).toBe("401 INVALID_SIGNATURE")
  })

  test("another's signature, or another key id, is INVALID_SIGNATURE", async () => {
    const named = { sender_did: bob.did, sender_signing_key_id: `${bob.did}#signing` }
    expect(await refusal(await good(undefined, named))).toBe("401 INVALID_SIGNATURE")
    for (const id of ["", "#signing", alice.did, `${alice.did}#pre-key`, `${alice.did}#key-1`, `${bob.did}#signing`]) {
      expect(await refusal(await good(undefined, { sender_signing_key_id: id }))).toBe("401 INVALID_SIGNATURE")
    }
  })

  test("a signature is read in either alphabet, padded or not, whatever the order of the members", async () => {
    const { header, payload, signature } = await good()
    const reversed = { signature, payload, header: Object.fromEntries(Object.entries(header).reverse()) }
    expect(await refusal(reversed)).toBe("200")
    const bare = await good()
    const url64 = bare.signature.replaceAll("+", "-").replaceAll("/", "_").replace(/=+$/, "")
    expect(await refusal({ ...bare, signature: url64 })).toBe("200")
  })

  test("another spelling of the same DID is another identity", async () => {
    const padded = `${alice.did.replace(/:([\w-]+):z6Mk/, ":$1==:z6Mk")}`
    const sender_signing_key_id = `${padded}#signing`
    expect(padded).not.toBe(alice.did)
    expect(await refusal(await good(undefined, { sender_did: padded, sender_signing_key_id }))).toBe(
      "403 NOT_REGISTERED",
    )
  })
})

describe("who may", () => {
  test("a stranger may do nothing but ask for a contract and answer: NOT_REGISTERED", async () => {
    const types = [
      "QUERY_PENDING_COMMUNICATION_CONTRACT_REQUESTS",
      "ACKNOWLEDGE_PENDING_COMMUNICATION_CONTRACT_REQUESTS",
      "SAVE_COMMUNICATION_CONTRACT",
      "QUERY_COMMUNICATION_CONTRACTS",
      "QUERY_PENDING_EVENTS",
      "ACKNOWLEDGE_PENDING_EVENTS",
      "SAVE_EVENTS",
      "QUERY_EVENTS",
      "UPDATE_EVENT_TAGS",
      "NO_SUCH_THING",
    ]
    for (const type of types) expect([type, await asked(stranger, type)]).toEqual([type, "403 NOT_REGISTERED"])
    expect(told(await stranger.publish("c", "{}", []))).toBe("403 NOT_REGISTERED")
    const gone = await command(stranger, "ONE_WAY_PUBLIC", home.did, { type: "DELETE_PUBLIC_EVENT" })
    expect(await refusal(gone)).toBe("403 NOT_REGISTERED")
  })

  test("what is not there is UNKNOWN_COMMAND, and so is a command on another channel", async () => {
    for (const type of ["NO_SUCH_THING", "PUBLISH_PUBLIC_EVENT", "", "constructor", "query_events"]) {
      expect([type, await asked(alice, type)]).toEqual([type, "400 UNKNOWN_COMMAND"])
    }
    for (const payload of [{}, { type: 1 }, { type: null }, { type: ["QUERY_EVENTS"] }]) {
      expect(await refusal(await good(payload))).toBe("400 UNKNOWN_COMMAND")
    }
    const shown = await command(alice, "ONE_WAY_PUBLIC", home.did, { type: "QUERY_EVENTS" })
    expect(await refusal(shown)).toBe("400 UNKNOWN_COMMAND")
  })

  test("a recipient that is not registered here is RECIPIENT_NOT_REGISTERED; the mediator is none", async () => {
    for (const did of [stranger.did, home.did, "", "did:web:elsewhere.example"]) {
      expect(told(await alice.send(did, "x", home))).toBe("404 RECIPIENT_NOT_REGISTERED")
    }
    expect(told(await alice.requestContract(stranger.did, home))).toBe("404 RECIPIENT_NOT_REGISTERED")
    const contract = await agree(stranger, alice)
    const response = await alice.tell(stranger.did, "COMMUNICATION_CONTRACT_RESPONSE", { contract }, home)
    expect(told(response)).toBe("404 RECIPIENT_NOT_REGISTERED")
  })

  test("without a contract of the two, COMMUNICATION_CONTRACT_NOT_VALID", async () => {
    expect(told(await alice.send(carol.did, "x", home))).toBe("403 COMMUNICATION_CONTRACT_NOT_VALID")
    expect(told(await stranger.send(bob.did, "x", home))).toBe("403 COMMUNICATION_CONTRACT_NOT_VALID")
  })
})
