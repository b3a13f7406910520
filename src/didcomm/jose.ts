import { fromUtf8, toBase64url, toUtf8 } from "../base/bytes.ts"
import { type JsonObject, parseObject } from "../base/json.ts"
import { openJwe, parseJwe, type Recipient, sealJwe } from "../crypto/jwe.ts"
import { parseJws, verifySignature } from "../crypto/jws.ts"
import type { PrivateKey, PublicKey } from "../crypto/keys.ts"
import type { Purpose } from "../did/document.ts"
import { Fault } from "../faults.ts"

/** A layer that was opened. `by`: the key ids that authenticated it. `kid`: ours, as the sender spelled it. */
export type Layer =
  | { readonly kind: "anoncrypt"; readonly kid: string }
  | { readonly kind: "authcrypt"; readonly kid: string; readonly by: readonly [string] }
  | { readonly kind: "signed"; readonly by: readonly string[] }

export type Opened = {
  readonly layer: Layer
  /** What was in it: a message, or another layer. */
  readonly text: string
  /** What authenticates it, the same however others print or wrap the envelope; null when nothing does. */
  readonly proof: string | null
}

/** The cryptography of envelopes. It needs nothing but keys, and so may be done by another thread. */
export type Jose = {
  /** Opens the outermost layer of what is UTF-8, or should be. Faults: envelope.malformed, envelope.unreadable, and those of `Keys`. */
  open(envelope: string | Uint8Array): Promise<Opened>
  /** The JWE of a text for one key; `by`: our key id that authenticates it. Faults: did.malformed. */
  seal(text: string, to: Recipient, by: string): Promise<string>
}

export type Keys = {
  /** Our private key for key agreement of this id, in any of its spellings; null when it is not ours. */
  ours(kid: string): PrivateKey | null | Promise<PrivateKey | null>
  /** A sender's. Faults: envelope.unreadable, did.malformed, did.unresolvable, request.busy. */
  theirs(purpose: Purpose, kid: string): Promise<PublicKey>
}

/** Does it here and now. */
export function createJose({ ours, theirs }: Keys): Jose {
  async function open(envelope: string | Uint8Array): Promise<Opened> {
    const object = parseObject(typeof envelope === "string" ? envelope : textOf(envelope))
    if (!object) throw new Fault("envelope.malformed", { detail: "not a JSON object" })
    const kind = envelopeKind(object)
    if (kind === "plain") throw new Fault("envelope.malformed", { detail: "a plaintext message" })
    return kind === "encrypted" ? openEncrypted(object) : openSigned(object)
  }

  async function openEncrypted(object: JsonObject): Promise<Opened> {
    const jwe = parseJwe(object)
    // Ours before theirs: nothing is resolved for an envelope that we could not open anyway.
    const own: { kid: string; key: PrivateKey }[] = []
    for (const { kid } of jwe.recipients) {
      const key = await ours(kid)
      if (key) own.push({ kid, key })
    }
    if (own.length === 0) throw new Fault("envelope.unreadable", { detail: "not sealed for a key of ours" })
    const sender = jwe.skid === null ? null : await theirs("keyAgreement", jwe.skid)
    for (const [index, recipient] of own.entries()) {
      try {
        const text = textOf(await openJwe(jwe, recipient, sender))
        const { kid } = recipient
        if (jwe.skid === null) return { layer: { kind: "anoncrypt", kid }, text, proof: null }
        return { layer: { kind: "authcrypt", kid, by: [jwe.skid] }, text, proof: toBase64url(jwe.tag) }
      } catch (error) {
        if (index === own.length - 1) throw error
      }
    }
    throw new Fault("envelope.unreadable")
  }

  async function openSigned(object: JsonObject): Promise<Opened> {
    const { payload, signatures } = parseJws(object)
    for (const signature of signatures) {
      const isGood = verifySignature(signature, await theirs("authentication", signature.kid))
      if (!isGood) throw new Fault("envelope.unreadable", { detail: "a signature does not verify" })
    }
    const text = textOf(payload)
    return { layer: { kind: "signed", by: signatures.map(({ kid }) => kid) }, text, proof: text }
  }

  async function seal(text: string, to: Recipient, by: string): Promise<string> {
    const key = await ours(by)
    if (!key) throw new Fault("internal", { detail: "no key of ours by that id" })
    return sealJwe(toUtf8(text), { recipients: [to], sender: { kid: by, key } })
  }

  return { open, seal }
}

/** What a JSON object is by its members. */
export function envelopeKind(object: JsonObject): "encrypted" | "signed" | "plain" {
  if ("ciphertext" in object) return "encrypted"
  return "payload" in object ? "signed" : "plain"
}

function textOf(bytes: Uint8Array): string {
  const text = fromUtf8(bytes)
  if (text === null) throw notUtf8()
  return text
}

export const notUtf8 = (): Fault => new Fault("envelope.malformed", { detail: "not UTF-8" })
