import * as v from "valibot"
import { fromUtf8 } from "../base/bytes.ts"
import { type Clock, toSeconds } from "../base/clock.ts"
import { parseObject } from "../base/json.ts"
import { parseCompactJws, verifySignature } from "../crypto/jws.ts"
import { didOf, findKey, isDid, sameDid } from "../did/document.ts"
import type { Resolver } from "../did/resolver.ts"
import { Fault } from "../faults.ts"
import type { Party } from "./registry.ts"

const did = v.pipe(v.string(), v.check(isDid))
const Claims = v.looseObject({ iss: did, sub: did, iat: v.pipe(v.number(), v.integer(), v.minValue(0)) })
const CLOCK_TOLERANCE_S = 60

/** A party that was another DID before, and the moment (epoch ms) from which it is not. */
export type Rotation = { readonly prior: string; readonly at: number }

/**
 * Checks a from_prior JWT (DIDComm Messaging v2.1 §did-rotation): made by an authentication key of the DID that it
 * retires, and retiring it in favour of the very sender that the envelope proves. Fault envelope.inconsistent for
 * everything that is not so; a claim half believed would hand a mailbox to a stranger.
 */
export async function checkRotation(
  jwt: string,
  sender: Party,
  { resolver, clock }: { resolver: Resolver; clock: Clock },
): Promise<Rotation> {
  const refuse = (detail: string) => new Fault("envelope.inconsistent", { detail: `from_prior: ${detail}` })
  const { header, payload, signature } = parseCompactJws(jwt)
  const claims = v.safeParse(Claims, parseObject(fromUtf8(payload) ?? ""))
  if (!claims.success) throw refuse("iss, sub and iat are needed, the first two plain DIDs")
  const { iss, sub, iat } = claims.output
  if (header.typ !== "JWT") throw refuse("not a JWT")
  if (iss !== didOf(signature.kid)) throw refuse("the key is not one of the issuer's")
  if (sameDid(iss, sub)) throw refuse("issuer and subject are the same")
  if (!sameDid(sub, sender.did)) throw refuse("the subject is not the sender")
  if (iat > toSeconds(clock.now()) + CLOCK_TOLERANCE_S) throw refuse("rotated in the future")
  const key = findKey(await resolver.resolve(iss), "authentication", signature.kid)
  if (!key || !verifySignature(signature, key)) throw refuse("the signature does not verify")
  return { prior: iss, at: iat * 1000 }
}
