import { expect, test } from "bun:test"
import { createHash, createPublicKey } from "node:crypto"
import { toBase64url, toUtf8 } from "../../src/base/bytes.ts"
import type { JsonObject } from "../../src/base/json.ts"
import { type ContentEncryption, contentEncryptions, isContentEncryption } from "../../src/crypto/algorithms.ts"
import { openJwe, parseJwe, type Recipient, sealJwe } from "../../src/crypto/jwe.ts"
import { agreementCurves, headerOf, parse, party, type Wire, withHeader, without } from "./parties.ts"
import { refusal } from "./refusal.ts"

const encs = Object.keys(contentEncryptions).filter(isContentEncryption)
const plaintext = toUtf8('{"id":"1","type":"https://didcomm.org/empty/1.0/empty"}')

const everyPair = agreementCurves.flatMap((curve) => encs.map((enc) => [curve, enc] as const))
test.each(everyPair)("anoncrypt with %s and %s opens for each of two keys of the recipient", async (curve, enc) => {
  const keys = [party("bob", curve, 1), party("bob", curve, 2)]
  const jwe = parseJwe(parse(await sealJwe(plaintext, { recipients: keys.map(({ open }) => open), enc })))
  expect(jwe).toMatchObject({ kind: "anoncrypt", enc, skid: null, apu: new Uint8Array(), epk: { jwk: { crv: curve } } })
  for (const key of keys) expect(await openJwe(jwe, key, null)).toEqual(plaintext)
})

test.each(agreementCurves)("authcrypt with %s opens for each key with the sender's key", async (curve) => {
  const alice = party("alice", curve)
  const keys = [party("bob", curve, 1), party("bob", curve, 2)]
  const text = await sealJwe(plaintext, { recipients: keys.map(({ open }) => open), sender: alice, enc: "A256GCM" })
  const jwe = parseJwe(parse(text))
  expect(jwe).toMatchObject({ kind: "authcrypt", enc: "A256CBC-HS512", skid: alice.kid, apu: toUtf8(alice.kid) })
  for (const key of keys) expect(await openJwe(jwe, key, alice.open.key)).toEqual(plaintext)
})

test("what is sealed has the header that DIDComm asks for, and another content key and epk each time", async () => {
  const [alice, bob] = [party("alice", "X25519"), party("bob", "X25519")]
  const one = parse(await sealJwe(plaintext, { recipients: [bob.open], sender: alice }))
  const other = parse(await sealJwe(plaintext, { recipients: [bob.open], sender: alice }))
  expect(headerOf(one)).toEqual({
    typ: "application/didcomm-encrypted+json",
    alg: "ECDH-1PU+A256KW",
    enc: "A256CBC-HS512",
    skid: alice.kid,
    apu: toBase64url(toUtf8(alice.kid)),
    apv: createHash("sha256").update(bob.kid).digest("base64url"),
    epk: { kty: "OKP", crv: "X25519", x: expect.any(String) },
  })
  expect(one.recipients[0]?.header).toEqual({ kid: bob.kid })
  expect(headerOf(one).epk).not.toEqual(headerOf(other).epk)
  for (const member of ["iv", "ciphertext", "tag"] as const) expect(one[member]).not.toBe(other[member])
})

test("nobody else opens: wrong key, wrong key id, wrong sender, no sender, a key of another curve", async () => {
  const [alice, bob, carol] = [party("alice", "X25519"), party("bob", "X25519"), party("carol", "X25519")]
  const jwe = parseJwe(parse(await sealJwe(plaintext, { recipients: [bob.open], sender: alice })))
  const attempts = [
    () => openJwe(jwe, { kid: bob.kid, key: carol.key }, alice.open.key),
    () => openJwe(jwe, { kid: carol.kid, key: bob.key }, alice.open.key),
    () => openJwe(jwe, bob, carol.open.key),
    () => openJwe(jwe, bob, null),
    () => openJwe(jwe, bob, party("alice", "P-256").open.key),
    () => openJwe(jwe, bob, party("alice", "Ed25519").open.key),
    () => openJwe(jwe, { kid: bob.kid, key: party("bob", "P-256").key }, alice.open.key),
  ]
  for (const attempt of attempts) expect(await refusal(attempt)).toBe("envelope.unreadable")
})

test("an aad member is part of what is authenticated", async () => {
  const bob = party("bob", "X25519")
  const wire = parse(await sealJwe(plaintext, { recipients: [bob.open] }))
  const jwe = parseJwe({ ...wire, aad: toBase64url(toUtf8("more")) })
  expect(new TextDecoder().decode(jwe.aad)).toBe(`${wire.protected}.bW9yZQ`)
  expect(await refusal(() => openJwe(jwe, bob, null))).toBe("envelope.unreadable")
})

test("a broken encrypted_key spoils the message for that key only, and for all when every one is broken", async () => {
  const keys = [party("bob", "X25519", 1), party("bob", "X25519", 2)] as const
  const wire = parse(await sealJwe(plaintext, { recipients: keys.map(({ open }) => open) }))
  const [first, second] = wire.recipients
  for (const encrypted_key of ["!", "", "AAAA", toBase64url(new Uint8Array(73)), toBase64url(new Uint8Array(72))]) {
    const jwe = parseJwe({ ...wire, recipients: [{ ...first, encrypted_key }, second] })
    expect(await refusal(() => openJwe(jwe, keys[0], null))).toBe("envelope.unreadable")
    expect(await openJwe(jwe, keys[1], null)).toEqual(plaintext)
  }
  const broken = wire.recipients.map(({ header }) => ({ header, encrypted_key: toBase64url(new Uint8Array(71)) }))
  expect(await refusal(() => parseJwe({ ...wire, recipients: broken }))).toBe("envelope.malformed")
})

test("an epk of small order leaves the message unreadable", async () => {
  const bob = party("bob", "X25519")
  const wire = parse(await sealJwe(plaintext, { recipients: [bob.open] }))
  const x = toBase64url(new Uint8Array(32))
  const jwe = parseJwe(withHeader(wire, (header) => ({ ...header, epk: { kty: "OKP", crv: "X25519", x } })))
  expect(await refusal(() => openJwe(jwe, bob, null))).toBe("envelope.unreadable")
})

test("sealing refuses keys of several curves, no key, a signing key, and a peer's point of small order", async () => {
  const seal = (...recipients: Recipient[]) => refusal(() => sealJwe(plaintext, { recipients }))
  expect(await seal()).toBe("internal")
  expect(await seal(party("bob", "X25519").open, party("bob", "P-256").open)).toBe("internal")
  expect(await seal(party("bob", "Ed25519").open)).toBe("internal")
  const bob = party("bob", "X25519").open
  const jwk = { kty: "OKP", crv: "X25519", x: toBase64url(new Uint8Array(32)) } as const
  const key = { jwk, handle: createPublicKey({ key: jwk, format: "jwk" }) }
  expect(await seal({ kid: bob.kid, key })).toBe("did.malformed")
})

type Break = (wire: JsonObject & Wire) => JsonObject
const header = (change: (header: JsonObject) => JsonObject) => (wire: JsonObject & Wire) => withHeader(wire, change)
const setHeader = (members: JsonObject) => header((old) => ({ ...old, ...members }))
const dropHeader = (member: string) => header((old) => without(old, member))
const setKids = (kids: unknown[]) => (wire: JsonObject & Wire) => {
  const recipients = kids.map((kid) => ({ ...wire.recipients[0], header: { kid } }))
  const apv = createHash("sha256")
    .update([...kids].sort().join("."))
    .digest("base64url")
  return withHeader({ ...wire, recipients }, (old) => ({ ...old, apv }))
}
const setRecipient = (change: (recipient: Wire["recipients"][number]) => unknown) => (wire: JsonObject & Wire) => ({
  ...wire,
  recipients: wire.recipients.map(change),
})
const offCurve = {
  kty: "EC",
  crv: "P-256",
  x: toBase64url(new Uint8Array(32).fill(1)),
  y: toBase64url(new Uint8Array(32)),
}
const bytes = (length: number) => toBase64url(new Uint8Array(length))
const kid = "did:example:bob#key-1"
const many = (count: number) => Array.from({ length: count }, (_, at) => `did:example:bob#key-${at}`)

const malformedAnon: Record<string, Break> = {
  "an unknown alg": setHeader({ alg: "ECDH-ES" }),
  "alg of an inherited member": setHeader({ alg: "constructor" }),
  "alg none": setHeader({ alg: "none" }),
  "alg as an array": setHeader({ alg: ["ECDH-ES+A256KW"] }),
  "no alg": dropHeader("alg"),
  "an unknown enc": setHeader({ enc: "A128GCM" }),
  "no enc": dropHeader("enc"),
  crit: setHeader({ crit: ["exp"], exp: 1 }),
  "crit null": setHeader({ crit: null }),
  zip: setHeader({ zip: "DEF" }),
  "no epk": dropHeader("epk"),
  "epk with its private half": header((old) => ({ ...old, epk: { ...(old.epk as JsonObject), d: bytes(32) } })),
  "epk off its curve": setHeader({ epk: offCurve }),
  "epk of a signing curve": setHeader({ epk: { kty: "OKP", crv: "Ed25519", x: headerXOfEd25519() } }),
  "epk with a short coordinate": setHeader({ epk: { kty: "OKP", crv: "X25519", x: bytes(31) } }),
  "epk as text": setHeader({ epk: "AAAA" }),
  "no apv": dropHeader("apv"),
  "apv of other keys": setHeader({ apv: bytes(32) }),
  "apv as a number": setHeader({ apv: 1 }),
  "skid without apu": setHeader({ skid: "did:example:alice#1" }),
  "apu of another skid": setHeader({ skid: "did:example:alice#1", apu: toBase64url(toUtf8("did:example:alice#2")) }),
  "apu with padding": setHeader({ apu: "AAA=" }),
  "a shared unprotected header": (wire) => ({ ...wire, unprotected: {} }),
  "Flattened form": ({ recipients, ...wire }) => ({ ...wire, ...recipients[0] }),
  "General and Flattened form at once": (wire) => ({ ...wire, encrypted_key: bytes(72) }),
  "recipients that are no array": (wire) => ({ ...wire, recipients: wire.recipients[0] }),
  "a recipient that is no object": setRecipient(() => null),
  "a recipient without a header": setRecipient(({ encrypted_key }) => ({ encrypted_key })),
  "a recipient without encrypted_key": setRecipient(({ header }) => ({ header })),
  "encrypted_key as a number": setRecipient((old) => ({ ...old, encrypted_key: 1 })),
  "an encrypted_key of the wrong length": setRecipient((old) => ({ ...old, encrypted_key: bytes(40) })),
  "zip beside kid": setRecipient((old) => ({ ...old, header: { ...old.header, zip: "DEF" } })),
  "alg beside kid": setRecipient((old) => ({ ...old, header: { ...old.header, alg: "ECDH-ES+A256KW" } })),
  "no recipients": setKids([]),
  "more than fifty recipients": setKids(many(51)),
  "the same key id twice": setKids([kid, kid]),
  "keys of two DIDs": setKids([kid, "did:example:carol#key-1"]),
  "a key id without a fragment": setKids(["did:example:bob"]),
  "a key id with an empty fragment": setKids(["did:example:bob#"]),
  "a key id that is no DID URL": setKids(["https://example.com/#key"]),
  "a relative key id": setKids(["#key-1"]),
  "a key id with a line break": setKids(["did:example:bob#key\n1"]),
  "a key id outside ASCII": setKids(["did:example:bøb#key"]),
  "a key id that is a number": setKids([1]),
  "an iv of the wrong length": (wire) => ({ ...wire, iv: bytes(12) }),
  "a tag of the wrong length": (wire) => ({ ...wire, tag: bytes(16) }),
  "an empty tag": (wire) => ({ ...wire, tag: "" }),
  "a ciphertext that is no whole number of blocks": (wire) => ({ ...wire, ciphertext: bytes(17) }),
  "an aad member that is not base64url": (wire) => ({ ...wire, aad: "a b" }),
  "an aad member that is no text": (wire) => ({ ...wire, aad: null }),
  "a protected header that is no JSON": (wire) => ({ ...wire, protected: toBase64url(toUtf8("{")) }),
  "a protected header that is an array": (wire) => ({ ...wire, protected: toBase64url(toUtf8("[]")) }),
  "a protected header that is not UTF-8": (wire) => ({
    ...wire,
    protected: toBase64url(Uint8Array.of(0x22, 0xff, 0x22)),
  }),
  "a protected header nested deep": (wire) => ({
    ...wire,
    protected: toBase64url(toUtf8(`{"a":${"[".repeat(100_000)}${"]".repeat(100_000)}}`)),
  }),
}
for (const member of ["protected", "recipients", "iv", "ciphertext", "tag"]) {
  malformedAnon[`no ${member}`] = (wire) => without(wire, member)
  malformedAnon[`${member} null`] = (wire) => ({ ...wire, [member]: null })
}
for (const member of ["protected", "iv", "ciphertext", "tag"] as const) {
  malformedAnon[`${member} with padding`] = (wire) => ({ ...wire, [member]: `${wire[member]}=` })
  malformedAnon[`${member} with a line break`] = (wire) => ({ ...wire, [member]: `${wire[member]}\n` })
  malformedAnon[`${member} in the other alphabet`] = (wire) => ({ ...wire, [member]: `+/${wire[member].slice(2)}` })
}

function headerXOfEd25519(): string {
  return party("bob", "Ed25519").open.key.jwk.x
}

test.each(Object.entries(malformedAnon))("an anoncrypt envelope with %s is malformed", async (_, change) => {
  const bob = party("bob", "X25519")
  const wire = parse(await sealJwe(plaintext, { recipients: [bob.open] }))
  expect(parseJwe(wire).recipients).toHaveLength(1)
  expect(await refusal(() => parseJwe(change(wire)))).toBe("envelope.malformed")
})

const lengths: [ContentEncryption, number, number, number][] = [
  ["A256CBC-HS512", 72, 16, 32],
  ["A256GCM", 40, 12, 16],
  ["XC20P", 40, 24, 16],
]
test.each(lengths)("%s: encrypted_key, iv and tag have exactly their lengths", async (enc, key, iv, tag) => {
  const wire = parse(await sealJwe(plaintext, { recipients: [party("bob", "P-256").open], enc }))
  const sized = (k: number, i: number, t: number) => ({
    ...wire,
    iv: bytes(i),
    tag: bytes(t),
    recipients: [{ ...wire.recipients[0], encrypted_key: bytes(k) }],
  })
  expect(await refusal(() => parseJwe(sized(key, iv, tag)))).toBe("accepted")
  for (const off of [-8, -1, 1, 8]) {
    expect(await refusal(() => parseJwe(sized(key + off, iv, tag)))).toBe("envelope.malformed")
    expect(await refusal(() => parseJwe(sized(key, iv + off, tag)))).toBe("envelope.malformed")
    expect(await refusal(() => parseJwe(sized(key, iv, tag + off)))).toBe("envelope.malformed")
  }
})

test("fifty recipients are read, and key ids sort by code point for apv whatever their order", async () => {
  const wire = parse(await sealJwe(plaintext, { recipients: [party("bob", "X25519").open] }))
  expect(parseJwe(setKids(many(50))(wire)).recipients).toHaveLength(50)
  const kids = ["did:example:bob#a", "did:example:bob#B", "did:example:bob#_"]
  expect(parseJwe(setKids(kids)(wire)).recipients.map(({ kid }) => kid)).toEqual(kids)
})

const malformedAuth: Record<string, Break> = {
  "A256GCM instead of the cipher that commits to its key": setHeader({ enc: "A256GCM" }),
  "XC20P instead of the cipher that commits to its key": setHeader({ enc: "XC20P" }),
  "skid without apu": dropHeader("apu"),
  "apu of another key": setHeader({ apu: toBase64url(toUtf8("did:example:alice#other")) }),
  "neither skid nor apu": header((old) => without(without(old, "skid"), "apu")),
  "a sender without a fragment": setHeader({
    skid: "did:example:alice",
    apu: toBase64url(toUtf8("did:example:alice")),
  }),
  "skid as a number": setHeader({ skid: 1 }),
  "only an apu that is not UTF-8": header((old) => ({
    ...without(old, "skid"),
    apu: toBase64url(Uint8Array.of(0xff)),
  })),
}
test.each(Object.entries(malformedAuth))("an authcrypt envelope with %s is malformed", async (_, change) => {
  const [alice, bob] = [party("alice", "X25519"), party("bob", "X25519")]
  const wire = parse(await sealJwe(plaintext, { recipients: [bob.open], sender: alice }))
  expect(parseJwe(wire).skid).toBe(alice.kid)
  expect(await refusal(() => parseJwe(change(wire)))).toBe("envelope.malformed")
})

test("without skid the sender is the one that apu names; typ and unknown members do not matter", async () => {
  const [alice, bob] = [party("alice", "X25519"), party("bob", "X25519")]
  const wire = parse(await sealJwe(plaintext, { recipients: [bob.open], sender: alice }))
  expect(parseJwe(dropHeader("skid")(wire)).skid).toBe(alice.kid)
  expect(parseJwe(dropHeader("typ")(wire)).skid).toBe(alice.kid)
  expect(parseJwe({ ...setHeader({ foo: { bar: 1 } })(wire), foo: 1 }).skid).toBe(alice.kid)
})
