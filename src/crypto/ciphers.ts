import { createCipheriv, createDecipheriv, createHmac, timingSafeEqual } from "node:crypto"
import { hchacha } from "@noble/ciphers/chacha.js"
import { concat, toUtf8 } from "../base/bytes.ts"

export type Sealed = { readonly ciphertext: Uint8Array; readonly tag: Uint8Array }

/** Authenticated encryption of content. Sizes of keys, IVs and tags were checked; `decrypt` rejects what is not genuine. */
export type Cipher = {
  encrypt(key: Uint8Array, iv: Uint8Array, aad: Uint8Array, plaintext: Uint8Array): Promise<Sealed>
  decrypt(key: Uint8Array, iv: Uint8Array, aad: Uint8Array, sealed: Sealed): Promise<Uint8Array>
}

/** AES_256_CBC_HMAC_SHA_512 (RFC 7518 §5.2.5): the key is the MAC key, then the encryption key. */
export const cbcHs512: Cipher = {
  async encrypt(key, iv, aad, plaintext) {
    const cipher = createCipheriv("aes-256-cbc", key.subarray(32), iv)
    const ciphertext = concat(cipher.update(plaintext), cipher.final())
    return { ciphertext, tag: cbcTag(key, iv, aad, ciphertext) }
  },
  async decrypt(key, iv, aad, { ciphertext, tag }) {
    // The MAC comes first: padding of text that is not genuine must never be looked at.
    if (!timingSafeEqual(cbcTag(key, iv, aad, ciphertext), tag)) throw new Error("the tag does not match")
    const decipher = createDecipheriv("aes-256-cbc", key.subarray(32), iv)
    return concat(decipher.update(ciphertext), decipher.final())
  },
}

function cbcTag(key: Uint8Array, iv: Uint8Array, aad: Uint8Array, ciphertext: Uint8Array): Uint8Array {
  const aadBits = Buffer.alloc(8)
  aadBits.writeBigUInt64BE(BigInt(aad.byteLength) * 8n)
  // At once: each further update costs as much as a kilobyte.
  const covered = concat(aad, iv, ciphertext, aadBits)
  return createHmac("sha512", key.subarray(0, 32)).update(covered).digest().subarray(0, 32)
}

const GCM_TAG = { authTagLength: 16 }

/** AES_256_GCM (RFC 7518 §5.3). */
export const gcm: Cipher = {
  async encrypt(key, iv, aad, plaintext) {
    const cipher = createCipheriv("aes-256-gcm", key, iv, GCM_TAG).setAAD(aad)
    const ciphertext = concat(cipher.update(plaintext), cipher.final())
    return { ciphertext, tag: new Uint8Array(cipher.getAuthTag()) }
  },
  async decrypt(key, iv, aad, { ciphertext, tag }) {
    const decipher = createDecipheriv("aes-256-gcm", key, iv, GCM_TAG).setAAD(aad).setAuthTag(tag)
    return concat(decipher.update(ciphertext), decipher.final())
  },
}

/** XChaCha20-Poly1305 (draft-irtf-cfrg-xchacha §2): HChaCha20 makes the key, the native cipher does the rest. */
export const xchacha: Cipher = {
  async encrypt(key, iv, aad, plaintext) {
    const { cipherKey, parameters } = await chachaKey(key, iv, aad, "encrypt")
    const whole = new Uint8Array(await crypto.subtle.encrypt(parameters, cipherKey, owned(plaintext)))
    return { ciphertext: whole.subarray(0, -16), tag: whole.subarray(-16) }
  },
  async decrypt(key, iv, aad, { ciphertext, tag }) {
    const { cipherKey, parameters } = await chachaKey(key, iv, aad, "decrypt")
    return new Uint8Array(await crypto.subtle.decrypt(parameters, cipherKey, owned(concat(ciphertext, tag))))
  },
}

async function chachaKey(key: Uint8Array, iv: Uint8Array, aad: Uint8Array, usage: "encrypt" | "decrypt") {
  const subkey = new Uint32Array(8)
  hchacha(words(toUtf8("expand 32-byte k")), words(key), words(iv.subarray(0, 16)), subkey)
  const name = "ChaCha20-Poly1305"
  const cipherKey = await crypto.subtle.importKey("raw-secret", subkey, name, false, [usage])
  return { cipherKey, parameters: { name, iv: concat(new Uint8Array(4), iv.subarray(16)), additionalData: aad } }
}

// Little-endian words, as every platform of Bun has them; copied, because a view would have to be aligned.
const words = (bytes: Uint8Array): Uint32Array => new Uint32Array(new Uint8Array(bytes).buffer)

/** The same bytes for WebCrypto, whose types exclude shared memory, in which no bytes of ours ever are. */
export const owned = (bytes: Uint8Array) => bytes as Uint8Array<ArrayBuffer>
