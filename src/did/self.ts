import type { PrivateKey } from "../crypto/keys.ts"
import { type DidDocument, parseDocument, spells } from "./document.ts"
import { accountDid, didOf, fragmentOf, spellings } from "./names.ts"
import { isIdentusSafe, keyIds, PRE_KEY, peerDid, readUrl, SIGNING, webDocument } from "./own-documents.ts"
import { decodePeer } from "./peer.ts"
import { type Generation, readIdentity, type StoredIdentity, toStored } from "./stored-identity.ts"
import { webDid } from "./web.ts"

/** A key of ours and the id it goes by. */
export type Signer = { readonly kid: string; readonly key: PrivateKey }

/** The mediator's own keys and names. */
export type Self = {
  /** The primary DID, a did:peer:2. */
  readonly did: string
  /** Every DID that is answered: today's first, then those of earlier public URLs and of retired keys still in use. */
  readonly dids: readonly string[]
  owns(didOrDidUrl: string): boolean
  /** Whether it is one of our DIDs, or was before its keys were replaced. */
  everOwned(did: string): boolean
  /** The key-agreement key that `kid` names, in any spelling under any of our DIDs, or null. */
  agreement(kid: string): PrivateKey | null
  /** Which generation of keys, from 1, `kid` is of; null when it is none of ours that is in use. */
  generationOf(kid: string): number | null
  agreementKid(did: string): string
  /** Who signs as this DID of ours. */
  signer(did: string): Signer
  /** The DID to use from now on instead of one of ours: another where that one is only answered until it ends. */
  successorOf(did: string): string
  /** What Decentrl's clients know as our pre-key and signing key under this DID of ours. */
  decentrl(did: string): { readonly preKey: PrivateKey; readonly signer: Signer }
  readonly documents: readonly DidDocument[]
  /** The did:web document to publish at /.well-known/did.json (with a path: at its end), or null. */
  webDocument(): object | null
  /** Whether Identus wallets can read the primary DID: they refuse `-` and `_` in its services. */
  readonly identusSafe: boolean
  /** All keys there ever were, the oldest first. */
  readonly generations: readonly Generation[]
  /** The next time (epoch ms) at which retired keys end, and all this must be opened anew; null when there is none. */
  readonly nextEnd: number | null
  /** What to keep from now on. */
  readonly stored: StoredIdentity
}

export type IdentityOptions = {
  readonly publicUrl: string
  readonly methods: readonly ("peer2" | "web")[]
  /** Whether the did:web document names keys and the service as Decentrl does, too. */
  readonly decentrl?: boolean
  /** Epoch ms: retired keys that have ended by then are not used. */
  readonly now: number
  /** Since when keys of a file are in use that does not say. */
  readonly madeAt?: number
}

/**
 * The identity at `publicUrl`: a did:peer:2 always, a did:web with the same keys when asked for and possible. The same
 * keys and URL give the same DIDs. Throws identity.unusable for what mintIdentity did not write, setting.invalid for a
 * URL that is not http or https or that carries more than a path.
 */
export function openIdentity(
  stored: unknown,
  { publicUrl, methods, decentrl = false, now, madeAt = now }: IdentityOptions,
): Self {
  const url = readUrl(publicUrl)
  const all = readIdentity(stored, madeAt).map((one) => (one.until === null ? named(one, url, methods) : one))
  const inUse = all.filter(({ until }) => until === null || until > now).reverse()
  const [current] = inUse as [Generation]
  const [did = ""] = current.dids
  const web = methods.includes("web") ? webDid(url) : null
  // What Decentrl's clients keep was signed with the first keys, under ids that leave no room for others.
  const founders = all[0] ?? current

  const names = new Map(inUse.map((one) => [one, new Set(one.dids.flatMap((name) => [name, ...spellings(name)]))]))
  const holders = (name: string) => inUse.filter((one) => names.get(one)?.has(name))
  const newest = (name: string) => holders(name)[0] ?? current
  const dids = [...new Set(inUse.flatMap((one) => one.dids))]
  const ever = new Set(all.flatMap((one) => one.dids.flatMap((name) => [name, ...spellings(name)])))

  /** The generation whose key-agreement key `kid` names. */
  function find(kid: string): Generation | null {
    const name = didOf(kid)
    const fragment = fragmentOf(kid)
    const candidates = holders(name)
    if (fragment === null || candidates.length === 0) return null
    if (fragment === PRE_KEY && isWeb(name)) return decentrl ? founders : null
    if (fragment === PRE_KEY) return newest(name)
    const isNamed = (one: Generation) =>
      kid === keyIds(name, one).agreement || spells(fragment, publicOf(one.agreement))
    return candidates.find(isNamed) ?? null
  }

  const webJson = (name: string) =>
    webDocument(name, { generations: holders(name), decentrl: decentrl ? founders : null, url })

  return {
    did,
    dids,
    owns: (name) => holders(didOf(name)).length > 0,
    everOwned: (name) => ever.has(name) || ever.has(accountDid(name)),
    agreement: (kid) => find(kid)?.agreement ?? null,
    generationOf: (kid) => find(kid)?.number ?? null,
    agreementKid: (name) => keyIds(name, newest(name)).agreement,
    signer: (name) => ({ kid: keyIds(name, newest(name)).signing, key: newest(name).signing }),
    successorOf: (name) => (newest(name) === current ? name : did),
    decentrl(name) {
      const { agreement, signing } = isWeb(name) ? founders : newest(name)
      const kid = isWeb(name) ? `${name}#${SIGNING}` : keyIds(name, newest(name)).signing
      return { preKey: agreement, signer: { kid, key: signing } }
    },
    documents: dids.map((name) => (isWeb(name) ? parseDocument(name, webJson(name)) : decodePeer(name))),
    webDocument: () => (web === null ? null : webJson(web)),
    identusSafe: isIdentusSafe(did),
    generations: all,
    nextEnd: inUse.reduce<number | null>((first, { until }) => earlier(first, until), null),
    stored: toStored(all),
  }
}

/** Today's DIDs first, then those of earlier public URLs. */
function named(one: Generation, url: URL, methods: IdentityOptions["methods"]): Generation {
  const web = methods.includes("web") ? webDid(url) : null
  return { ...one, dids: [...new Set([peerDid(one, url), ...(web === null ? [] : [web]), ...one.dids])] }
}

const isWeb = (did: string): boolean => did.startsWith("did:web:")
const publicOf = ({ jwk: { d: _, ...jwk } }: PrivateKey) => ({ jwk })
const earlier = (a: number | null, b: number | null) => (a === null || (b !== null && b < a) ? b : a)
