/** How a wallet says that it is another DID from now on. */

import { toBase64url, toUtf8 } from "../../src/base/bytes.ts"
import { signatureAlgorithms } from "../../src/crypto/algorithms.ts"
import type { Resident } from "./resident.ts"

type Claims = { iss: string; sub: string; iat: number }

/** Now, as claims say it. */
export const now = (): number => Math.floor(Date.now() / 1000)

/** A from_prior JWT that `signer` makes, honest or not. */
export function jwt(claims: Partial<Claims>, signer: Resident, header: object = {}): string {
  const input = [{ typ: "JWT", alg: "EdDSA", kid: signer.signingKid, ...header }, claims]
    .map((part) => toBase64url(toUtf8(JSON.stringify(part))))
    .join(".")
  return `${input}.${toBase64url(signatureAlgorithms.EdDSA.sign(signer.signing, toUtf8(input)))}`
}

export const rotation = (from: Resident, to: Resident, iat = now()): string =>
  jwt({ iss: from.did, sub: to.did, iat }, from)
