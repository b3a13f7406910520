import { describe, expect, test } from "bun:test"
import fc from "fast-check"
import { parsePlaintext } from "../../src/didcomm/message.ts"
import { discoverFeatures } from "../../src/didcomm/protocols/discover-features-2.ts"
import { createRegistry, protocol } from "../../src/didcomm/registry.ts"
import { refusal } from "../crypto/refusal.ts"
import { mediator } from "../kit/mediator.ts"
import { createResident } from "../kit/resident.ts"
import { seeded } from "../kit/seed.ts"

const TYPE = "https://didcomm.org/discover-features/2.0/queries"
type Disclosure = { "feature-type": string; id: string }

/** Asks a mediator that speaks the protocols of the given ids. */
async function ask(ids: readonly string[], body: object): Promise<Disclosure[]> {
  const own = discoverFeatures(
    ids.map((id) => protocol(id, ["mediator"], {})),
    { maxReceiveBytes: 65_536 },
  )
  const { find, admit } = createRegistry([own], async () => null)
  const message = parsePlaintext(JSON.stringify({ id: "1", type: TYPE, body }))
  const us = { did: "did:example:us", kid: "did:example:us#1" }
  const request = { body: message.body, message, sender: null, us, connection: null, hops: 0 }
  const act = await admit(find(TYPE) ?? expect.unreachable(), request)
  const reply = await act()
  return reply?.body.disclosures as Disclosure[]
}

const query = (match: string, type = "protocol") => ({ queries: [{ "feature-type": type, match }] })
const OWN = "https://didcomm.org/discover-features/2.0"
const [routing, pickup] = ["https://didcomm.org/routing/2.0", "https://didcomm.org/messagepickup/3.0"]
const known = [routing, pickup]

describe("a query for protocols discloses", () => {
  const rows: readonly (readonly [string, readonly string[]])[] = [
    [routing, [routing]],
    ["*", [routing, pickup, OWN]],
    ["https://didcomm.org/*", [routing, pickup, OWN]],
    ["https://didcomm.org/routing/*", [routing]],
    ["*/3.0", [pickup]],
    ["*routing*", [routing]],
    [".*routing.*", [routing]],
    ["https://didcomm.org/routing/.*", [routing]],
    ["https://*/*/2.0", [routing, OWN]],
    ["***", [routing, pickup, OWN]],
    ["", []],
    [".*", [routing, pickup, OWN]],
    ["https://didcomm.org/routing/2.", []],
    ["https://didcomm.org/routing/2?0", []],
    ["https://didcomm.org/routing/[0-9].0", []],
    ["https://didcomm.org/(routing|messagepickup)/*", []],
    ["HTTPS://DIDCOMM.ORG/ROUTING/2.0", []],
    [`${routing}*${routing}`, []],
    [`${routing}*`, [routing]],
    ["https://didcomm.org/routing/2.0*0", []],
  ]
  test.each(rows)("%p", async (match, ids) => {
    expect((await ask(known, query(match))).map(({ id }) => id)).toEqual([...ids])
  })
})

test("several queries are answered together, each feature once, and unknown types by nothing", async () => {
  const queries = ["*", "*", routing].map((match) => ({ "feature-type": "protocol", match }))
  const more = ["goal-code", "header", "constraint", "unheard-of", "__proto__"].map((type) => ({
    "feature-type": type,
    match: "*",
  }))
  expect((await ask(known, { queries: [...queries, ...more] })).map(({ id }) => id)).toEqual([
    ...[routing, pickup, OWN],
    ...["request-mediate", "return_route", "max_receive_bytes"],
  ])
})

test.each([
  ["no list", {}],
  ["a query without a match", { queries: [{ "feature-type": "protocol" }] }],
  ["33 queries", { queries: Array(33).fill(query("*").queries[0]) }],
  ["a match of 257 characters", query("*".repeat(257))],
])("%s is malformed", async (_, body) => {
  expect(await refusal(() => ask(known, body))).toBe("message.malformed")
})

test("a wildcard matches what the regular expression would that it never becomes", async () => {
  const pattern = fc.string({ unit: fc.constantFrom("a", "b", "*", ".*", "."), maxLength: 8 })
  const ids = fc.uniqueArray(fc.string({ unit: fc.constantFrom("a", "b", "."), maxLength: 8 }), { maxLength: 8 })
  await fc.assert(
    fc.asyncProperty(pattern, ids, async (match, ids) => {
      const parts = match.replaceAll(".*", "*").split("*")
      const expression = new RegExp(`^${parts.map((part) => part.replaceAll(".", "\\.")).join(".*")}$`)
      const expected = [...ids, OWN].filter((id) => expression.test(id))
      expect((await ask(ids, query(match))).map(({ id }) => id)).toEqual(expected)
    }),
    { numRuns: 1000, ...seeded },
  )
})

test("32 of the worst patterns are answered at once", async () => {
  const worst = ["*a".repeat(128), "*".repeat(256), `${"a*".repeat(127)}b`, ".*".repeat(128), `(${"a+".repeat(100)})+$`]
  const ids = Array.from({ length: 20 }, (_, index) => "a".repeat(200) + index)
  const queries = Array.from({ length: 32 }, (_, index) => ({
    "feature-type": "protocol",
    match: worst[index % worst.length],
  }))
  const start = performance.now()
  await ask(ids, { queries })
  expect(performance.now() - start).toBeLessThan(100)
})

test("the mediator discloses every protocol whose messages it takes, with its role, and what it can receive", async () => {
  await using m = await mediator()
  const queries = ["protocol", "constraint"].map((type) => ({ "feature-type": type, match: "*" }))
  const { body } = await m.ask(createResident(), { type: TYPE, body: { queries } })
  const disclosures = body.disclosures as (Disclosure & { roles?: string[]; max_receive_bytes?: string })[]
  const told = disclosures.map(({ id, roles = [], max_receive_bytes }) =>
    [id, ...roles, max_receive_bytes ?? ""].join(" ").trim(),
  )
  expect(told.toSorted()).toEqual(
    [
      "https://didcomm.org/basicmessage/2.0 receiver",
      "https://didcomm.org/coordinate-mediation/2.0 mediator",
      "https://didcomm.org/coordinate-mediation/3.0 mediator",
      "https://didcomm.org/discover-features/2.0 responder",
      "https://didcomm.org/empty/1.0 receiver",
      "https://didcomm.org/message-pickup/4.0 mediator",
      "https://didcomm.org/messagepickup/3.0 mediator",
      "https://didcomm.org/report-problem/2.0 notifiee",
      "https://didcomm.org/routing/2.0 mediator",
      "https://didcomm.org/trust-ping/2.0 receiver",
      "max_receive_bytes 1048576",
      "urn:restante:mail-notice/1.0 notifier",
    ].toSorted(),
  )
})
