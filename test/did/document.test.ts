import { describe, expect, test } from "bun:test"
import { generatePrivateKey, importPublicKey, publicHalf, rawPublicKey, toMultikey } from "../../src/crypto/keys.ts"
import { agreementNames, findKey, parseDocument } from "../../src/did/document.ts"
import { didOf, isDid, isDidUrl, sameDid, spellings } from "../../src/did/names.ts"
import { loadVectors, needsVectors } from "../kit/vectors.ts"
import { faultOf } from "./faults.ts"
import { expectDocument, type Printed } from "./printed.ts"

const did = "did:web:a.example"
const x25519 = publicHalf(generatePrivateKey("X25519"))
const ed25519 = publicHalf(generatePrivateKey("Ed25519"))
const base58 = (key: typeof x25519) => {
  // The Multikey of other code points has the same base58 alphabet: re-encode the raw bytes by hand.
  let value = BigInt(`0x${Buffer.from(rawPublicKey(key.jwk)).toString("hex")}`)
  let text = ""
  for (; value > 0n; value /= 58n) {
    text = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz".charAt(Number(value % 58n)) + text
  }
  return text
}
const method = (over: object) => ({
  id: "#1",
  type: "JsonWebKey2020",
  controller: did,
  publicKeyJwk: x25519.jwk,
  ...over,
})
const parse = (json: object) => parseDocument(did, { id: did, ...json })

describe("parseDocument", () => {
  const published = loadVectors<{ dids: Record<string, { document: Printed }> }>("dids.json")
  test.skipIf(!published)(needsVectors("reads the published documents"), () => {
    for (const { document } of Object.values(published?.dids ?? {}))
      expectDocument(parseDocument(document.id, document), document)
  })

  test("reads every verification method type and key member", () => {
    const multikey = toMultikey(x25519.jwk)
    const members = [
      { type: "JsonWebKey2020", publicKeyJwk: { ...x25519.jwk, kid: "x", use: "enc" } },
      { type: "JsonWebKey", publicKeyJwk: x25519.jwk },
      { type: "Multikey", publicKeyMultibase: multikey },
      { type: "X25519KeyAgreementKey2019", publicKeyBase58: base58(x25519) },
      { type: "X25519KeyAgreementKey2020", publicKeyMultibase: multikey },
      { type: "X25519KeyAgreementKey2020", publicKeyJwk: x25519.jwk },
    ]
    for (const member of members) {
      const document = parse({ keyAgreement: [{ id: "#1", controller: did, ...member }] })
      expect(document.methods.map(({ id, key }) => [id, key.jwk])).toEqual([[`${did}#1`, x25519.jwk]])
    }
    const signers = [
      { type: "Ed25519VerificationKey2018", publicKeyBase58: base58(ed25519) },
      { type: "Ed25519VerificationKey2020", publicKeyMultibase: toMultikey(ed25519.jwk) },
    ]
    for (const member of signers) {
      const document = parse({ verificationMethod: [{ id: "#1", ...member }], authentication: ["#1"] })
      expect(findKey(document, "authentication", `${did}#1`)?.jwk).toEqual(ed25519.jwk)
    }
    const secp256k1 = {
      kty: "EC",
      crv: "secp256k1",
      x: "aToW5EaTq5mlAf8C5ECYDSkqsJycrW-e1SQ6_GJcAOk",
      y: "JAGX94caA21WKreXwYUaOCYTBMrqaX4KWIlsQZTHWCk",
    }
    const document = parse({
      authentication: [{ id: "#1", type: "EcdsaSecp256k1VerificationKey2019", publicKeyJwk: secp256k1 }],
    })
    expect(document.authentication).toEqual([`${did}#1`])
  })

  test("leaves out methods that are unknown, broken, or another DID's, and keeps the others", () => {
    const document = parse({
      verificationMethod: [
        method({ id: "#unknown", type: "RsaVerificationKey2018" }),
        method({ id: "#proto", type: "__proto__" }),
        method({ id: "#private", publicKeyJwk: { ...x25519.jwk, d: x25519.jwk.x } }),
        method({ id: "#short", publicKeyJwk: { ...x25519.jwk, x: "AAAA" } }),
        method({ id: "#wrong-suite", type: "Ed25519VerificationKey2020" }),
        method({ id: "did:web:b.example#1" }),
        method({ id: 7 }),
        null,
        "#1",
        method({ id: "#good" }),
      ],
      keyAgreement: ["#good", "#unknown", "did:web:b.example#1", 7, null, "#nowhere", "#good"],
    })
    expect(document.methods.map(({ id }) => id)).toEqual([`${did}#good`])
    expect(document.keyAgreement).toEqual([`${did}#good`])
  })

  test("key text of absurd length costs nothing", () => {
    const endless = { type: "Multikey", publicKeyJwk: undefined, publicKeyMultibase: `z${"2".repeat(60_000)}` }
    const start = performance.now()
    expect(parse({ verificationMethod: [method(endless)] }).methods).toEqual([])
    expect(performance.now() - start).toBeLessThan(100)
  })

  test("a curve has one use, whatever the document says", () => {
    const both = ["#x", "#ed"]
    const document = parse({
      verificationMethod: [method({ id: "#x" }), method({ id: "#ed", publicKeyJwk: ed25519.jwk })],
      keyAgreement: both,
      authentication: both,
    })
    expect(document.keyAgreement).toEqual([`${did}#x`])
    expect(document.authentication).toEqual([`${did}#ed`])
  })

  test("relationships embed or refer, relatively or absolutely, with the # or without", () => {
    const listed = { verificationMethod: [method({ id: `${did}#1` })] }
    for (const reference of ["#1", "1", `${did}#1`, method({})]) {
      expect(parse({ ...listed, keyAgreement: [reference] }).keyAgreement).toEqual([`${did}#1`])
    }
  })

  test("a document with more keys or services than anybody needs is refused", async () => {
    const many = (count: number) => Array.from({ length: count }, (_, at) => method({ id: `#${at}` }))
    expect(await faultOf(() => parse({ verificationMethod: many(101) }))).toBe("did.malformed")
    expect(parse({ verificationMethod: many(100) }).methods).toHaveLength(100)
    const service = { id: "#s", type: "DIDCommMessaging", serviceEndpoint: many(51).map(() => "https://a.example") }
    expect(await faultOf(() => parse({ service: [service] }))).toBe("did.malformed")
    expect(await faultOf(() => parse({ alsoKnownAs: many(101).map(() => did) }))).toBe("did.malformed")
  })

  test("services keep the owner's order, their type, and one entry for each endpoint", () => {
    const document = parse({
      service: [
        { id: "#a", type: "LinkedDomains", serviceEndpoint: "https://a.example" },
        {
          id: "urn:b",
          type: ["DIDCommMessaging"],
          serviceEndpoint: [
            { uri: "https://b.example", accept: ["didcomm/v2", 7], routingKeys: ["did:web:r.example#1"] },
            { uri: "wss://b.example" },
          ],
        },
        { id: "#c", type: "DIDCommMessaging", serviceEndpoint: { uri: 7 } },
        { type: "DIDCommMessaging" },
        7,
      ],
    })
    expect(document.services.map(({ id, type, uri }) => [id, type, uri])).toEqual([
      [`${did}#a`, "LinkedDomains", "https://a.example"],
      ["urn:b", "DIDCommMessaging", "https://b.example"],
      ["urn:b", "DIDCommMessaging", "wss://b.example"],
    ])
    expect(document.services[1]).toMatchObject({ accept: ["didcomm/v2"], routingKeys: ["did:web:r.example#1"] })
  })
})

describe("findKey", () => {
  const document = parse({
    keyAgreement: [method({})],
    authentication: [method({ id: "#2", publicKeyJwk: ed25519.jwk })],
  })

  test("finds a key only for its purpose and only under the document's own DID", () => {
    expect(findKey(document, "keyAgreement", `${did}#1`)?.jwk).toEqual(x25519.jwk)
    for (const kid of [`${did}#2`, "did:web:b.example#1", "#1", did, `${did}#`, `${did}#11`, ""]) {
      expect(findKey(document, "keyAgreement", kid)).toBeNull()
    }
  })

  test("gives the same key object each time", () => {
    const bare = toMultikey(x25519.jwk).slice(1, 9)
    expect(findKey(document, "keyAgreement", `${did}#${bare}`)).toBe(findKey(document, "keyAgreement", `${did}#1`))
  })

  test("a method's own id comes before another key's spelling", () => {
    const other = publicHalf(generatePrivateKey("X25519"))
    const disguised = toMultikey(x25519.jwk).slice(1)
    const two = parse({ keyAgreement: [method({}), method({ id: `#${disguised}`, publicKeyJwk: other.jwk })] })
    expect(findKey(two, "keyAgreement", `${did}#${disguised}`)?.jwk).toEqual(other.jwk)
  })
})

test("the names of a document's agreement keys are their Multikeys and did:keys", () => {
  const document = parse({
    keyAgreement: [method({})],
    authentication: [method({ id: "#2", publicKeyJwk: ed25519.jwk })],
  })
  const multikey = toMultikey(x25519.jwk)
  expect(importPublicKey(x25519.jwk)).not.toBeNull()
  expect(agreementNames(document)).toEqual([multikey, `did:key:${multikey}`])
})

describe("names", () => {
  test("a DID has a method and an id, no path, query or fragment, and at most 2,048 characters", () => {
    const peer = "did:peer:2.Ez6LSbvMzJiCbn6EHEWuJkapvFRdWteUP83fGDJCgiDeNyfFE.SeyJ0IjoiZG0ifQ=="
    for (const good of [did, "did:a:b", "did:web:a%3A1:b", "did:key:z6Mk", peer, `did:a:${"b".repeat(2042)}`]) {
      expect([good, isDid(good)]).toEqual([good, true])
    }
    const bad = [
      "",
      "did:",
      "did:a:",
      "did:A:b",
      "did:a:b:",
      "did:a:b#c",
      "did:a:b?c",
      "did:a:b/c",
      "did:a:%3",
      "did:a:b ",
    ]
    for (const text of [...bad, "did:a:b\n", "DID:a:b", "did:a:é", `did:a:${"b".repeat(2043)}`]) {
      expect([text, isDid(text)]).toEqual([text, false])
    }
  })

  test("a DID URL names a part of a document by its fragment", () => {
    for (const good of [`${did}#key-1`, `${did}#z6LS`]) expect(isDidUrl(good)).toBe(true)
    for (const bad of [did, `${did}#`, `${did}#a#b`, `${did}# `, "#key-1", `${did}#${"a".repeat(257)}`]) {
      expect([bad, isDidUrl(bad)]).toEqual([bad, false])
    }
    expect([didOf(`${did}#key-1`), didOf(`${did}?a=b#c`), didOf(did)]).toEqual([did, did, did])
  })

  test("the forms of a did:peer are the same DID, and nothing else is", () => {
    const two = "did:peer:2.Ez6LSbvMzJiCbn6EHEWuJkapvFRdWteUP83fGDJCgiDeNyfFE"
    const [three = ""] = spellings(two)
    expect(three).toStartWith("did:peer:3zQm")
    expect(sameDid(two, three) && sameDid(three, two) && sameDid(two, two)).toBe(true)
    expect(spellings("did:peer:4zQmA:zB")).toEqual(["did:peer:4zQmA"])
    expect(sameDid("did:peer:4zQmA:zB", "did:peer:4zQmA")).toBe(true)
    expect(sameDid("did:peer:4zQmA:zB", "did:peer:4zQmC")).toBe(false)
    expect(sameDid(`${two}.SW10`, two)).toBe(false)
    expect(sameDid("did:web:a.example", "did:web:A.example")).toBe(false)
    expect([spellings(three), spellings(did), spellings("did:peer:4zQmA")]).toEqual([[], [], []])
  })
})
