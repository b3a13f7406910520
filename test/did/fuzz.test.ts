import { expect, test } from "bun:test"
import fc from "fast-check"
import { toBase64url, toUtf8 } from "../../src/base/bytes.ts"
import { agreementNames, findKey, parseDocument } from "../../src/did/document.ts"
import { didOf, isDid, isDidUrl, MAX_DID_LENGTH, sameDid, spellings } from "../../src/did/names.ts"
import { webUrl } from "../../src/did/web.ts"
import { tries } from "../kit/seed.ts"
import { faultOf } from "./faults.ts"
import { offline } from "./offline.ts"

const LONGEST_MS = 1000

/** Fails when `act` throws anything but a Fault, or takes longer than a parser may. */
async function harmless(act: () => unknown): Promise<void> {
  const start = performance.now()
  await faultOf(act)
  expect(performance.now() - start).toBeLessThan(LONGEST_MS)
}

const real = [
  "did:key:z6MkhaXgBZDvotDkL5257faiztiGiC2QtKLGpbnnEGta2doK",
  "did:key:zDnaerx9CtbPJ1q36T5Ln5wYt3MQYeGRG5ehnPAmxcf5mDZpv",
  "did:jwk:eyJrdHkiOiJPS1AiLCJjcnYiOiJYMjU1MTkiLCJ1c2UiOiJlbmMiLCJ4IjoiM3A3YmZYdDl3YlRUVzJIQzdPUTFOei1EUThoYmVHZE5yZngtRkctSUswOCJ9",
  "did:peer:0z6MkpTHR8VNsBxYAAWHut2Geadd9jSwuBV8xRoAnwWsdvktH",
  "did:peer:2.Ez6LSbvMzJiCbn6EHEWuJkapvFRdWteUP83fGDJCgiDeNyfFE.Vz6MkgCezBzPQxP4hgAXTTZEH82fatY9AnSnBKahxasPison1.SeyJ0IjoiZG0iLCJzIjp7InVyaSI6Imh0dHA6Ly8xMjcuMC4wLjE6ODA4MCIsImEiOlsiZGlkY29tbS92MiJdfX0",
  "did:peer:4zQmb7xLdVY9TXx8oov5XgpGUmGELgqiAV2699s43i6Qdm3M:zQSJgiFTYiCHjQ9MktwNThRXM7a",
  "did:web:example.com%3A3000:user:alice",
]

const spliced = fc
  .tuple(
    fc.constantFrom(...real),
    fc.nat(400),
    fc.nat(20),
    fc.oneof(fc.string(), fc.constantFrom(".", ":", "%", "S", "z")),
  )
  .map(([did, from, length, text]) => did.slice(0, from) + text + did.slice(from + length))
const prefixes = [
  "did:",
  "did:key:",
  "did:key:z",
  "did:jwk:",
  "did:peer:",
  "did:peer:0z",
  "did:peer:2.E",
  "did:peer:4z",
  "did:web:",
]
const prefixed = fc.tuple(fc.constantFrom(...prefixes), fc.string({ maxLength: 300 })).map((parts) => parts.join(""))
const withService = fc
  .json({ maxDepth: 8 })
  .map((text) => `did:peer:2.Ez6LSbvMzJiCbn6EHEWuJkapvFRdWteUP83fGDJCgiDeNyfFE.S${toBase64url(toUtf8(text))}`)
const withJwk = fc.json().map((text) => `did:jwk:${toBase64url(toUtf8(text))}`)
const anyDid = fc.oneof(fc.string({ unit: "binary" }), spliced, prefixed, withService, withJwk)

test("whatever is called a DID, the resolver gives a document or a Fault", async () => {
  const resolver = offline()
  await fc.assert(
    fc.asyncProperty(anyDid, async (text) => {
      await harmless(async () => {
        const document = await resolver.resolve(text)
        expect(document.id).toBe(text)
        expect(isDid(text)).toBe(true)
      })
      await harmless(() => webUrl(text))
      for (const look of [isDid, isDidUrl, didOf, spellings]) look(text)
      expect(sameDid(text, text)).toBe(true)
    }),
    tries(2000),
  )
})

test("the longest DIDs of every kind are decided quickly", async () => {
  const fill = (prefix: string, unit: string) =>
    (prefix + unit.repeat(Math.ceil(MAX_DID_LENGTH / unit.length))).slice(0, MAX_DID_LENGTH)
  const nested = `did:peer:2.Ez6LSbvMzJiCbn6EHEWuJkapvFRdWteUP83fGDJCgiDeNyfFE.S${toBase64url(toUtf8("[".repeat(700) + "]".repeat(700)))}`
  const long = [
    ...prefixes.flatMap((prefix) => ["a", "z", "2", ".", ":", "%41", "=", ".S"].map((unit) => fill(prefix, unit))),
    fill("did:peer:2", ".Ez6LSbvMzJiCbn6EHEWuJkapvFRdWteUP83fGDJCgiDeNyfFE"),
    fill("did:peer:2", ".SW10"),
    nested,
    `did:web:${"a.".repeat(100_000)}`,
    `did:a:${"%41".repeat(100_000)}!`,
  ]
  for (const did of long) await harmless(() => offline().resolve(did))
})

const member = fc.oneof(
  fc.jsonValue({ maxDepth: 4 }),
  fc.array(
    fc.record(
      {
        id: fc.oneof(fc.string(), fc.constantFrom("#1", "did:web:a.example#1", "did:web:b.example#1")),
        type: fc.constantFrom(
          "JsonWebKey2020",
          "Multikey",
          "Ed25519VerificationKey2018",
          "DIDCommMessaging",
          "__proto__",
        ),
        publicKeyJwk: fc.oneof(
          fc.jsonValue(),
          fc.record({ kty: fc.constant("OKP"), crv: fc.constant("X25519"), x: fc.base64String() }),
        ),
        publicKeyMultibase: fc.string({ maxLength: 100 }).map((text) => `z${text}`),
        publicKeyBase58: fc.string({ maxLength: 100 }),
        serviceEndpoint: fc.oneof(fc.string(), fc.jsonValue(), fc.record({ uri: fc.string() })),
      },
      { requiredKeys: [] },
    ),
  ),
)
const names = ["verificationMethod", "publicKey", "keyAgreement", "authentication", "service", "alsoKnownAs"]
const anyDocument = fc.oneof(
  fc.jsonValue(),
  fc.record(Object.fromEntries(names.map((name) => [name, member])), { requiredKeys: [] }),
)

test("whatever a document holds, it is read or refused with a Fault, and can be searched", async () => {
  await fc.assert(
    fc.asyncProperty(anyDocument, fc.string(), async (json, fragment) => {
      await harmless(() => {
        const document = parseDocument("did:web:a.example", JSON.parse(JSON.stringify(json)))
        findKey(document, "keyAgreement", `did:web:a.example#${fragment}`)
        findKey(document, "authentication", fragment)
        agreementNames(document)
        for (const id of [...document.keyAgreement, ...document.authentication]) {
          expect(document.methods.map((method) => method.id)).toContain(id)
        }
      })
    }),
    tries(1500),
  )
})
