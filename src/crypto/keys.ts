import { createPrivateKey, createPublicKey, generateKeyPairSync, type KeyObject } from "node:crypto"
import { ed25519 } from "@noble/curves/ed25519.js"
import { p256, p384, p521 } from "@noble/curves/nist.js"
import { secp256k1 } from "@noble/curves/secp256k1.js"
import { Point } from "@noble/ed25519"
import { base58btc } from "multiformats/bases/base58"
import { concat, fromBase64url, sameBytes, toBase64url } from "../base/bytes.ts"
import { isObject } from "../base/json.ts"

export type Curve = "X25519" | "Ed25519" | "P-256" | "P-384" | "P-521" | "secp256k1"

/** RFC 7517 / 8037 public key: base64url coordinates of exactly the curve's length. */
export type PublicJwk = { readonly kty: "OKP" | "EC"; readonly crv: Curve; readonly x: string; readonly y?: string }
export type PrivateJwk = PublicJwk & { readonly d: string }

/** A checked key, imported once (an import costs a third of a key agreement). `handle` is null for secp256k1. */
export type PublicKey = { readonly jwk: PublicJwk; readonly handle: KeyObject | null }
export type PrivateKey = { readonly jwk: PrivateJwk; readonly handle: KeyObject | null }

// One row a curve. Multicodec: the varint prefix of a Multikey (multiformats table).
type CurveRow = { kty: "OKP" | "EC"; size: number; multicodec: readonly [number, number]; pointSize: number }
const curves: Readonly<Record<Curve, CurveRow>> = {
  X25519: { kty: "OKP", size: 32, multicodec: [0xec, 0x01], pointSize: 32 },
  Ed25519: { kty: "OKP", size: 32, multicodec: [0xed, 0x01], pointSize: 32 },
  "P-256": { kty: "EC", size: 32, multicodec: [0x80, 0x24], pointSize: 33 },
  "P-384": { kty: "EC", size: 48, multicodec: [0x81, 0x24], pointSize: 49 },
  "P-521": { kty: "EC", size: 66, multicodec: [0x82, 0x24], pointSize: 67 },
  secp256k1: { kty: "EC", size: 32, multicodec: [0xe7, 0x01], pointSize: 33 },
}
const points = {
  "P-256": p256.Point,
  "P-384": p384.Point,
  "P-521": p521.Point,
  secp256k1: secp256k1.Point,
} as const

const isCurve = (name: unknown): name is Curve => typeof name === "string" && Object.hasOwn(curves, name)

/** The public members of a JWK, or null unless it is well-formed: known curve, exact lengths, no private part. */
export function toPublicJwk(value: unknown): PublicJwk | null {
  if (!isObject(value) || !isCurve(value.crv) || "d" in value) return null
  const { kty, size } = curves[value.crv]
  const { crv, x, y } = value
  if (value.kty !== kty || !isCoordinate(x, size)) return null
  if (kty === "OKP") return { kty, crv, x }
  return isCoordinate(y, size) ? { kty, crv, x, y } : null
}

const isCoordinate = (text: unknown, size: number): text is string =>
  typeof text === "string" && fromBase64url(text)?.byteLength === size

/** The key, checked to be a point of its curve and (Ed25519) not of small order; null when it is not. */
export function importPublicKey(value: unknown): PublicKey | null {
  const jwk = toPublicJwk(value)
  if (!jwk) return null
  try {
    if (jwk.crv === "Ed25519" && Point.fromBytes(rawPublicKey(jwk)).isSmallOrder()) return null
    if (jwk.crv === "secp256k1") return secp256k1.Point.fromBytes(uncompressed(jwk)) && { jwk, handle: null }
    return { jwk, handle: createPublicKey({ key: { ...jwk }, format: "jwk" }) }
  } catch {
    return null
  }
}

/** A private key from its JWK, or null when it is not one of ours to use or its public half is another key's. */
export function importPrivateKey(value: unknown): PrivateKey | null {
  if (!isObject(value)) return null
  const { d, ...rest } = value
  const jwk = toPublicJwk(rest)
  if (!jwk || !isCoordinate(d, curves[jwk.crv].size)) return null
  try {
    if (jwk.crv === "secp256k1") {
      const isPair = sameBytes(secp256k1.getPublicKey(coordinate(d), false), uncompressed(jwk))
      return isPair ? { jwk: { ...jwk, d }, handle: null } : null
    }
    const handle = createPrivateKey({ key: { ...jwk, d }, format: "jwk" })
    // An import of an OKP key does not look at x.
    return createPublicKey(handle).export({ format: "jwk" }).x === jwk.x ? { jwk: { ...jwk, d }, handle } : null
  } catch {
    return null
  }
}

/** A fresh key pair of a natively supported curve. */
export function generatePrivateKey(curve: Exclude<Curve, "secp256k1">): PrivateKey {
  const { privateKey } = nativePair(curve)
  return { jwk: privateKey.export({ format: "jwk" }) as PrivateJwk, handle: privateKey }
}

function nativePair(curve: Exclude<Curve, "secp256k1">) {
  if (curve === "X25519") return generateKeyPairSync("x25519")
  if (curve === "Ed25519") return generateKeyPairSync("ed25519")
  return generateKeyPairSync("ec", { namedCurve: curve })
}

/** The public half of a private key. */
export function publicHalf({ jwk: { d: _, ...jwk }, handle }: PrivateKey): PublicKey {
  return { jwk, handle: handle && createPublicKey(handle) }
}

/** OKP: the 32 raw bytes. EC: the compressed point (SEC 1 §2.3.3). */
export function rawPublicKey(jwk: PublicJwk): Uint8Array {
  if (jwk.crv === "X25519" || jwk.crv === "Ed25519") return coordinate(jwk.x)
  const isOdd = (coordinate(jwk.y).at(-1) ?? 0) & 1
  return concat(Uint8Array.of(2 | isOdd), coordinate(jwk.x))
}

/** EC: the point with both its coordinates (SEC 1 §2.3.3). */
export const uncompressed = (jwk: PublicJwk): Uint8Array =>
  concat(Uint8Array.of(4), coordinate(jwk.x), coordinate(jwk.y))

// Lengths and alphabet were checked when the PublicJwk was made.
const coordinate = (text: string | undefined): Uint8Array => fromBase64url(text ?? "") ?? new Uint8Array()

/** `z…` base58btc Multikey of a public key (Controlled Identifiers §2.2.2). */
export const toMultikey = (jwk: PublicJwk): string =>
  base58btc.encode(concat(Uint8Array.from(curves[jwk.crv].multicodec), rawPublicKey(jwk)))

/** The key a Multikey names, or null: unknown codec, wrong length, or no point of the curve. */
export function fromMultikey(text: string): PublicJwk | null {
  // The longest has 95 characters, and decoding costs the square of the length.
  const bytes = text.length > 100 ? null : fromBase58(text)
  const hasPrefix = ([, { multicodec }]: [string, CurveRow]) => multicodec.every((byte, at) => bytes?.[at] === byte)
  const found = Object.entries(curves).find(hasPrefix)
  if (!bytes || !found || bytes.byteLength !== 2 + found[1].pointSize) return null
  return fromRawPublicKey(found[0] as Curve, bytes.subarray(2))
}

/** Bytes of `z…` base58btc text, or null. */
export function fromBase58(text: string): Uint8Array | null {
  try {
    return base58btc.decode(text as `z${string}`)
  } catch {
    return null
  }
}

/** The key whose raw (OKP) or compressed (EC) bytes these are, or null. */
export function fromRawPublicKey(crv: Curve, raw: Uint8Array): PublicJwk | null {
  if (crv === "X25519" || crv === "Ed25519") {
    return raw.byteLength === 32 ? { kty: "OKP", crv, x: toBase64url(raw) } : null
  }
  try {
    const point = points[crv].fromBytes(raw).toBytes(false)
    const { size } = curves[crv]
    return { kty: "EC", crv, x: toBase64url(point.subarray(1, 1 + size)), y: toBase64url(point.subarray(1 + size)) }
  } catch {
    return null
  }
}

/** The X25519 key of an Ed25519 key: u = (1 + y) / (1 - y) (did:key §3.1.3, RFC 7748 §4.1); null for a bad point. */
export function toX25519(jwk: PublicJwk): PublicJwk | null {
  try {
    return { kty: "OKP", crv: "X25519", x: toBase64url(ed25519.utils.toMontgomery(rawPublicKey(jwk))) }
  } catch {
    return null
  }
}
