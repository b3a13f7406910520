import { createCipheriv, hkdfSync } from "node:crypto"
import { concat, toUtf8 } from "../base/bytes.ts"
import { agree } from "./ecdh.ts"
import { type PrivateKey, type PublicKey, publicHalf, uncompressed } from "./keys.ts"

/** A user agent's half of a push subscription: its P-256 key, and its 16 bytes of authentication secret. */
export type Subscriber = { readonly key: PublicKey; readonly auth: Uint8Array }

const RECORD_SIZE = 4096
const LAST_RECORD = 2

/**
 * A push message's body in the content coding aes128gcm (RFC 8291, RFC 8188): one record, for content of up to 3,993
 * bytes (RFC 8291 §4). `own`: a P-256 pair that is used this once; `salt`: 16 bytes, likewise.
 */
export async function sealPush(
  content: Uint8Array,
  { key, auth }: Subscriber,
  { own, salt }: { own: PrivateKey; salt: Uint8Array },
): Promise<Uint8Array> {
  const sender = uncompressed(publicHalf(own).jwk)
  // RFC 8291 §3.4: the authentication secret and both keys go into the keying material of RFC 8188.
  const info = concat(toUtf8("WebPush: info\0"), uncompressed(key.jwk), sender)
  const material = derive(agree(own, key), auth, info, 32)
  const contentKey = derive(material, salt, toUtf8("Content-Encoding: aes128gcm\0"), 16)
  const nonce = derive(material, salt, toUtf8("Content-Encoding: nonce\0"), 12)
  const cipher = createCipheriv("aes-128-gcm", contentKey, nonce)
  const sealed = concat(cipher.update(content), cipher.update(Uint8Array.of(LAST_RECORD)), cipher.final())
  const header = Buffer.alloc(5)
  header.writeUInt32BE(RECORD_SIZE)
  header.writeUInt8(sender.byteLength, 4)
  return concat(salt, header, sender, sealed, cipher.getAuthTag())
}

const derive = (material: Uint8Array, salt: Uint8Array, info: Uint8Array, length: number): Uint8Array =>
  new Uint8Array(hkdfSync("sha256", material, salt, info, length))
