import { afterAll, beforeAll, describe, expect, test } from "bun:test"
import fc from "fast-check"
import { toBase64url } from "../../src/base/bytes.ts"
import { isObject } from "../../src/base/json.ts"
import { coordination2, coordination3, type Mediator, mediator, pickup3, pickup4 } from "../kit/mediator.ts"
import type { Resident } from "../kit/resident.ts"
import { tries } from "../kit/seed.ts"

let m: Mediator
let bob: Resident
beforeAll(async () => {
  m = await mediator()
  bob = await m.resident()
})
// Whatever came, nothing unforeseen was met, and what should work still does.
afterAll(async () => {
  expect(m.logged).toEqual([])
  expect((await m.ask(bob, { type: `${pickup3}/status-request` })).type).toBe(`${pickup3}/status`)
  await m[Symbol.asyncDispose]()
})

/** Posts what may be nonsense: an answer, or a refusal that blames the sender. Never over, never our own fault. */
async function harmless(body: string | Uint8Array): Promise<number> {
  const headers = { "Content-Type": "application/didcomm-encrypted+json" }
  const bytes = typeof body === "string" ? body : new Blob([new Uint8Array(body)])
  const response = await fetch(m.url, { method: "POST", body: bytes, headers })
  const text = await response.text()
  expect([200, 202, 400, 403, 404, 409, 413]).toContain(response.status)
  if (response.status !== 200) expect(text).toBe("")
  return response.status
}

test("bytes that are no envelope", async () => {
  const bytes = fc.oneof(fc.uint8Array({ maxLength: 2_000 }), fc.json(), fc.string({ unit: "binary", maxLength: 500 }))
  await fc.assert(
    fc.asyncProperty(bytes, async (body) => expect(await harmless(body)).toBe(400)),
    tries(400),
  )
})

/** Replaces or removes (undefined) what is at the place that `choices` lead to, anywhere inside `value`. */
function mutated(value: unknown, choices: readonly number[], replacement: unknown): unknown {
  const [choice = 0, ...rest] = choices
  if (Array.isArray(value) && value.length > 0) {
    const at = choice % value.length
    return value.map((item: unknown, index) => (index === at ? mutated(item, rest, replacement) : item))
  }
  if (!isObject(value) || Object.keys(value).length === 0) return replacement
  const names = Object.keys(value)
  const name = names[choice % names.length] ?? ""
  const child = rest.length === 0 ? replacement : mutated(value[name], rest, replacement)
  return Object.fromEntries(Object.entries({ ...value, [name]: child }).filter(([, item]) => item !== undefined))
}

const odd = fc.constantFrom<unknown>(
  ...[null, true, 0, -1, 1e308, "", "did:", "\ud800", "__proto__", [], [[]], {}, { json: 1 }, undefined],
)
const replacement = fc.oneof(odd, fc.jsonValue({ maxDepth: 2, stringUnit: "binary" }), fc.uint8Array().map(toBase64url))
const choices = fc.array(fc.nat(20), { minLength: 1, maxLength: 4 })

/** Good envelopes of each kind, to be broken. */
const kinds: Readonly<Record<string, (message: object) => Promise<string>>> = {
  anoncrypt: (message) => bob.anon(message, m.did),
  authcrypt: (message) => bob.auth(message, m.did),
  signed: (message) => bob.sign(message),
  "anoncrypt of signed": async (message) => bob.anon(await bob.sign(message), m.did),
}

describe.each(Object.entries(kinds))("a good %s envelope", (_, seal) => {
  const ping = () => bob.plaintext({ type: "https://didcomm.org/trust-ping/2.0/ping", return_route: "all" }, m.did)

  test("with something in it replaced or removed", async () => {
    const good = JSON.parse(await seal(ping()))
    await fc.assert(
      fc.asyncProperty(choices, replacement, async (choices, replacement) => {
        await harmless(JSON.stringify(mutated(good, choices, replacement)) ?? "")
      }),
      tries(250),
    )
  })

  test("with a piece of its text cut out, doubled or changed", async () => {
    const good = await seal(ping())
    const place = fc
      .double({ min: 0, max: 1, noNaN: true, maxExcluded: true })
      .map((part) => Math.floor(part * good.length))
    await fc.assert(
      fc.asyncProperty(place, fc.nat(40), fc.string({ unit: "binary", maxLength: 5 }), async (at, length, text) => {
        await harmless(good.slice(0, at) + text + good.slice(at + length))
        await harmless(good.slice(0, at + length) + good.slice(at))
      }),
      tries(120),
    )
  })
})

/** Each message that is taken here, as a wallet writes it. */
const messages: readonly (readonly [string, object])[] = [
  [`${coordination2}/mediate-request`, {}],
  [`${coordination2}/keylist-update`, { updates: [{ recipient_did: "did:example:a", action: "add" }] }],
  [`${coordination2}/keylist-query`, { paginate: { limit: 1, offset: 0 } }],
  [`${coordination3}/recipient-update`, { updates: [{ recipient_did: "did:web:a.example", action: "remove" }] }],
  [`${coordination3}/recipient-query`, { paginate: { limit: 1, offset: 0 } }],
  [`${pickup3}/status-request`, { recipient_did: "did:example:a" }],
  [`${pickup3}/delivery-request`, { limit: 1, recipient_did: "did:example:a" }],
  [`${pickup3}/messages-received`, { message_id_list: ["1"] }],
  [`${pickup3}/live-delivery-change`, { live_delivery: true }],
  [`${pickup4}/delivery-request`, { message_count_limit: 1 }],
  ["https://didcomm.org/trust-ping/2.0/ping", { response_requested: true }],
  ["https://didcomm.org/basicmessage/2.0/message", { content: "hello" }],
  ["https://didcomm.org/report-problem/2.0/problem-report", { code: "e.p" }],
  ["https://didcomm.org/discover-features/2.0/queries", { queries: [{ "feature-type": "protocol", match: "*" }] }],
  ["https://didcomm.org/routing/2.0/forward", { next: "did:example:a" }],
]

describe.each(["authcrypt", "anoncrypt"] as const)("a message under %s", (kind) => {
  test("with something in it replaced or removed is answered, refused, or understood", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...messages),
        choices,
        replacement,
        async ([type, body], choices, replacement) => {
          const attachments = [{ id: "1", data: { json: { ciphertext: "c" } } }]
          const message = bob.plaintext({ type, body, attachments, return_route: "all" }, m.did)
          const wrong = JSON.stringify(mutated(message, choices, replacement)) ?? ""
          await harmless(await (kind === "authcrypt" ? bob.auth(wrong, m.did) : bob.anon(wrong, m.did)))
        },
      ),
      tries(600),
    )
  })

  test("that is any JSON is answered or refused", async () => {
    await fc.assert(
      fc.asyncProperty(fc.json({ maxDepth: 4, stringUnit: "binary" }), async (text) => {
        await harmless(await (kind === "authcrypt" ? bob.auth(text, m.did) : bob.anon(text, m.did)))
      }),
      tries(150),
    )
  })
})
