import { fromAnyBase64, fromUtf8 } from "../base/bytes.ts"
import { fromMultikey } from "../crypto/keys.ts"
import { Fault } from "../faults.ts"
import { type DidDocument, parseDocument } from "./document.ts"
import { isDid } from "./names.ts"

/** did:decentrl:{alias}:{signing key}:{pre-key}:{mediator's DID} — https://decentrl.network/docs, identity/did-documents */

const MAX_LENGTH = 1024
const MAX_ALIAS_BYTES = 128
const PREFIX = "did:decentrl:"

const malformed = (detail: string) => new Fault("did.malformed", { detail: `did:decentrl: ${detail}` })

/** The document that the DID itself says, for exactly this spelling of it. Throws did.malformed. */
export function decodeDecentrl(did: string): DidDocument {
  if (did.length > MAX_LENGTH) throw malformed("too long")
  const parts = did.slice(PREFIX.length).split(":")
  const [alias = "", signing = "", preKey = "", mediator = ""] = parts
  if (!did.startsWith(PREFIX) || parts.length !== 4) throw malformed("not four parts")
  const name = textOf(alias)
  if (name === null || name === "" || Buffer.byteLength(name) > MAX_ALIAS_BYTES) throw malformed("the alias")
  if (!isDid(textOf(mediator) ?? "")) throw malformed("the mediator's DID")

  const document = parseDocument(did, {
    verificationMethod: [
      { id: "#signing", type: "JsonWebKey2020", publicKeyJwk: keyOf(signing, "Ed25519") },
      { id: "#pre-key", type: "JsonWebKey2020", publicKeyJwk: keyOf(preKey, "X25519") },
    ],
    authentication: ["#signing"],
    keyAgreement: ["#pre-key"],
  })
  if (document.methods.length !== 2) throw malformed("a key that is no point of its curve")
  return document
}

function textOf(base64: string): string | null {
  const bytes = fromAnyBase64(base64)
  return bytes && fromUtf8(bytes)
}

function keyOf(multikey: string, curve: "Ed25519" | "X25519") {
  const jwk = fromMultikey(multikey)
  if (jwk?.crv !== curve) throw malformed(`no ${curve} key`)
  return jwk
}
