import { afterAll, expect, test } from "bun:test"
import fc from "fast-check"
import { statuses } from "../../src/decentrl/wire.ts"
import { type Channel, command, type Fields, type Json, post, sign } from "../kit/decentrl.ts"
import { tries } from "../kit/seed.ts"
import { town } from "./people.ts"

/** Whatever is sent, the answer is one of the profile's, with its status, and nothing is logged as a failure. */

const t = await town({ "limits-per-did": "0" })
const [alice, bob] = await t.friends()
afterAll(() => t[Symbol.asyncDispose]())

async function isTyped(response: Response): Promise<void> {
  const answer = (await response.json()) as Fields
  if (answer.type === "SUCCESS") expect(response.status).toBe(200)
  else {
    expect(Object.keys(answer).sort()).toEqual(["code", "message", "type"])
    expect(answer.type).toBe("ERROR")
    expect([answer.code, response.status]).toEqual([answer.code, statuses[answer.code as keyof typeof statuses]])
    expect(answer.code).not.toBe("INTERNAL_ERROR")
  }
  expect(t.logged).toEqual([])
}
const send = (body: string | Uint8Array<ArrayBuffer>) =>
  fetch(`${t.url}/decentrl`, { method: "POST", body, headers: { "Content-Type": "application/json" } })

const odd = fc.oneof(
  { maxDepth: 3 },
  fc.constantFrom<Json>(
    null,
    true,
    0,
    -1,
    1.5,
    2 ** 53,
    "",
    "\u0000",
    "__proto__",
    [],
    {},
    [[]],
    [{}],
    "x".repeat(2_000),
  ),
  fc.string({ unit: "grapheme" }),
  fc.integer(),
  fc.constantFrom(alice.did, bob.did, t.home.did, `${bob.did}#signing`, alice.preKey.multikey, crypto.randomUUID()),
  fc.array(fc.string({ unit: "grapheme" }), { maxLength: 3 }),
)
const types = [
  "REQUEST_COMMUNICATION_CONTRACT",
  "COMMUNICATION_CONTRACT_RESPONSE",
  "QUERY_PENDING_COMMUNICATION_CONTRACT_REQUESTS",
  "ACKNOWLEDGE_PENDING_COMMUNICATION_CONTRACT_REQUESTS",
  "SAVE_COMMUNICATION_CONTRACT",
  "QUERY_COMMUNICATION_CONTRACTS",
  "QUERY_PENDING_EVENTS",
  "ACKNOWLEDGE_PENDING_EVENTS",
  "SAVE_EVENTS",
  "QUERY_EVENTS",
  "UPDATE_EVENT_TAGS",
  "PUBLISH_PUBLIC_EVENT",
  "DELETE_PUBLIC_EVENT",
]
const fieldNames = [
  "ids",
  "events",
  "updates",
  "tags",
  "match",
  "pagination",
  "contract",
  "payload",
  "channel_id",
  "event",
  "timestamp",
  "event_signature",
  "public_event_id",
  "requestor_ephemeral_public_key",
  "encrypted_contract_request",
]
const fields = fc.dictionary(
  fc.constantFrom(...fieldNames),
  fc.oneof(
    odd,
    fc.array(
      fc.dictionary(fc.constantFrom("id", "payload", "tags", "event_id", "limit", "cursor"), odd, {
        noNullPrototype: true,
      }),
      { maxLength: 3 },
    ),
  ),
  { noNullPrototype: true },
)
const channels: Channel[] = ["DIRECT_AUTHENTICATED", "TWO_WAY_PRIVATE", "ONE_WAY_PUBLIC"]

test("bytes that are anything", async () => {
  const bytes = fc.uint8Array({ maxLength: 200 }).map((given) => Uint8Array.from(given))
  await fc.assert(
    fc.asyncProperty(fc.oneof(bytes, fc.string({ unit: "binary" }), fc.json({ maxDepth: 40 })), async (body) => {
      await isTyped(await send(body))
    }),
    tries(300),
  )
})

test("commands with one thing replaced, unsigned or signed", async () => {
  const places = ["channel", "sender_did", "sender_signing_key_id", "recipient_did", "timestamp", "nonce"]
  await fc.assert(
    fc.asyncProperty(fc.constantFrom(...places), odd, fc.boolean(), async (place, value, isSigned) => {
      const good = await command(alice, "DIRECT_AUTHENTICATED", t.home.did, { type: "QUERY_EVENTS" })
      const changed = { ...good, header: { ...good.header, [place]: value } }
      const signature = await sign(alice.signing.privateKey, { header: changed.header as Json, payload: good.payload })
      await isTyped(await send(JSON.stringify(isSigned ? { ...changed, signature } : changed)))
    }),
    tries(300),
  )
})

test("genuine commands with fields that are anything", async () => {
  const recipients = fc.constantFrom(t.home.did, bob.did, alice.did, "")
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom(...types),
      fields,
      fc.constantFrom(...channels),
      recipients,
      async (type, given, channel, to) => {
        await isTyped(await send(JSON.stringify(await command(alice, channel, to, { type, ...given }))))
      },
    ),
    tries(600),
  )
})

test("genuine commands cut, doubled or changed in one place", async () => {
  await fc.assert(
    fc.asyncProperty(fc.nat(), fc.nat(3), fc.string({ unit: "binary", maxLength: 2 }), async (at, cut, junk) => {
      const text = JSON.stringify(await command(alice, "TWO_WAY_PRIVATE", bob.did, { payload: "fuzz" }))
      const place = at % text.length
      await isTyped(await send(text.slice(0, place) + junk + text.slice(place + cut)))
    }),
    tries(300),
  )
})

test("public reads with queries that are anything", async () => {
  const name = fc.constantFrom("limit", "cursor", "tag", "channel_id", "x")
  await fc.assert(
    fc.asyncProperty(
      fc.string({ unit: "grapheme", minLength: 1 }),
      fc.array(fc.tuple(name, fc.string({ unit: "grapheme" }))),
      async (did, query) => {
        const response = await t.show(did, `?${new URLSearchParams(query)}`)
        const answer = (await response.json()) as Fields
        if (response.status === 200) expect(Object.keys(answer)).toEqual(["events", "pagination"])
        else expect([response.status, answer.code]).toEqual([400, "INVALID_PAYLOAD"])
      },
    ),
    tries(200),
  )
})

test("frames that are anything end the socket with a code of the profile", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.oneof(
        fc.json(),
        fc.string({ unit: "grapheme" }),
        odd.map((did) => JSON.stringify({ type: "AUTHENTICATE", did })),
      ),
      async (text) => {
        await using socket = await t.socket()
        socket.send(text)
        expect([1003, 4401]).toContain(await socket.closed)
      },
    ),
    tries(60),
  )
  expect(t.logged).toEqual([])
})

test("after all that everything works", async () => {
  expect((await alice.send(bob.did, "still here", t.home)).status).toBe(200)
  expect(
    (await post(t.url, await command(bob, "DIRECT_AUTHENTICATED", t.home.did, { type: "QUERY_PENDING_EVENTS" })))
      .status,
  ).toBe(200)
})
