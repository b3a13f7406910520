import { fromMultikey, toMultikey, toX25519 } from "../crypto/keys.ts"
import { Fault } from "../faults.ts"
import { type DidDocument, parseDocument } from "./document.ts"

/** did:key — https://w3c-ccg.github.io/did-key-spec/. Throws did.malformed. */
export const decodeKey = (did: string): DidDocument => keyDocument(did, did.slice("did:key:".length))

/**
 * The document of a DID that is one Multikey. An Ed25519 key brings the X25519 key derived from it; what a key is for
 * follows from its curve.
 */
export function keyDocument(did: string, multikey: string): DidDocument {
  const jwk = fromMultikey(multikey)
  if (!jwk) throw new Fault("did.malformed", { detail: "not a key of a known curve" })
  const derived = jwk.crv === "Ed25519" ? toX25519(jwk) : null
  const multikeys = derived ? [multikey, toMultikey(derived)] : [multikey]
  const ids = multikeys.map((text) => `#${text}`)
  const document = parseDocument(did, {
    verificationMethod: multikeys.map((text) => ({ id: `#${text}`, type: "Multikey", publicKeyMultibase: text })),
    authentication: ids,
    keyAgreement: ids,
  })
  if (document.methods.length < multikeys.length)
    throw new Fault("did.malformed", { detail: "not a point of its curve" })
  return document
}
