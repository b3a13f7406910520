import { describe, expect, test } from "bun:test"
import fc from "fast-check"
import { toMultikey } from "../../src/crypto/keys.ts"
import { decodeDecentrl } from "../../src/did/decentrl.ts"
import { isDid, parseDocument } from "../../src/did/document.ts"
import { openIdentity } from "../../src/did/self.ts"
import { mintIdentity } from "../../src/did/stored-identity.ts"
import { faultOf } from "../did/faults.ts"
import { createIdentity } from "../kit/decentrl.ts"

const alice = await createIdentity("älice 😀", "did:web:mediator.example")
const [, , , signing = "", preKey = ""] = alice.did.split(":")
const did = (alias: string, one: string, two: string, mediator: string) =>
  `did:decentrl:${alias}:${one}:${two}:${mediator}`

// y = 1: the neutral element.
const smallOrder = toMultikey({
  kty: "OKP",
  crv: "Ed25519",
  x: Buffer.from([1, ...Array(31).fill(0)]).toString("base64url"),
})

describe("did:decentrl", () => {
  test("says both keys, each for its purpose, under the DID as it is written", () => {
    const document = decodeDecentrl(alice.did)
    expect(document.id).toBe(alice.did)
    expect(document.methods.map(({ id, key }) => [id, key.jwk.crv])).toEqual([
      [`${alice.did}#signing`, "Ed25519"],
      [`${alice.did}#pre-key`, "X25519"],
    ])
    expect(document.authentication).toEqual([`${alice.did}#signing`])
    expect(document.keyAgreement).toEqual([`${alice.did}#pre-key`])
  })

  test("alias and mediator are read in both alphabets, padded or not", () => {
    const padded = (text: string) => Buffer.from(text).toString("base64")
    const forms = (text: string) => [
      padded(text),
      Buffer.from(text).toString("base64url"),
      padded(text).replace(/=+$/, ""),
    ]
    for (const alias of forms("?>?>a")) {
      for (const home of forms("did:web:mediator.example")) {
        const name = did(alias, signing, preKey, home)
        expect([name, isDid(name), decodeDecentrl(name).id]).toEqual([name, true, name])
      }
    }
  })

  const home = Buffer.from("did:web:a.example").toString("base64url")
  test.each([
    ["no alias", did("", signing, preKey, home)],
    ["an alias that is no base64", did("*", signing, preKey, home)],
    ["an alias that is no UTF-8", did("_w", signing, preKey, home)],
    ["an alias of 129 bytes", did(Buffer.from("x".repeat(129)).toString("base64url"), signing, preKey, home)],
    ["keys the other way round", did("YQ", preKey, signing, home)],
    ["one key twice", did("YQ", signing, signing, home)],
    ["a key that is cut", did("YQ", signing.slice(0, -1), preKey, home)],
    ["an Ed25519 key of small order", did("YQ", smallOrder, preKey, home)],
    ["no mediator", did("YQ", signing, preKey, "")],
    ["a mediator that is no DID", did("YQ", signing, preKey, "YQ")],
    ["three parts", `did:decentrl:YQ:${signing}:${preKey}`],
    ["five parts", `${did("YQ", signing, preKey, home)}:YQ`],
    [
      "over 1,024 characters",
      did("YQ", signing, preKey, Buffer.from(`did:web:${"a".repeat(800)}`).toString("base64url")),
    ],
  ])("%s is no DID of this method", async (_, name) => {
    expect(await faultOf(() => decodeDecentrl(name))).toBe("did.malformed")
  })

  test("128 bytes of alias are not too many", () => {
    expect(
      decodeDecentrl(did(Buffer.from("é".repeat(64)).toString("base64url"), signing, preKey, home)).methods,
    ).toHaveLength(2)
  })

  test("whatever follows the method, there is a document or did.malformed", async () => {
    const part = fc.oneof(fc.string({ maxLength: 60 }), fc.constantFrom("YQ", signing, preKey, home))
    await fc.assert(
      fc.asyncProperty(fc.array(part, { maxLength: 6 }), async (parts) => {
        const name = `did:decentrl:${parts.join(":")}`
        const fault = await faultOf(() => decodeDecentrl(name)).catch(() => "a document")
        expect(["did.malformed", "a document"]).toContain(fault ?? "a document")
      }),
      { numRuns: 500 },
    )
  })
})

describe("the mediator's did:web document", () => {
  const open = (decentrl: boolean) =>
    openIdentity(mintIdentity(0), { publicUrl: "https://a.example/box", methods: ["peer2", "web"], decentrl, now: 0 })

  test("names its keys and its service as Decentrl does, beside DIDComm's names for the same keys", () => {
    const self = open(true)
    const web = "did:web:a.example:box"
    const json = JSON.parse(JSON.stringify(self.webDocument()))
    expect(json["@context"]).toEqual(["https://www.w3.org/ns/did/v1", "https://w3id.org/security/suites/jws-2020/v1"])
    expect(json.service.at(-1)).toEqual({
      id: `${web}#decentrl`,
      type: "DecentrlMediator",
      serviceEndpoint: "https://a.example/box/decentrl",
    })
    const keyOf = (id: string) => json.verificationMethod.find((one: { id: string }) => one.id === `${web}#${id}`)
    expect(keyOf("signing")).toEqual({ ...keyOf("key-2"), id: `${web}#signing` })
    expect(keyOf("pre-key")).toEqual({ ...keyOf("key-1"), id: `${web}#pre-key` })
    expect(keyOf("signing").type).toBe("JsonWebKey2020")
    expect(json).toMatchObject({
      authentication: [`${web}#key-2`, `${web}#signing`],
      assertionMethod: [`${web}#signing`],
      keyAgreement: [`${web}#key-1`, `${web}#pre-key`],
    })
    expect(parseDocument(web, json).methods).toHaveLength(4)
    expect(self.agreement(`${web}#pre-key`)).toBe(self.agreement(`${web}#key-1`))
    expect(JSON.stringify(json)).not.toContain('"d"')
  })

  test("says nothing of Decentrl when it is turned off", () => {
    expect(JSON.stringify(open(false).webDocument())).not.toMatch(/decentrl|pre-key|#signing/i)
  })
})
