import { fromBase64url, fromUtf8 } from "../base/bytes.ts"
import { parseObject } from "../base/json.ts"
import { importPublicKey } from "../crypto/keys.ts"
import { Fault } from "../faults.ts"
import { type DidDocument, parseDocument } from "./document.ts"

/** did:jwk — https://github.com/quartzjer/did-jwk/blob/main/spec.md. Private and symmetric keys are did.malformed. */
export function decodeJwk(did: string): DidDocument {
  const bytes = fromBase64url(did.slice("did:jwk:".length))
  const text = bytes && fromUtf8(bytes)
  const jwk = text === null ? null : parseObject(text, 4)
  if (!jwk || !importPublicKey(jwk)) throw new Fault("did.malformed", { detail: "not a public JWK of a known curve" })
  return parseDocument(did, {
    verificationMethod: [{ id: "#0", type: "JsonWebKey2020", publicKeyJwk: jwk }],
    authentication: jwk.use === "enc" ? [] : ["#0"],
    keyAgreement: jwk.use === "sig" ? [] : ["#0"],
  })
}
