import { toUtf8 } from "../base/bytes.ts"
import { canonicalJson, type Json } from "../base/canonical.ts"
import { signatureAlgorithms } from "../crypto/algorithms.ts"
import type { PrivateKey, PublicKey } from "../crypto/keys.ts"
import type { DidDocument } from "../did/document.ts"
import type { Resolver } from "../did/resolver.ts"
import { Fault } from "../faults.ts"
import { MAX_DID } from "./wire.ts"

/** Whether an Ed25519 key made the signature, in base64, over the UTF-8 of `text`. */
export type Verify = (key: PublicKey, text: string, signature: string) => Promise<boolean>

export type Signers = ReturnType<typeof createSigners>

/** Whose signatures count: did:decentrl, the mediator's own DIDs, and did:web where the operator allows it. */
export function createSigners(ports: {
  readonly resolver: Pick<Resolver, "resolve">
  readonly verify: Verify
  readonly owns: (did: string) => boolean
  readonly methods: readonly string[]
}) {
  /** Faults did.malformed, did.unresolvable, request.busy. */
  async function documentOf(did: string): Promise<DidDocument> {
    if (did.length > MAX_DID) throw new Fault("did.malformed", { detail: "too long" })
    const method = did.split(":", 2)[1] ?? ""
    if (!ports.owns(did) && !ports.methods.includes(method)) {
      throw new Fault("did.unresolvable", { detail: `senders of method ${method} are not taken` })
    }
    return ports.resolver.resolve(did)
  }

  /** Whether the key `keyId` of this document made the signature over the canonical JSON of `value`. */
  async function isGenuine(document: DidDocument, keyId: string, value: Json, signature: string): Promise<boolean> {
    const key = signingKey(document, keyId)
    return key !== null && ports.verify(key, canonicalJson(value), signature)
  }

  return { documentOf, isGenuine }
}

function signingKey({ id, methods }: DidDocument, keyId: string): PublicKey | null {
  if (id.startsWith("did:decentrl:") && keyId !== `${id}#signing`) return null
  const found = methods.find((method) => method.id === keyId)
  return found?.key.jwk.crv === "Ed25519" ? found.key : null
}

/** An Ed25519 signature over the canonical JSON of `value`, in padded base64. */
export const signed = (key: PrivateKey, value: Json): string =>
  Buffer.from(signatureAlgorithms.EdDSA.sign(key, toUtf8(canonicalJson(value)))).toString("base64")
