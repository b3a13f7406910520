import { diffieHellman, hash } from "node:crypto"
import { concat, toUtf8 } from "../base/bytes.ts"
import { owned } from "./ciphers.ts"
import type { PrivateKey, PublicKey } from "./keys.ts"

/**
 * The shared secret of two keys of one curve: the x coordinate with its leading zeros (RFC 7518 §4.6, RFC 8037 §3.2).
 * Throws for keys of different curves and for a secret of zeros (RFC 7748 §6.1).
 */
export function agree(own: PrivateKey, other: PublicKey): Uint8Array {
  if (own.jwk.crv !== other.jwk.crv || !own.handle || !other.handle) throw new Error("the keys do not fit each other")
  const secret = diffieHellman({ privateKey: own.handle, publicKey: other.handle })
  if (secret.every((byte) => byte === 0)) throw new Error("the shared secret is zero")
  return secret
}

// By the identity of the key objects: a secret lives as long as whoever keeps both keys.
const staticSecrets = new WeakMap<PrivateKey, WeakMap<PublicKey, Uint8Array>>()

/** Like `agree`, remembered while both key objects live: for two static keys, whose secret never changes. */
export function agreeOnce(own: PrivateKey, other: PublicKey): Uint8Array {
  const known = staticSecrets.get(own) ?? new WeakMap<PublicKey, Uint8Array>()
  staticSecrets.set(own, known)
  const secret = known.get(other) ?? agree(own, other)
  known.set(other, secret)
  return secret
}

/** What a derived key is bound to. `tag` only for ECDH-1PU: the content's tag; `bits`: the length of the key. */
export type KdfInfo = {
  readonly alg: string
  readonly apu: Uint8Array
  readonly apv: Uint8Array
  readonly bits: 128 | 256
  readonly tag: Uint8Array | null
}

/** One block of the Concat KDF with SHA-256 (RFC 7518 §4.6.2, draft-madden-jose-ecdh-1pu-04). */
export function deriveKey(secret: Uint8Array, info: KdfInfo): Uint8Array {
  const block = hash("sha256", concat(uint32(1), secret, otherInfo(info)), "buffer")
  return block.subarray(0, info.bits / 8)
}

/** OtherInfo: everything with its length before it, except the number of bits. */
export function otherInfo({ alg, apu, apv, bits, tag }: KdfInfo): Uint8Array {
  const parties = [...prefixed(toUtf8(alg)), ...prefixed(apu), ...prefixed(apv)]
  return concat(...parties, uint32(bits), ...(tag ? prefixed(tag) : []))
}

const prefixed = (bytes: Uint8Array) => [uint32(bytes.byteLength), bytes]

function uint32(value: number): Uint8Array {
  const bytes = Buffer.alloc(4)
  bytes.writeUInt32BE(value)
  return bytes
}

// WebCrypto wraps keys only; an HMAC key is the one kind that may have any length.
const CONTENT_KEY = { name: "HMAC", hash: "SHA-512" }

/** AES key wrap (RFC 3394): eight bytes longer than `key`. */
export async function wrapKey(kek: Uint8Array, key: Uint8Array): Promise<Uint8Array> {
  const wrapping = await crypto.subtle.importKey("raw", owned(kek), "AES-KW", false, ["wrapKey"])
  const content = await crypto.subtle.importKey("raw", owned(key), CONTENT_KEY, true, ["sign"])
  return new Uint8Array(await crypto.subtle.wrapKey("raw", content, wrapping, "AES-KW"))
}

/** The key in `wrapped`; rejects when `kek` did not wrap it. */
export async function unwrapKey(kek: Uint8Array, wrapped: Uint8Array): Promise<Uint8Array> {
  const wrapping = await crypto.subtle.importKey("raw", owned(kek), "AES-KW", false, ["unwrapKey"])
  const content = await crypto.subtle.unwrapKey("raw", owned(wrapped), wrapping, "AES-KW", CONTENT_KEY, true, ["sign"])
  return new Uint8Array(await crypto.subtle.exportKey("raw", content))
}
