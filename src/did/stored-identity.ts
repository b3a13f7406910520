import { createPublicKey } from "node:crypto"
import { isObject } from "../base/json.ts"
import {
  generatePrivateKey,
  importPrivateKey,
  type PrivateJwk,
  type PrivateKey,
  publicHalf,
  toMultikey,
} from "../crypto/keys.ts"
import { Fault } from "../faults.ts"
import { isDid } from "./names.ts"
import { encodePeer2 } from "./peer.ts"

/** Two private keys and every DID they ever answered to. Times are epoch ms. */
type StoredGeneration = {
  readonly agreement: PrivateJwk
  readonly signing: PrivateJwk
  readonly since: number
  /** When these keys are no longer used; null for those in use. Nothing here is ever deleted. */
  readonly until: number | null
  readonly dids: readonly string[]
}

/** What is kept of the mediator's identity, as JSON: every pair of keys it ever had, the oldest first. */
export type StoredIdentity = { readonly version: 2; readonly generations: readonly StoredGeneration[] }

/** The same with keys to use. `number` counts from 1. */
export type Generation = Omit<StoredGeneration, "agreement" | "signing"> & {
  readonly number: number
  readonly agreement: PrivateKey
  readonly signing: PrivateKey
}

/** Fresh keys, without any DID yet. */
export const mintIdentity = (now: number): StoredIdentity => ({ version: 2, generations: [freshKeys(now)] })

const freshKeys = (since: number): StoredGeneration => ({
  agreement: generatePrivateKey("X25519").jwk,
  signing: generatePrivateKey("Ed25519").jwk,
  since,
  until: null,
  dids: [],
})

/** The same identity with fresh keys; those used so far are good for `overlap` ms more. */
export function rotated(
  { generations }: StoredIdentity,
  { now, overlap }: { now: number; overlap: number },
): StoredIdentity {
  const earlier = generations.map((one) => (one.until === null ? { ...one, until: now + overlap } : one))
  return { version: 2, generations: [...earlier, freshKeys(now)] }
}

/** The same identity, whose latest retired keys are good until `overlap` ms from now; null when there are none. */
export function extended(
  { generations }: StoredIdentity,
  { now, overlap }: { now: number; overlap: number },
): StoredIdentity | null {
  const last = generations.at(-2)
  if (!last) return null
  return {
    version: 2,
    generations: generations.map((one) => (one === last ? { ...one, until: now + overlap } : one)),
  }
}

/** As it is kept. */
export const toStored = (generations: readonly Generation[]): StoredIdentity => ({
  version: 2,
  generations: generations.map(({ agreement, signing, since, until, dids }) => ({
    agreement: agreement.jwk,
    signing: signing.jwk,
    since,
    until,
    dids,
  })),
})

/**
 * Reads what was kept, also by version 1, which had one pair of keys and did not say since when: `madeAt`. Throws
 * identity.unusable for whatever neither wrote.
 */
export function readIdentity(stored: unknown, madeAt: number): readonly Generation[] {
  const kept = listed(stored, madeAt)
  const generations = kept.map((one, index) => readGeneration(one, index + 1))
  const isOver = ({ until }: Generation) => until !== null
  if (generations.length === 0 || generations.findIndex((one) => !isOver(one)) !== generations.length - 1) {
    throw unusable("not one pair of keys in use, and that the last")
  }
  return generations
}

function listed(stored: unknown, madeAt: number): readonly unknown[] {
  if (isObject(stored) && stored.version === 2 && Array.isArray(stored.generations)) return stored.generations
  if (isObject(stored) && stored.version === 1) return [{ ...stored, since: madeAt, until: null }]
  throw unusable("not an identity of a version that is known")
}

function readGeneration(stored: unknown, number: number): Generation {
  if (!isObject(stored)) throw unusable("keys that are no object")
  const { since, until, dids } = stored
  if (!isMoment(since) || !(until === null || isMoment(until))) throw unusable("keys without their times")
  const agreement = readKey(stored.agreement, "X25519")
  const signing = readKey(stored.signing, "Ed25519")
  if (!Array.isArray(dids) || !dids.every((did): did is string => typeof did === "string" && isDid(did))) {
    throw unusable("dids is not a list of DIDs")
  }
  const bare = encodePeer2(keysOf({ agreement, signing }), [])
  if (!dids.every((did) => isOurs(did, bare))) throw unusable("a DID with other keys")
  return { number, agreement, signing, since, until, dids }
}

const isMoment = (value: unknown): value is number => Number.isSafeInteger(value)
const isOurs = (did: string, bare: string) => did === bare || did.startsWith(`${bare}.S`) || did.startsWith("did:web:")

/** The keys as a did:peer:2 lists them: purpose and Multikey. */
export const keysOf = ({ agreement, signing }: Pick<Generation, "agreement" | "signing">) =>
  [
    ["E", toMultikey(publicHalf(agreement).jwk)],
    ["V", toMultikey(publicHalf(signing).jwk)],
  ] as const

// A public part that is not the private one's would publish a DID that nobody can write to.
function readKey(value: unknown, curve: "X25519" | "Ed25519"): PrivateKey {
  const key = importPrivateKey(value)
  if (key?.jwk.crv !== curve || !key.handle) throw unusable(`no ${curve} key`)
  if (createPublicKey(key.handle).export({ format: "jwk" }).x !== key.jwk.x)
    throw unusable(`two different ${curve} keys`)
  return key
}

const unusable = (detail: string) => new Fault("identity.unusable", { detail })
