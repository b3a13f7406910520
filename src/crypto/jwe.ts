import { hash, randomBytes } from "node:crypto"
import { concat, fromBase64url, fromUtf8, sameBytes, toBase64url, toUtf8 } from "../base/bytes.ts"
import { isObject, type JsonObject } from "../base/json.ts"
import { Fault } from "../faults.ts"
import {
  agreementCurves,
  type ContentEncryption,
  contentEncryptions,
  isContentEncryption,
  isKeyAgreement,
  type KeyAgreement,
  keyAgreements,
} from "./algorithms.ts"
import { agree, agreeOnce, deriveKey, unwrapKey, wrapKey } from "./ecdh.ts"
import { type Curve, generatePrivateKey, importPublicKey, type PrivateKey, type PublicKey } from "./keys.ts"
import { didOfKeyId, malformed, memberBytes, protectedHeader } from "./serialization.ts"

/** JWE in the General JSON serialization (RFC 7516 §7.2.1) as DIDComm v2 profiles it. */
export type Jwe = {
  readonly kind: "anoncrypt" | "authcrypt"
  readonly alg: KeyAgreement
  readonly enc: ContentEncryption
  readonly epk: PublicKey
  /** The sender's key id, also when only `apu` says it; null for anoncrypt. */
  readonly skid: string | null
  readonly apu: Uint8Array
  readonly apv: Uint8Array
  /** Keys of one DID. `encryptedKey` is null when it is broken: that key cannot open the message, others can. */
  readonly recipients: readonly { readonly kid: string; readonly encryptedKey: Uint8Array | null }[]
  /** The whole additional authenticated data: the protected header's text, and `.aad` where that member exists. */
  readonly aad: Uint8Array
  readonly iv: Uint8Array
  readonly ciphertext: Uint8Array
  readonly tag: Uint8Array
}

const MAX_RECIPIENTS = 50
const WRAP_OVERHEAD = 8
const DEFAULT_ENC = "A256CBC-HS512"

// What would change the meaning of the message from a place that nothing protects.
const PROTECTED_ONLY = ["alg", "enc", "epk", "apu", "apv", "skid", "crit", "zip"]

/** Checks shape, header and lengths without touching a key of ours; throws Fault("envelope.malformed"). */
export function parseJwe(value: JsonObject): Jwe {
  if ("unprotected" in value || "header" in value || "encrypted_key" in value) throw malformed("not a General JWE")
  const header = protectedHeader(value.protected)
  const { alg, enc } = header
  if (!isKeyAgreement(alg) || !isContentEncryption(enc)) throw malformed("alg or enc is not one of DIDComm v2")
  const { kind, encs } = keyAgreements[alg]
  if (!encs.includes(enc)) throw malformed(`${alg} may not carry ${enc}`)
  if ("crit" in header || "zip" in header) throw malformed("crit and zip are not part of DIDComm v2")
  const recipients = parseRecipients(value.recipients, contentEncryptions[enc].keySize)
  const apv = memberBytes(header.apv, "apv")
  if (!sameBytes(apv, hashOfKids(recipients))) throw malformed("apv is not the hash of the key ids")
  return {
    kind,
    alg,
    enc,
    ...parseSender(header, kind),
    apv,
    recipients,
    ...parseContent(value, enc),
    epk: parseEphemeralKey(header.epk),
  }
}

function parseRecipients(value: unknown, keySize: number): Jwe["recipients"] {
  if (!Array.isArray(value) || value.length === 0 || value.length > MAX_RECIPIENTS) throw malformed("recipients")
  const recipients = value.map((recipient: unknown) => parseRecipient(recipient, keySize + WRAP_OVERHEAD))
  if (new Set(recipients.map(({ kid }) => didOfKeyId(kid))).size !== 1) throw malformed("recipients of several DIDs")
  if (new Set(recipients.map(({ kid }) => kid)).size !== recipients.length) throw malformed("a repeated key id")
  if (recipients.every(({ encryptedKey }) => encryptedKey === null)) throw malformed("encrypted_key")
  return recipients
}

function parseRecipient(value: unknown, wrappedSize: number): Jwe["recipients"][number] {
  if (!isObject(value) || !isObject(value.header)) throw malformed("a recipient without a header")
  const { header, encrypted_key: wrapped } = value
  if (typeof wrapped !== "string") throw malformed("a recipient without encrypted_key")
  if (PROTECTED_ONLY.some((name) => name in header)) throw malformed("a parameter outside the protected header")
  if (typeof header.kid !== "string" || !didOfKeyId(header.kid)) throw malformed("kid is not an absolute key id")
  const encryptedKey = fromBase64url(wrapped)
  return { kid: header.kid, encryptedKey: encryptedKey?.byteLength === wrappedSize ? encryptedKey : null }
}

/** SHA-256 over the sorted key ids joined by "." (DIDComm v2, "common protected headers"). */
function hashOfKids(recipients: readonly { readonly kid: string }[]): Uint8Array {
  const kids = recipients.map(({ kid }) => kid).sort()
  return hash("sha256", kids.join("."), "buffer")
}

function parseSender(header: JsonObject, kind: Jwe["kind"]): Pick<Jwe, "apu" | "skid"> {
  // Some writers spell an absent apu and skid as null.
  const apu = (header.apu ?? null) === null ? null : memberBytes(header.apu, "apu")
  const named = apu && fromUtf8(apu)
  if ((header.skid ?? named) !== named) throw malformed("apu is not skid")
  if (kind === "anoncrypt") return { apu: apu ?? new Uint8Array(), skid: null }
  if (!apu || !named || !didOfKeyId(named)) throw malformed("neither skid nor apu names a sender")
  return { apu, skid: named }
}

function parseContent(value: JsonObject, enc: ContentEncryption): Pick<Jwe, "aad" | "iv" | "ciphertext" | "tag"> {
  const { ivSize, tagSize, blockSize } = contentEncryptions[enc]
  const iv = memberBytes(value.iv, "iv")
  const tag = memberBytes(value.tag, "tag")
  const ciphertext = memberBytes(value.ciphertext, "ciphertext")
  const isWhole = ciphertext.byteLength % blockSize === 0
  if (iv.byteLength !== ivSize || tag.byteLength !== tagSize || !isWhole) throw malformed("a length does not fit enc")
  if ("aad" in value) memberBytes(value.aad, "aad")
  const aad = "aad" in value ? `${value.protected}.${value.aad}` : String(value.protected)
  return { aad: toUtf8(aad), iv, ciphertext, tag }
}

function parseEphemeralKey(value: unknown): PublicKey {
  const epk = importPublicKey(value)
  if (!epk || !agreementCurves.includes(epk.jwk.crv)) throw malformed("epk is not a public key of a known curve")
  return epk
}

/**
 * The plaintext, opened with one of our keys; `sender` is required for authcrypt and not looked at otherwise.
 * Throws Fault("envelope.unreadable") for every failure: to say more would help only an attacker.
 */
export async function openJwe(
  jwe: Jwe,
  recipient: { readonly kid: string; readonly key: PrivateKey },
  sender: PublicKey | null,
): Promise<Uint8Array> {
  try {
    return await open(jwe, recipient, sender)
  } catch (cause) {
    throw new Fault("envelope.unreadable", { cause })
  }
}

async function open(
  jwe: Jwe,
  { kid, key }: { readonly kid: string; readonly key: PrivateKey },
  sender: PublicKey | null,
): Promise<Uint8Array> {
  const encryptedKey = jwe.recipients.find((recipient) => recipient.kid === kid)?.encryptedKey
  if (!encryptedKey) throw new Error("no usable encrypted_key for this key")
  const cek = await unwrapKey(deriveKek(secretOf(jwe, key, sender), jwe), encryptedKey)
  return contentEncryptions[jwe.enc].decrypt(cek, jwe.iv, jwe.aad, jwe)
}

/** Ze; with a sender, Ze || Zs (draft-madden-jose-ecdh-1pu-04). */
function secretOf(jwe: Jwe, key: PrivateKey, sender: PublicKey | null): Uint8Array {
  if (jwe.kind === "anoncrypt") return agree(key, jwe.epk)
  if (!sender) throw new Error("authcrypt needs the sender's key")
  return concat(agree(key, jwe.epk), agreeOnce(key, sender))
}

const deriveKek = (secret: Uint8Array, { alg, apu, apv, tag }: Pick<Jwe, "alg" | "apu" | "apv" | "tag">) =>
  deriveKey(secret, { alg, apu, apv, bits: 256, tag: keyAgreements[alg].kind === "authcrypt" ? tag : null })

export type Recipient = { readonly kid: string; readonly key: PublicKey }
export type Sender = { readonly kid: string; readonly key: PrivateKey }

/**
 * The JSON text of a JWE for keys of one DID and one curve. With a `sender` it is authcrypt, always A256CBC-HS512;
 * without, anoncrypt with `enc` (A256CBC-HS512 unless given). Throws Fault("did.malformed") for a key that agrees with
 * none, such as a point of small order.
 */
export async function sealJwe(
  plaintext: Uint8Array,
  to: { readonly recipients: readonly Recipient[]; readonly sender?: Sender; readonly enc?: ContentEncryption },
): Promise<string> {
  const { recipients, sender } = to
  const alg = sender ? "ECDH-1PU+A256KW" : "ECDH-ES+A256KW"
  const enc = sender ? DEFAULT_ENC : (to.enc ?? DEFAULT_ENC)
  const ephemeral = generatePrivateKey(commonCurve(recipients, sender))
  const apv = hashOfKids(recipients)
  const apu = toUtf8(sender?.kid ?? "")
  const { d: _, ...epk } = ephemeral.jwk
  const header = {
    typ: "application/didcomm-encrypted+json",
    alg,
    enc,
    ...(sender && { skid: sender.kid, apu: toBase64url(apu) }),
    apv: toBase64url(apv),
    epk,
  }
  const protectedText = toBase64url(toUtf8(JSON.stringify(header)))
  const { keySize, ivSize, encrypt } = contentEncryptions[enc]
  const cek = randomBytes(keySize)
  const iv = randomBytes(ivSize)
  // The content first: with ECDH-1PU its tag goes into the derivation of the keys that wrap the content key.
  const { ciphertext, tag } = await encrypt(cek, iv, toUtf8(protectedText), plaintext)
  const wrapFor = async ({ kid, key }: Recipient) => {
    const kek = deriveKek(secretFor(key, ephemeral, sender), { alg, apu, apv, tag })
    return { header: { kid }, encrypted_key: toBase64url(await wrapKey(kek, cek)) }
  }
  return JSON.stringify({
    protected: protectedText,
    recipients: await Promise.all(recipients.map(wrapFor)),
    iv: toBase64url(iv),
    ciphertext: toBase64url(ciphertext),
    tag: toBase64url(tag),
  })
}

function commonCurve(recipients: readonly Recipient[], sender: Sender | undefined): Exclude<Curve, "secp256k1"> {
  const curves = new Set([...recipients, ...(sender ? [sender] : [])].map(({ key }) => key.jwk.crv))
  const [curve] = curves
  const isOne = recipients.length > 0 && curves.size === 1
  if (!isOne || !curve || curve === "secp256k1" || !agreementCurves.includes(curve)) {
    throw new Fault("internal", { detail: "the keys of one envelope must be of one curve for key agreement" })
  }
  return curve
}

function secretFor(key: PublicKey, ephemeral: PrivateKey, sender: Sender | undefined): Uint8Array {
  try {
    if (!sender) return agree(ephemeral, key)
    return concat(agree(ephemeral, key), agreeOnce(sender.key, key))
  } catch (cause) {
    throw new Fault("did.malformed", { detail: "a key agreement key cannot be used", cause })
  }
}
