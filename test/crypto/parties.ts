import { fromBase64url, fromUtf8, toBase64url, toUtf8 } from "../../src/base/bytes.ts"
import type { JsonObject } from "../../src/base/json.ts"
import type { Recipient, Sender } from "../../src/crypto/jwe.ts"
import { type Curve, generatePrivateKey, type PrivateKey, publicHalf } from "../../src/crypto/keys.ts"

export type NativeCurve = Exclude<Curve, "secp256k1">
export const agreementCurves = ["X25519", "P-256", "P-384", "P-521"] as const

/** One key with its id, both halves. */
export type Party = { readonly kid: string; readonly key: PrivateKey; readonly open: Recipient }

/** A party with a fresh key; parties of the same `did` name are told apart by `number`. */
export function party(did: string, curve: NativeCurve, number = 1): Party & Sender {
  const key = generatePrivateKey(curve)
  const kid = `did:example:${did}#key-${number}`
  return { kid, key, open: { kid, key: publicHalf(key) } }
}

/** The serialized envelope, loosened for tests that break it. */
export type Wire = {
  protected: string
  recipients: { header: Record<string, unknown>; encrypted_key: string }[]
  iv: string
  ciphertext: string
  tag: string
}

export const parse = (text: string): JsonObject & Wire => JSON.parse(text)

/** The same text with the header replaced by what `change` makes of it: for checks that come before any cipher. */
export function withHeader<T extends { protected: string }>(wire: T, change: (header: JsonObject) => JsonObject): T {
  return { ...wire, protected: toBase64url(toUtf8(JSON.stringify(change(headerOf(wire))))) }
}

export const headerOf = (wire: { protected: string }): JsonObject =>
  JSON.parse(fromUtf8(fromBase64url(wire.protected) ?? new Uint8Array()) ?? "")

export const without = (value: JsonObject, member: string): JsonObject =>
  Object.fromEntries(Object.entries(value).filter(([name]) => name !== member))
