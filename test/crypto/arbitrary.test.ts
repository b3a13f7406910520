import { expect, test } from "bun:test"
import fc from "fast-check"
import { toBase64url, toUtf8 } from "../../src/base/bytes.ts"
import { isObject, type JsonObject } from "../../src/base/json.ts"
import { openJwe, parseJwe, sealJwe } from "../../src/crypto/jwe.ts"
import { parseCompactJws, parseJws, signJws } from "../../src/crypto/jws.ts"
import { headerOf, parse, party, withHeader } from "./parties.ts"
import { refusal } from "./refusal.ts"

const plaintext = toUtf8('{"id":"1","type":"https://didcomm.org/empty/1.0/empty"}')
const [alice, bob] = [party("alice", "P-256"), party("bob", "P-256")]
const sealed = parse(await sealJwe(plaintext, { recipients: [bob.open], sender: alice }))
const signed = JSON.parse(await signJws(plaintext, party("alice", "Ed25519")))

const members = [
  ...["protected", "unprotected", "header", "recipients", "encrypted_key", "iv", "ciphertext", "tag", "aad"],
  ...["payload", "signatures", "signature", "__proto__", "constructor"],
]
const parameters = ["alg", "enc", "epk", "apu", "apv", "skid", "typ", "crit", "zip", "b64", "kid", "__proto__"]
const json = fc.jsonValue({ maxDepth: 3 })
const bytes = fc.uint8Array({ maxLength: 100 }).map(toBase64url)
const headerText = fc.dictionary(fc.constantFrom(...parameters), fc.oneof(json, bytes)).map((header) => {
  return toBase64url(toUtf8(JSON.stringify(header)))
})
const value = fc.oneof(
  json,
  bytes,
  headerText,
  fc.array(fc.dictionary(fc.constantFrom(...members), fc.oneof(json, bytes))),
)
const envelope = fc.dictionary(fc.constantFrom(...members), value)

const faults = ["accepted", "envelope.malformed"]

test("arbitrary JSON is either read or malformed, and ends in no other error", async () => {
  await fc.assert(
    fc.asyncProperty(envelope, async (value) => {
      expect(faults).toContain(await refusal(() => parseJwe(value)))
      expect(faults).toContain(await refusal(() => parseJws(value)))
    }),
    { numRuns: 2000 },
  )
})

test("arbitrary text is no compact JWS, and ends in no other error", async () => {
  const text = fc.oneof(
    fc.string(),
    fc.tuple(headerText, bytes, bytes).map((parts) => parts.join(".")),
  )
  await fc.assert(
    fc.asyncProperty(text, async (text) => expect(faults).toContain(await refusal(() => parseCompactJws(text)))),
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

const choices = fc.array(fc.nat(20), { minLength: 1, maxLength: 4 })
const replacement = fc.oneof(json, bytes, headerText, fc.constant(undefined))

test("a valid envelope with a member replaced or removed is refused as an envelope's fault, or opens unchanged", async () => {
  await fc.assert(
    fc.asyncProperty(choices, replacement, async (choices, replacement) => {
      const wire = mutated(sealed, choices, replacement) as JsonObject
      const header = withHeader(sealed, (header) => mutated(header, choices, replacement) as JsonObject)
      for (const value of [wire, header]) {
        const outcome = await refusal(async () => {
          expect(await openJwe(parseJwe(value), bob, alice.open.key)).toEqual(plaintext)
        })
        expect(["accepted", "envelope.malformed", "envelope.unreadable"]).toContain(outcome)
        if (outcome === "accepted") expect(headerOf(value as typeof sealed)).toEqual(headerOf(sealed))
      }
    }),
    { numRuns: 1000 },
  )
})

test("a signed envelope with a member replaced or removed is read or malformed", async () => {
  await fc.assert(
    fc.asyncProperty(choices, replacement, async (choices, replacement) => {
      expect(faults).toContain(await refusal(() => parseJws(mutated(signed, choices, replacement) as JsonObject)))
    }),
    { numRuns: 1000 },
  )
})
