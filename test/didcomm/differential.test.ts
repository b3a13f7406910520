import { describe, expect, test } from "bun:test"
import { createHash } from "node:crypto"
import { type DIDDoc, Message } from "didcomm-node"
import * as jose from "jose"
import { toUtf8 } from "../../src/base/bytes.ts"
import { sealJwe } from "../../src/crypto/jwe.ts"
import { signJws } from "../../src/crypto/jws.ts"
import { generatePrivateKey, type PrivateKey, publicHalf } from "../../src/crypto/keys.ts"
import { didOf, parseDocument } from "../../src/did/document.ts"
import { createEnvelopes } from "../../src/didcomm/envelope.ts"
import { refusal } from "../crypto/refusal.ts"
import { offline } from "../did/offline.ts"
import { fakeClock } from "../kit/clock.ts"

/** Our envelopes against SICPA's library (WASM, from Rust) and against jose: what either writes, the other reads. */

type Curve = "X25519" | "P-256" | "P-384" | "P-521"
type Signer = "Ed25519" | "P-256"

/** Somebody of one DID with a key of each kind, as both sides see them. */
function person(name: string, agreement: Curve, signer: Signer) {
  const did = `did:example:${name}`
  const keys: readonly (readonly [string, PrivateKey])[] = [
    [`${did}#agreement-1`, generatePrivateKey(agreement)],
    [`${did}#agreement-2`, generatePrivateKey(agreement)],
    [`${did}#signing`, generatePrivateKey(signer)],
  ]
  const [first, second, signing] = keys.map(([kid, key]) => ({ kid, key })) as { kid: string; key: PrivateKey }[]
  if (!first || !second || !signing) throw new Error("three keys")
  const document: DIDDoc = {
    id: did,
    keyAgreement: [first.kid, second.kid],
    authentication: [signing.kid],
    verificationMethod: keys.map(([id, key]) => ({
      ...{ id, type: "JsonWebKey2020", controller: did },
      publicKeyJwk: publicHalf(key).jwk,
    })),
    service: [],
  }
  return { did, agreement: [first, second] as const, signing, document, keys }
}
type Person = ReturnType<typeof person>

/** How SICPA's library finds documents and private keys. */
function theirs(...people: readonly Person[]) {
  const secrets = people.flatMap(({ keys }) =>
    keys.map(([id, key]) => ({ id, type: "JsonWebKey2020", privateKeyJwk: key.jwk })),
  )
  return [
    { resolve: async (did: string) => people.find((one) => one.did === did)?.document ?? null },
    {
      get_secret: async (id: string) => secrets.find((secret) => secret.id === id) ?? null,
      find_secrets: async (ids: string[]) => ids.filter((id) => secrets.some((secret) => secret.id === id)),
    },
  ] as const
}

/** The mediator's way of opening, as `reader`. */
function ours(reader: Person, ...people: readonly Person[]) {
  const documents = new Map([reader, ...people].map(({ did, document }) => [did, parseDocument(did, document)]))
  const own = offline()
  const resolver = { ...own, resolve: async (did: string) => documents.get(did) ?? own.resolve(did) }
  const keys = {
    owns: (did: string) => didOf(did) === reader.did,
    agreement: (kid: string) => reader.agreement.find((one) => one.kid === kid)?.key ?? null,
  }
  const { open } = createEnvelopes({ keys, resolver, clock: fakeClock(Date.now()) })
  return (text: string) => open(toUtf8(text))
}

const plaintext = (from: string, to: string) => ({
  ...{ id: "1", typ: "application/didcomm-plain+json", type: "https://example.org/lunch/1.0/proposal", from, to: [to] },
  ...{ body: { text: "é😀", number: 1.5, list: [null, true] }, created_time: Math.floor(Date.now() / 1000), thid: "t" },
})

const curves = ["X25519", "P-256"] as const
const signers = ["Ed25519", "P-256"] as const
const ciphers = ["A256cbcHs512EcdhEsA256kw", "Xc20pEcdhEsA256kw", "A256gcmEcdhEsA256kw"] as const
const enc = {
  A256cbcHs512EcdhEsA256kw: "A256CBC-HS512",
  Xc20pEcdhEsA256kw: "XC20P",
  A256gcmEcdhEsA256kw: "A256GCM",
} as const
const nestings = [
  { name: "anoncrypt", auth: false, sign: false, protect: false, layers: ["anoncrypt"] },
  { name: "anoncrypt of signed", auth: false, sign: true, protect: false, layers: ["anoncrypt", "signed"] },
  { name: "authcrypt", auth: true, sign: false, protect: false, layers: ["authcrypt"] },
  { name: "authcrypt of signed", auth: true, sign: true, protect: false, layers: ["authcrypt", "signed"] },
  { name: "anoncrypt of authcrypt", auth: true, sign: false, protect: true, layers: ["anoncrypt", "authcrypt"] },
  { name: "all three", auth: true, sign: true, protect: true, layers: ["anoncrypt", "authcrypt", "signed"] },
] as const

const matrix = curves.flatMap((curve) =>
  ciphers.flatMap((cipher) => nestings.map((nesting) => [nesting.name, curve, enc[cipher], cipher, nesting] as const)),
)

describe("what SICPA's library packs, we open", () => {
  test.each(matrix)("%s with %s and %s", async (_, curve, __, cipher, { auth, sign, protect, layers }) => {
    for (const signer of sign ? signers : ["Ed25519" as const]) {
      const [alice, bob] = [person("alice", curve, signer), person("bob", curve, signer)]
      const message = plaintext(alice.did, bob.did)
      const options = { forward: false, protect_sender: protect, enc_alg_anon: cipher }
      const from = auth ? alice.did : null
      const [text] = await new Message(message).pack_encrypted(
        ...([bob.did, from, sign ? alice.did : null, ...theirs(alice, bob), options] as const),
      )
      const opened = await ours(bob, alice)(text)
      expect(JSON.parse(opened.message.text)).toEqual(message)
      expect(opened.layers.map(({ kind }) => kind)).toEqual([...layers])
      expect(opened.sender?.did).toBe(auth || sign ? alice.did : undefined)
      expect(opened.us).toEqual({ did: bob.did, kid: bob.agreement[0].kid })
    }
  })

  test.each(signers)("signed with %s alone", async (signer) => {
    const [alice, bob] = [person("alice", "X25519", signer), person("bob", "X25519", signer)]
    const [text] = await new Message(plaintext(alice.did, bob.did)).pack_signed(alice.did, ...theirs(alice, bob))
    const opened = await ours(bob, alice)(text)
    expect(opened.layers).toEqual([{ kind: "signed", by: [alice.signing.kid] }])
    expect(opened.sender).toEqual({ did: alice.did, kid: alice.signing.kid })
  })

  test("and what it leaves to its callers, we refuse: a sender under another's name", async () => {
    const [alice, bob, mallory] = [
      person("alice", "X25519", "Ed25519"),
      person("bob", "X25519", "Ed25519"),
      person("mallory", "X25519", "Ed25519"),
    ]
    const claim = JSON.stringify(plaintext(alice.did, bob.did))
    const { kid, key } = mallory.agreement[0]
    const [recipient] = bob.agreement
    const recipients = [{ kid: recipient.kid, key: publicHalf(recipient.key) }]
    const text = await sealJwe(toUtf8(claim), { recipients, sender: { kid, key } })
    const [message] = await Message.unpack(text, ...theirs(bob, mallory, alice), {})
    expect(message.as_value().from).toBe(alice.did)
    expect(await refusal(() => ours(bob, alice, mallory)(text))).toBe("envelope.inconsistent")
  })
})

describe("what we seal, SICPA's library unpacks", () => {
  test.each(matrix)("%s with %s and %s", async (_, curve, encryption, __, { auth, sign, protect }) => {
    const [alice, bob] = [person("alice", curve, "Ed25519"), person("bob", curve, "Ed25519")]
    const message = plaintext(alice.did, bob.did)
    const recipients = bob.agreement.map(({ kid, key }) => ({ kid, key: publicHalf(key) }))
    let text = JSON.stringify(message)
    if (sign) text = await signJws(toUtf8(text), alice.signing)
    if (auth) text = await sealJwe(toUtf8(text), { recipients, sender: alice.agreement[1] })
    if (!auth || protect) text = await sealJwe(toUtf8(text), { recipients, enc: encryption })
    const [unpacked, seen] = await Message.unpack(text, ...theirs(bob, { ...alice, keys: [] }), {})
    expect(unpacked.as_value()).toEqual(message)
    expect(seen).toMatchObject({
      encrypted: true,
      authenticated: auth || sign,
      non_repudiation: sign,
      anonymous_sender: !auth || protect,
      encrypted_to_kids: bob.agreement.map(({ kid }) => kid),
    })
    expect<unknown>(seen.encrypted_from_kid ?? null).toBe(auth ? alice.agreement[1].kid : null)
    expect<unknown>(seen.sign_from ?? null).toBe(sign ? alice.signing.kid : null)
  })

  test.each(signers)("signed with %s alone", async (signer) => {
    const [alice, bob] = [person("alice", "X25519", signer), person("bob", "X25519", signer)]
    const message = plaintext(alice.did, bob.did)
    const text = await signJws(toUtf8(JSON.stringify(message)), alice.signing)
    const [unpacked, seen] = await Message.unpack(text, ...theirs(bob, { ...alice, keys: [] }), {})
    expect(unpacked.as_value()).toEqual(message)
    expect(seen).toMatchObject({ non_repudiation: true, sign_from: alice.signing.kid })
  })
})

describe("what jose seals anonymously we open, and the other way round", () => {
  const alg = "ECDH-ES+A256KW"
  const rows = (["X25519", "P-256", "P-384", "P-521"] as const).flatMap((curve) =>
    (["A256CBC-HS512", "A256GCM"] as const).map((encryption) => [curve, encryption] as const),
  )

  test.each(rows)("with %s and %s", async (curve, encryption) => {
    const bob = person("bob", curve, "Ed25519")
    const text = JSON.stringify(plaintext("did:example:somebody", bob.did))
    const [{ kid, key }] = bob.agreement
    const jwe = new jose.GeneralEncrypt(toUtf8(text)).setProtectedHeader({ alg, enc: encryption })
    jwe
      .addRecipient(await jose.importJWK({ ...publicHalf(key).jwk }, alg))
      .setUnprotectedHeader({ kid })
      .setKeyManagementParameters({ apv: new Uint8Array(createHash("sha256").update(kid).digest()) })
    const opened = await ours(bob)(JSON.stringify(await jwe.encrypt()))
    expect(opened).toMatchObject({ message: { text }, layers: [{ kind: "anoncrypt", kid }], sender: null })

    const recipients = bob.agreement.map((one) => ({ kid: one.kid, key: publicHalf(one.key) }))
    const sealed = JSON.parse(await sealJwe(toUtf8(text), { recipients, enc: encryption }))
    for (const one of bob.agreement) {
      const { plaintext: read } = await jose.generalDecrypt(sealed, await jose.importJWK({ ...one.key.jwk }, alg))
      expect(new TextDecoder().decode(read)).toBe(text)
    }
  })
})
