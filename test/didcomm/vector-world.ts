/** The people of the test vectors: their documents as a resolver, their keys as somebody's own. */

import { toUtf8 } from "../../src/base/bytes.ts"
import type { PrivateKey } from "../../src/crypto/keys.ts"
import { type DidDocument, didOf, parseDocument, sameDid } from "../../src/did/document.ts"
import type { Resolver } from "../../src/did/resolver.ts"
import { createEnvelopes, type OwnKeys } from "../../src/didcomm/envelope.ts"
import { Fault } from "../../src/faults.ts"
import { offline } from "../did/offline.ts"
import { fakeClock } from "../kit/clock.ts"
import { loadVectorKeys, loadVectors } from "../kit/vectors.ts"

type Identity = { readonly name?: string; readonly document: { readonly id: string } }

const published = loadVectors<{ dids: Record<string, Identity> }>("dids.json")?.dids ?? {}
const own = loadVectors<{ identities: Record<string, Identity> }>("own-identities.json")?.identities ?? {}
const identities = [...Object.values(published), ...Object.values(own)]
const { privateKeys } = loadVectorKeys()

const documents = new Map(identities.map(({ document }) => [document.id, parseDocument(document.id, document)]))

/** Knows exactly the people of the vectors. */
export const vectorResolver: Resolver = {
  ...offline(),
  async resolve(did: string): Promise<DidDocument> {
    const document = documents.get(did)
    if (!document) throw new Fault("did.unresolvable", { detail: did })
    return document
  },
}

/** The DID of one of the own identities, by name: mediator, routing, ann, ben, four, four-short, … */
export const didNamed = (name: string): string =>
  identities.find((identity) => identity.name === name)?.document.id ?? "did:example:nobody"

export const privateKey = (kid: string): PrivateKey => {
  const key = privateKeys.get(kid)
  if (!key) throw new Error(`no private key ${kid} in the vectors`)
  return key
}

/** The keys of one party, or of several that are one. */
export const keysOf = (...dids: readonly string[]): OwnKeys => ({
  agreement: (kid) => (dids.includes(didOf(kid)) ? (privateKeys.get(kid) ?? null) : null),
  owns: (did) => dids.some((one) => sameDid(one, did)),
})

/** Opens envelopes as `dids` would, at `now` (epoch seconds). */
export const openerFor = (dids: readonly string[], now = 0, resolver: Resolver = vectorResolver) => {
  const { open } = createEnvelopes({ keys: keysOf(...dids), resolver, clock: fakeClock(now * 1000) })
  return (wire: unknown) => open(toUtf8(typeof wire === "string" ? wire : JSON.stringify(wire)))
}
