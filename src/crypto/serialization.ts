import { fromBase64url, fromUtf8 } from "../base/bytes.ts"
import { type JsonObject, parseObject } from "../base/json.ts"
import { Fault } from "../faults.ts"

/** What JWE and JWS share on the wire: strict base64url members, protected headers, absolute key ids. */

export const malformed = (detail: string): Fault => new Fault("envelope.malformed", { detail })

/** The bytes of a member that must be strict base64url text (RFC 7515 §2); throws Fault("envelope.malformed"). */
export function memberBytes(value: unknown, name: string): Uint8Array {
  const bytes = typeof value === "string" ? fromBase64url(value) : null
  if (!bytes) throw malformed(`${name} is not base64url`)
  return bytes
}

/** The JSON object in a `protected` member; throws Fault("envelope.malformed"). */
export function protectedHeader(value: unknown): JsonObject {
  const header = parseObject(fromUtf8(memberBytes(value, "protected")) ?? "")
  if (!header) throw malformed("protected is not a JSON object")
  return header
}

// Printable ASCII only, so that sorting by UTF-16 unit is sorting by code point. Wild did:peer:2 hold `=`.
const keyId = /^(?=[!-~]+$)(did:[a-z0-9]+:[^#?/]+)#[^#]+$/

/** The DID of an absolute key id (a DID URL with a fragment), or null when it is none. */
export const didOfKeyId = (kid: unknown): string | null =>
  typeof kid === "string" ? (keyId.exec(kid)?.[1] ?? null) : null
