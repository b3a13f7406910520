import { toBase64url, toUtf8 } from "../base/bytes.ts"
import { isObject, type JsonObject } from "../base/json.ts"
import { Fault } from "../faults.ts"
import { isSignatureAlgorithm, SIGNATURE_SIZE, type SignatureAlgorithm, signatureAlgorithms } from "./algorithms.ts"
import type { PrivateKey, PublicKey } from "./keys.ts"
import { didOfKeyId, malformed, memberBytes, protectedHeader } from "./serialization.ts"

export type JwsSignature = {
  readonly kid: string
  readonly alg: SignatureAlgorithm
  readonly signingInput: Uint8Array
  readonly signature: Uint8Array
}

/** JWS in the General or Flattened JSON serialization (RFC 7515 §7.2) as DIDComm v2 profiles it. */
export type Jws = { readonly payload: Uint8Array; readonly signatures: readonly JwsSignature[] }

const MAX_SIGNATURES = 8

// What would change the meaning of a signature from a place that it does not cover.
const PROTECTED_ONLY = ["alg", "crit", "b64"]

/** Checks shape and headers without any key; throws Fault("envelope.malformed"). Every signature must be verified. */
export function parseJws(value: JsonObject): Jws {
  const payload = memberBytes(value.payload, "payload")
  const signatures = "signatures" in value ? general(value) : [value]
  if (signatures.length === 0 || signatures.length > MAX_SIGNATURES) throw malformed("the number of signatures")
  return { payload, signatures: signatures.map((signature) => parseSignature(signature, String(value.payload))) }
}

function general(value: JsonObject): readonly unknown[] {
  if ("signature" in value || "protected" in value || "header" in value) throw malformed("two forms at once")
  if (!Array.isArray(value.signatures)) throw malformed("signatures is not an array")
  return value.signatures
}

function parseSignature(value: unknown, payloadText: string): JwsSignature {
  if (!isObject(value)) throw malformed("a signature is not an object")
  const header = "header" in value ? value.header : {}
  if (!isObject(header) || PROTECTED_ONLY.some((name) => name in header)) throw malformed("an unprotected header")
  const signed = protectedHeader(value.protected)
  const kid = "kid" in signed ? signed.kid : header.kid
  if ("kid" in header && header.kid !== kid) throw malformed("two different key ids")
  return checkSignature(signed, kid, `${value.protected}.${payloadText}`, value.signature)
}

function checkSignature(header: JsonObject, kid: unknown, input: string, signatureText: unknown): JwsSignature {
  if (!isSignatureAlgorithm(header.alg)) throw malformed("alg is not one of DIDComm v2")
  if ("crit" in header || "b64" in header) throw malformed("crit and b64 are not part of DIDComm v2")
  if (typeof kid !== "string" || !didOfKeyId(kid)) throw malformed("kid is not an absolute key id")
  const signature = memberBytes(signatureText, "signature")
  if (signature.byteLength !== SIGNATURE_SIZE) throw malformed("the length of a signature")
  return { kid, alg: header.alg, signingInput: toUtf8(input), signature }
}

/** A compact JWS (RFC 7515 §7.1) with `kid` in its header: the form of a `from_prior` JWT and of nothing else. */
export type CompactJws = { readonly header: JsonObject; readonly payload: Uint8Array; readonly signature: JwsSignature }

/** Checks shape and header without any key; throws Fault("envelope.malformed"). */
export function parseCompactJws(text: string): CompactJws {
  const parts = text.split(".", 4)
  const [protectedText, payloadText, signatureText] = parts
  if (parts.length !== 3) throw malformed("a compact JWS has three parts")
  const header = protectedHeader(protectedText)
  const payload = memberBytes(payloadText, "payload")
  const signature = checkSignature(header, header.kid, `${protectedText}.${payloadText}`, signatureText)
  return { header, payload, signature }
}

/** Whether `key` made the signature; also false when `alg` is not the one of the key's curve. */
export function verifySignature(signature: JwsSignature, key: PublicKey): boolean {
  const algorithm = signatureAlgorithms[signature.alg]
  if (algorithm.curve !== key.jwk.crv) return false
  return algorithm.verify(key, signature.signingInput, signature.signature)
}

/** The JSON text of a General JWS with one signature. `kid` is in both headers, because readers differ in which they read. */
export async function signJws(
  payload: Uint8Array,
  signer: { readonly kid: string; readonly key: PrivateKey },
): Promise<string> {
  const { kid, key } = signer
  const alg = algorithmOf(key)
  const payloadText = toBase64url(payload)
  const protectedText = toBase64url(toUtf8(JSON.stringify({ typ: "application/didcomm-signed+json", alg, kid })))
  const signature = signatureAlgorithms[alg].sign(key, toUtf8(`${protectedText}.${payloadText}`))
  return JSON.stringify({
    payload: payloadText,
    signatures: [{ protected: protectedText, signature: toBase64url(signature), header: { kid } }],
  })
}

function algorithmOf(key: PrivateKey): SignatureAlgorithm {
  const names = Object.keys(signatureAlgorithms).filter(isSignatureAlgorithm)
  const alg = names.find((name) => signatureAlgorithms[name].curve === key.jwk.crv)
  if (!alg) throw new Fault("internal", { detail: `no signature algorithm for ${key.jwk.crv}` })
  return alg
}
