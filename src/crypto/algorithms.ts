import { type KeyObject, sign, verify } from "node:crypto"
import { secp256k1 } from "@noble/curves/secp256k1.js"
import { fromBase64url } from "../base/bytes.ts"
import { type Cipher, cbcHs512, gcm, xchacha } from "./ciphers.ts"
import { type Curve, type PrivateKey, type PublicKey, rawPublicKey } from "./keys.ts"

/** Every algorithm of DIDComm v2 once: what is not in these tables is refused before any key is touched. */

export type ContentEncryption = "A256CBC-HS512" | "A256GCM" | "XC20P"
export type KeyAgreement = "ECDH-ES+A256KW" | "ECDH-1PU+A256KW"
export type SignatureAlgorithm = "EdDSA" | "ES256" | "ES256K"

/** Sizes in bytes; a ciphertext is a whole number of blocks. */
type ContentRow = Cipher & {
  readonly keySize: number
  readonly ivSize: number
  readonly tagSize: number
  readonly blockSize: number
}

export const contentEncryptions: Readonly<Record<ContentEncryption, ContentRow>> = {
  "A256CBC-HS512": { keySize: 64, ivSize: 16, tagSize: 32, blockSize: 16, ...cbcHs512 },
  A256GCM: { keySize: 32, ivSize: 12, tagSize: 16, blockSize: 1, ...gcm },
  XC20P: { keySize: 32, ivSize: 24, tagSize: 16, blockSize: 1, ...xchacha },
}

type AgreementRow = {
  readonly kind: "anoncrypt" | "authcrypt"
  readonly encs: readonly ContentEncryption[]
}

export const keyAgreements: Readonly<Record<KeyAgreement, AgreementRow>> = {
  "ECDH-ES+A256KW": { kind: "anoncrypt", encs: ["A256CBC-HS512", "A256GCM", "XC20P"] },
  // Only a cipher that commits to its key may carry proof of a sender (draft-madden-jose-ecdh-1pu-04).
  "ECDH-1PU+A256KW": { kind: "authcrypt", encs: ["A256CBC-HS512"] },
}

export const agreementCurves: readonly Curve[] = ["X25519", "P-256", "P-384", "P-521"]

/** Signatures are 64 bytes (ECDSA: r and s, RFC 7518 §3.4). */
type SignatureRow = {
  readonly curve: Curve
  sign(key: PrivateKey, input: Uint8Array): Uint8Array
  verify(key: PublicKey, input: Uint8Array, signature: Uint8Array): boolean
}

export const SIGNATURE_SIZE = 64

export const signatureAlgorithms: Readonly<Record<SignatureAlgorithm, SignatureRow>> = {
  EdDSA: {
    curve: "Ed25519",
    sign: ({ handle }, input) => new Uint8Array(sign(null, input, native(handle))),
    verify: ({ handle }, input, signature) => verify(null, input, native(handle), signature),
  },
  ES256: {
    curve: "P-256",
    sign: ({ handle }, input) => new Uint8Array(sign("sha256", input, concatenated(handle))),
    verify: ({ handle }, input, signature) => verify("sha256", input, concatenated(handle), signature),
  },
  ES256K: {
    curve: "secp256k1",
    sign: ({ jwk }, input) => secp256k1.sign(input, fromBase64url(jwk.d) ?? new Uint8Array()),
    // RFC 8812 does not ask for a low s.
    verify: ({ jwk }, input, signature) => secp256k1.verify(signature, input, rawPublicKey(jwk), { lowS: false }),
  },
}

export const isContentEncryption = (name: unknown): name is ContentEncryption => isRow(contentEncryptions, name)
export const isKeyAgreement = (name: unknown): name is KeyAgreement => isRow(keyAgreements, name)
export const isSignatureAlgorithm = (name: unknown): name is SignatureAlgorithm => isRow(signatureAlgorithms, name)

const isRow = (table: object, name: unknown): boolean => typeof name === "string" && Object.hasOwn(table, name)

const concatenated = (handle: KeyObject | null) => ({ key: native(handle), dsaEncoding: "ieee-p1363" as const })

function native(handle: KeyObject | null): KeyObject {
  if (!handle) throw new Error("no native key of this curve")
  return handle
}
