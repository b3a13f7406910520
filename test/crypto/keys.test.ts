import { expect, test } from "bun:test"
import { secp256k1 } from "@noble/curves/secp256k1.js"
import { toBase64url } from "../../src/base/bytes.ts"
import {
  type Curve,
  fromMultikey,
  generatePrivateKey,
  importPrivateKey,
  importPublicKey,
  type PrivateJwk,
  toMultikey,
} from "../../src/crypto/keys.ts"

function freshJwk(curve: Curve): PrivateJwk {
  if (curve !== "secp256k1") return generatePrivateKey(curve).jwk
  const { secretKey } = secp256k1.keygen()
  const point = secp256k1.getPublicKey(secretKey, false)
  const [x, y] = [toBase64url(point.subarray(1, 33)), toBase64url(point.subarray(33))]
  return { kty: "EC", crv: curve, x, y, d: toBase64url(secretKey) }
}

const curves: Curve[] = ["X25519", "Ed25519", "P-256", "P-384", "P-521", "secp256k1"]

test.each(curves)("%s: a private key whose halves belong to two keys is refused", (curve) => {
  const [one, other] = [freshJwk(curve), freshJwk(curve)]
  expect(importPrivateKey(one)?.jwk).toEqual(one)
  expect(importPrivateKey({ ...one, d: other.d })).toBeNull()
  expect(importPrivateKey({ ...one, d: toBase64url(new Uint8Array(16)) })).toBeNull()
})

test.each(curves)(
  "%s: a public key comes back from its Multikey, and is never imported with its private half",
  (curve) => {
    const { d, ...jwk } = freshJwk(curve)
    expect(importPublicKey(jwk)?.jwk).toEqual(jwk)
    expect(fromMultikey(toMultikey(jwk))).toEqual(jwk)
    expect(importPublicKey({ ...jwk, d })).toBeNull()
  },
)

test.each(curves.slice(2))("%s: a point off the curve is refused", (curve) => {
  const { d: _, ...jwk } = freshJwk(curve)
  expect(importPublicKey({ ...jwk, y: jwk.x })).toBeNull()
})

test("an Ed25519 key of small order is refused", () => {
  const identity = new Uint8Array(32).with(0, 1)
  expect(importPublicKey({ kty: "OKP", crv: "Ed25519", x: toBase64url(identity) })).toBeNull()
})

test("a Multikey of an unknown codec, another length or no base58 at all names no key", () => {
  const key = toMultikey(generatePrivateKey("Ed25519").jwk)
  for (const text of [key.slice(1), `${key}1`, "z", "", "z0", "zQmdsDjnhZbMvFue6e2vyUekL7AxPNZe3PiG6nPhDEn44ea"]) {
    expect(fromMultikey(text)).toBeNull()
  }
})
