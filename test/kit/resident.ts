import { base58btc } from "multiformats/bases/base58"
import { concat, toUtf8 } from "../../src/base/bytes.ts"
import type { JsonObject } from "../../src/base/json.ts"
import { parseObject } from "../../src/base/json.ts"
import type { ContentEncryption } from "../../src/crypto/algorithms.ts"
import { openJwe, parseJwe, sealJwe } from "../../src/crypto/jwe.ts"
import { parseJws, signJws, verifySignature } from "../../src/crypto/jws.ts"
import { generatePrivateKey, type PrivateKey, publicHalf, toMultikey } from "../../src/crypto/keys.ts"
import { didOf, findKey, sameDid } from "../../src/did/document.ts"
import { multihash } from "../../src/did/names.ts"
import { decodePeer, encodePeer2 } from "../../src/did/peer.ts"

/**
 * A wallet that can also do what no honest wallet does: each layer of an envelope can be made by hand. It shares the
 * mediator's crypto, which other tests hold against independent libraries.
 */
export type Resident = ReturnType<typeof createResident>

export type Draft = { readonly type: string; readonly [member: string]: unknown }

export const encrypted = "application/didcomm-encrypted+json"
export const signedType = "application/didcomm-signed+json"

export function createResident({ services = [] as object[], method = "peer2" as "peer2" | "peer4" } = {}) {
  const agreement = generatePrivateKey("X25519")
  const signing = generatePrivateKey("Ed25519")
  const keys = [
    ["E", toMultikey(publicHalf(agreement).jwk)],
    ["V", toMultikey(publicHalf(signing).jwk)],
  ] as const
  const texts = services.map((service) => JSON.stringify(service))
  const did = method === "peer4" ? encodePeer4(keys.map(([, multikey]) => multikey)) : encodePeer2(keys, texts)
  const kid = `${did}#key-1`
  const signingKid = `${did}#key-2`

  const recipientsOf = (to: string) => {
    const key = findKey(decodePeer(didOf(to)), "keyAgreement", `${didOf(to)}#key-1`)
    if (!key) throw new Error(`no key-1 in ${to}`)
    return [{ kid: `${didOf(to)}#key-1`, key }]
  }
  const bytesOf = (message: object | string) => toUtf8(typeof message === "string" ? message : JSON.stringify(message))

  /** The plaintext that an honest wallet would write. */
  const plaintext = (draft: Draft, to: string) => ({
    id: crypto.randomUUID(),
    typ: "application/didcomm-plain+json",
    from: did,
    to: [to],
    created_time: Math.floor(Date.now() / 1000),
    body: {},
    ...draft,
  })

  const auth = (message: object | string, to: string, as: { kid: string; key: PrivateKey } = { kid, key: agreement }) =>
    sealJwe(bytesOf(message), { recipients: recipientsOf(to), sender: as })
  const anon = (message: object | string, to: string, enc?: ContentEncryption) =>
    sealJwe(bytesOf(message), { recipients: recipientsOf(to), ...(enc && { enc }) })
  const sign = (message: object | string) => signJws(bytesOf(message), { kid: signingKid, key: signing })

  /** Opens an authcrypt, anoncrypt or signed message from anybody with a did:peer:2, checking who made it. */
  async function open(text: string): Promise<JsonObject & { type: string; body: JsonObject }> {
    const object = parseObject(text)
    if (!object) throw new Error(`not an envelope: ${text}`)
    if ("payload" in object) {
      const { payload, signatures } = parseJws(object)
      const signature = signatures[0]
      const key = signature && findKey(decodePeer(didOf(signature.kid)), "authentication", signature.kid)
      if (!signature || !key || !verifySignature(signature, key)) throw new Error("the signature does not verify")
      return message(payload)
    }
    const jwe = parseJwe(object)
    const sender = jwe.skid === null ? null : findKey(decodePeer(didOf(jwe.skid)), "keyAgreement", jwe.skid)
    const mine = jwe.recipients.find((recipient) => sameDid(didOf(recipient.kid), did))
    return message(await openJwe(jwe, { kid: mine?.kid ?? kid, key: agreement }, sender))
  }

  return { did, kid, signingKid, agreement, signing, plaintext, auth, anon, sign, open }
}

/** did:peer:4 of a key agreement and an authentication key, without services (numalgo 4, long form). */
function encodePeer4(multikeys: readonly string[]): string {
  const verificationMethod = multikeys.map((publicKeyMultibase, index) => ({
    id: `#key-${index + 1}`,
    type: "Multikey",
    publicKeyMultibase,
  }))
  const document = { verificationMethod, keyAgreement: ["#key-1"], authentication: ["#key-2"] }
  const encoded = base58btc.encode(concat(Uint8Array.of(0x80, 0x04), toUtf8(JSON.stringify(document))))
  return `did:peer:4${multihash(encoded)}:${encoded}`
}

function message(bytes: Uint8Array) {
  const object = JSON.parse(new TextDecoder().decode(bytes))
  return object as JsonObject & { type: string; body: JsonObject }
}
