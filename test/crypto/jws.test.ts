import { expect, test } from "bun:test"
import { createSign } from "node:crypto"
import { secp256k1 } from "@noble/curves/secp256k1.js"
import { fromBase64url, toBase64url, toUtf8 } from "../../src/base/bytes.ts"
import type { JsonObject } from "../../src/base/json.ts"
import type { SignatureAlgorithm } from "../../src/crypto/algorithms.ts"
import { parseCompactJws, parseJws, signJws, verifySignature } from "../../src/crypto/jws.ts"
import { importPrivateKey, importPublicKey, type PrivateKey, type PublicKey } from "../../src/crypto/keys.ts"
import { headerOf, party, withHeader, without } from "./parties.ts"
import { refusal } from "./refusal.ts"

const payload = toUtf8('{"id":"1","type":"https://didcomm.org/empty/1.0/empty"}')
type Pair = { kid: string; key: PrivateKey; open: { kid: string; key: PublicKey } }

function k256(): Pair {
  const { secretKey } = secp256k1.keygen()
  const point = secp256k1.getPublicKey(secretKey, false)
  const jwk = { kty: "EC", crv: "secp256k1", x: toBase64url(point.subarray(1, 33)), y: toBase64url(point.subarray(33)) }
  const key = importPrivateKey({ ...jwk, d: toBase64url(secretKey) }) ?? expect.unreachable()
  const kid = "did:example:alice#key-3"
  return { kid, key, open: { kid, key: importPublicKey(jwk) ?? expect.unreachable() } }
}

const signers: [SignatureAlgorithm, Pair][] = [
  ["EdDSA", party("alice", "Ed25519", 1)],
  ["ES256", party("alice", "P-256", 2)],
  ["ES256K", k256()],
]

type Wire = JsonObject & { payload: string; signatures: { protected: string; signature: string; header: JsonObject }[] }
const signed = async (signer: Pair): Promise<Wire> => JSON.parse(await signJws(payload, signer))
const onlyOf = (wire: Wire) => wire.signatures[0] ?? expect.unreachable()
const first = (value: JsonObject) => parseJws(value).signatures[0] ?? expect.unreachable()

test.each(signers)("%s: what is signed is verified with the signer's key and with no other", async (alg, signer) => {
  const wire = await signed(signer)
  expect(headerOf(onlyOf(wire))).toEqual({ typ: "application/didcomm-signed+json", alg, kid: signer.kid })
  expect(onlyOf(wire).header).toEqual({ kid: signer.kid })
  const jws = parseJws(wire)
  expect(jws.payload).toEqual(payload)
  expect(jws.signatures).toHaveLength(1)
  expect(first(wire)).toMatchObject({ kid: signer.kid, alg })
  expect(verifySignature(first(wire), signer.open.key)).toBe(true)
  const others = [party("eve", "Ed25519"), party("eve", "P-256"), party("eve", "P-384"), party("eve", "X25519"), k256()]
  for (const { open } of others) expect(verifySignature(first(wire), open.key)).toBe(false)
})

test.each(signers)("%s: a change of any byte of payload or signature is seen", async (_, signer) => {
  const wire = await signed(signer)
  const signature = fromBase64url(onlyOf(wire).signature) ?? expect.unreachable()
  const sample = (bytes: Uint8Array) => [...bytes.keys()].filter((at) => at % 5 === 0 || at === bytes.byteLength - 1)
  const flip = (bytes: Uint8Array, at: number) => toBase64url(bytes.with(at, (bytes[at] ?? 0) ^ 1))
  const changed = [
    ...sample(payload).map((at) => ({ ...wire, payload: flip(payload, at) })),
    ...sample(signature).map((at) => ({ ...wire, signatures: [{ ...onlyOf(wire), signature: flip(signature, at) }] })),
  ]
  for (const value of changed) expect(verifySignature(first(value), signer.open.key)).toBe(false)
})

test.each(signers)("%s: signatures of zeros or ones only are false, not an error", async (_, signer) => {
  const signature = first(await signed(signer))
  for (const byte of [0, 0xff]) {
    const forged = { ...signature, signature: new Uint8Array(64).fill(byte) }
    expect(verifySignature(forged, signer.open.key)).toBe(false)
  }
})

test("an ES256K signature with a high s is as good as the low one (RFC 8812)", async () => {
  const signer = k256()
  const wire = await signed(signer)
  const { r, s } = secp256k1.Signature.fromBytes(first(wire).signature)
  const high = new secp256k1.Signature(r, secp256k1.Point.Fn.ORDER - s).toBytes()
  expect(verifySignature({ ...first(wire), signature: high }, signer.open.key)).toBe(true)
})

test("signing with a key that cannot sign is refused", async () => {
  for (const curve of ["X25519", "P-384"] as const) {
    expect(await refusal(() => signJws(payload, party("alice", curve)))).toBe("internal")
  }
})

test("General and Flattened form, with kid on either side or on both, are read alike", async () => {
  const signer = party("alice", "Ed25519")
  const wire = await signed(signer)
  const { header, ...bare } = onlyOf(wire)
  const forms = [
    wire,
    { payload: wire.payload, ...onlyOf(wire) },
    { payload: wire.payload, ...bare },
    { payload: wire.payload, signatures: [bare] },
    { payload: wire.payload, signatures: [{ ...bare, header: {} }] },
  ]
  for (const form of forms) {
    expect(first(form)).toEqual(first(wire))
    expect(verifySignature(first(form), signer.open.key)).toBe(true)
  }
  const unsigned = withHeader(onlyOf(wire), (old) => without(old, "kid"))
  expect(first({ payload: wire.payload, ...unsigned }).kid).toBe(String(header.kid))
})

test("several signatures are all handed out, up to eight", async () => {
  const wire = await signed(party("alice", "Ed25519"))
  const times = (count: number) => ({ ...wire, signatures: Array.from({ length: count }, () => onlyOf(wire)) })
  expect(parseJws(times(8)).signatures).toHaveLength(8)
  expect(await refusal(() => parseJws(times(9)))).toBe("envelope.malformed")
})

type Break = (wire: Wire) => JsonObject
const one = (change: (signature: Wire["signatures"][number]) => unknown): Break => {
  return (wire) => ({ ...wire, signatures: wire.signatures.map(change) })
}
const setHeader = (members: JsonObject): Break => one((old) => withHeader(old, (header) => ({ ...header, ...members })))

const malformed: Record<string, Break> = {
  "alg none": setHeader({ alg: "none" }),
  "alg HS256": setHeader({ alg: "HS256" }),
  "alg RS256": setHeader({ alg: "RS256" }),
  "alg ES384": setHeader({ alg: "ES384" }),
  "alg of an inherited member": setHeader({ alg: "toString" }),
  "no alg": one((old) => withHeader(old, (header) => without(header, "alg"))),
  "alg only unprotected": one((old) => ({
    ...withHeader(old, (header) => without(header, "alg")),
    header: { ...old.header, alg: "EdDSA" },
  })),
  crit: setHeader({ crit: ["b64"] }),
  "b64 false": setHeader({ b64: false }),
  "b64 true": setHeader({ b64: true }),
  "crit unprotected": one((old) => ({ ...old, header: { ...old.header, crit: [] } })),
  "no kid anywhere": one((old) => ({ ...withHeader(old, (header) => without(header, "kid")), header: {} })),
  "two different kids": one((old) => ({ ...old, header: { kid: "did:example:mallory#key-1" } })),
  "a kid without a fragment": one((old) => ({
    ...withHeader(old, (header) => ({ ...header, kid: "did:example:alice" })),
    header: {},
  })),
  "a kid that is a number": one((old) => ({ ...withHeader(old, (header) => ({ ...header, kid: 1 })), header: {} })),
  "no signatures": (wire) => ({ ...wire, signatures: [] }),
  "signatures as text": (wire) => ({ ...wire, signatures: "AAAA" }),
  "signatures missing": (wire) => without(wire, "signatures"),
  "both forms at once": (wire) => ({ ...wire, ...onlyOf(wire) }),
  "a signature that is no object": one(() => 1),
  "a signature without bytes": one((old) => ({ ...old, signature: "" })),
  "a signature of 63 bytes": one((old) => ({ ...old, signature: toBase64url(new Uint8Array(63)) })),
  "a signature of 65 bytes": one((old) => ({ ...old, signature: toBase64url(new Uint8Array(65)) })),
  "a signature with padding": one((old) => ({ ...old, signature: `${old.signature}==` })),
  "a signature with stray last bits": one((old) => ({ ...old, signature: strayBits(old.signature) })),
  "a payload with padding": (wire) => ({ ...wire, payload: `${wire.payload}=` }),
  "no payload": (wire) => without(wire, "payload"),
  "no protected header": one((old) => without(old, "protected")),
  "an empty protected header": one((old) => ({ ...old, protected: "" })),
  "a header that is no object": one((old) => ({ ...old, header: "kid" })),
  "a header that is null": one((old) => ({ ...old, header: null })),
}

/** The same 64 bytes to a lenient decoder: the last character of 86 carries four unused bits. */
function strayBits(text: string): string {
  const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
  return text.slice(0, -1) + alphabet[alphabet.indexOf(text.at(-1) ?? "") + 1]
}

test.each(Object.entries(malformed))("a signed envelope with %s is malformed", async (_, change) => {
  const wire = await signed(party("alice", "Ed25519"))
  expect(await refusal(() => parseJws(wire))).toBe("accepted")
  expect(await refusal(() => parseJws(change(wire)))).toBe("envelope.malformed")
})

test("an ES256 signature in DER is malformed", async () => {
  const signer = party("alice", "P-256")
  const wire = await signed(signer)
  const input = first(wire).signingInput
  const der = createSign("sha256")
    .update(input)
    .sign(signer.key.handle ?? expect.unreachable())
  expect(await refusal(() => parseJws(one((old) => ({ ...old, signature: toBase64url(der) }))(wire)))).toBe(
    "envelope.malformed",
  )
})

test("a compact JWS is read and verified; other numbers of parts and a missing kid are malformed", async () => {
  const signer = party("alice", "Ed25519")
  const wire = await signed(signer)
  const compact = `${onlyOf(wire).protected}.${wire.payload}.${onlyOf(wire).signature}`
  const jws = parseCompactJws(compact)
  expect(jws.header.kid).toBe(signer.kid)
  expect(jws.payload).toEqual(payload)
  expect(verifySignature(jws.signature, signer.open.key)).toBe(true)
  const anonymous = withHeader(onlyOf(wire), (header) => without(header, "kid")).protected
  const bad = [
    "",
    ".",
    "..",
    "a.b",
    `${compact}.`,
    `${compact}=`,
    ` ${compact}`,
    `${anonymous}.${wire.payload}.${onlyOf(wire).signature}`,
  ]
  for (const text of bad) expect(await refusal(() => parseCompactJws(text))).toBe("envelope.malformed")
})
