import { toUtf8 } from "../base/bytes.ts"
import { type Clock, toSeconds } from "../base/clock.ts"
import { parseObject } from "../base/json.ts"
import { signJws } from "../crypto/jws.ts"
import type { PrivateKey, PublicKey } from "../crypto/keys.ts"
import { type DidDocument, didOf, findKey, sameDid } from "../did/document.ts"
import type { Resolver } from "../did/resolver.ts"
import { Fault } from "../faults.ts"
import { createJose, envelopeKind, type Jose, type Keys, type Layer } from "./jose.ts"
import { type Plaintext, parsePlaintext } from "./message.ts"
import type { Party } from "./registry.ts"

/** The keys that open what is addressed to us. */
export interface OwnKeys {
  /** Our private key of this id, in any of its spellings; null when it is not ours. */
  agreement(kid: string): PrivateKey | null
  owns(did: string): boolean
}

export type Opened = {
  readonly message: Plaintext
  /** The outermost first. */
  readonly layers: readonly Layer[]
  /** Whom the envelope proves to have written it; null when nobody is proven. Never taken from `from` alone. */
  readonly sender: Party | null
  /** Our key that it was sealed for, as the sender spelled it; null for a message that is only signed. */
  readonly us: Party | null
  /** What authenticates the message, the same however others print or wrap its envelope; null when nothing does. */
  readonly proof: string | null
}

// What may stand inside what (§iana-media-types, §message-layer-addressing-consistency). It also bounds the depth to 3.
const allowedInside: Readonly<Record<Layer["kind"] | "nothing", readonly Layer["kind"][]>> = {
  nothing: ["anoncrypt", "authcrypt", "signed"],
  anoncrypt: ["authcrypt", "signed"],
  authcrypt: ["signed"],
  signed: [],
}

/** A signature alone can be shown to anybody, so it proves a sender only for this long after `created_time`. */
const SIGNATURE_FRESHNESS_S = 300

export type Envelopes = ReturnType<typeof createEnvelopes>

/** `jose`: who does the cryptography; this thread, unless another is given that has the same keys. */
export function createEnvelopes(
  { keys, resolver, clock }: { keys: OwnKeys; resolver: Resolver; clock: Clock },
  jose: Jose = createJose(keysOf(keys, resolver)),
) {
  /**
   * Opens every layer and checks that they agree. Faults: envelope.malformed, envelope.unreadable,
   * envelope.inconsistent, did.malformed, did.unresolvable, request.busy.
   */
  async function open(bytes: Uint8Array): Promise<Opened> {
    const layers: Layer[] = []
    let proof: string | null = null
    let envelope: string | Uint8Array = bytes
    for (;;) {
      const opened = await jose.open(envelope)
      const outside = layers.at(-1)?.kind ?? "nothing"
      if (!allowedInside[outside].includes(opened.layer.kind)) {
        throw new Fault("envelope.malformed", { detail: `${opened.layer.kind} is not allowed there` })
      }
      layers.push(opened.layer)
      proof ??= opened.proof
      const object = parseObject(opened.text)
      if (!object || envelopeKind(object) === "plain") {
        const message = parsePlaintext(opened.text, object)
        checkAddressing(message, layers)
        return { message, layers, sender: provenSender(message, layers), us: addressee(layers), proof }
      }
      envelope = opened.text
    }
  }

  // §message-layer-addressing-consistency. Most libraries leave this to their callers, and most callers forget it.
  function checkAddressing({ from, to }: Plaintext, layers: readonly Layer[]): void {
    const refuse = (detail: string) => new Fault("envelope.inconsistent", { detail })
    const isSealed = layers[0]?.kind !== "signed"
    for (const layer of layers) {
      if (layer.kind === "anoncrypt") continue
      const isSameParty = (kid: string) => from !== undefined && sameDid(didOf(kid), from)
      if (!layer.by.every(isSameParty)) throw refuse("from is not the DID of the key that authenticates")
      if (layer.kind === "signed" && isSealed && !to?.length) throw refuse("signed inside, but to names nobody")
    }
    if (to?.length && !to.some((did) => keys.owns(did))) throw refuse("to does not name us")
  }

  function provenSender({ from, to, created_time }: Plaintext, layers: readonly Layer[]): Party | null {
    const sealed = layers.find((layer) => layer.kind === "authcrypt")
    if (sealed) return { did: didOf(sealed.by[0]), kid: sealed.by[0] }
    const signed = layers.find((layer) => layer.kind === "signed")
    // Without a time it is never fresh, not even for a machine that starts its clock in 1970.
    const age = Math.abs(toSeconds(clock.now()) - (created_time ?? Number.POSITIVE_INFINITY))
    if (!signed || !from || !to?.length || age > SIGNATURE_FRESHNESS_S) return null
    return { did: didOf(signed.by[0] ?? from), kid: signed.by[0] ?? from }
  }

  /** Seals a message from one of our DIDs to a party: authcrypt with our key, for the key that the party used. */
  async function seal(message: object, from: Party, to: Party): Promise<string> {
    const key = keys.agreement(from.kid)
    if (!key) throw new Fault("internal", { detail: "no key of ours by that id" })
    const recipient = agreementKey(await resolver.resolve(to.did), to.kid, key)
    if (!recipient) throw new Fault("did.unresolvable", { detail: "no key agreement key of our curve" })
    return jose.seal(JSON.stringify(message), recipient, from.kid)
  }

  return { open, seal }
}

/** Where the keys of envelopes come from: ours, and those in the documents of their senders. */
export const keysOf = (keys: OwnKeys, resolver: Pick<Resolver, "resolve">): Keys => ({
  ours: keys.agreement,
  async theirs(purpose, kid) {
    const key = findKey(await resolver.resolve(didOf(kid)), purpose, kid)
    if (!key) throw new Fault("envelope.unreadable", { detail: `no such ${purpose} key in the sender's document` })
    return key
  },
})

// A party that authenticated by a signature, or of whom we know only the DID, is answered at its first fitting key.
function agreementKey(document: DidDocument, kid: string, ours: PrivateKey): { kid: string; key: PublicKey } | null {
  const known = findKey(document, "keyAgreement", kid)
  if (known) return { kid, key: known }
  const fits = document.methods.find(
    ({ id, key }) => document.keyAgreement.includes(id) && key.jwk.crv === ours.jwk.crv,
  )
  return fits ? { kid: fits.id, key: fits.key } : null
}

function addressee(layers: readonly Layer[]): Party | null {
  const sealed = layers.findLast((layer) => layer.kind !== "signed")
  return sealed ? { did: didOf(sealed.kid), kid: sealed.kid } : null
}

/** The JSON text of a message signed by us: for those who proved no key that an answer could be sealed for. */
export const sign = (message: object, signer: { kid: string; key: PrivateKey }): Promise<string> =>
  signJws(toUtf8(JSON.stringify(message)), signer)
