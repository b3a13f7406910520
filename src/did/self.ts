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
import { type DidDocument, parseDocument, spells } from "./document.ts"
import { didOf, fragmentOf, isDid, spellings } from "./names.ts"
import { decodePeer, encodePeer2, serviceText } from "./peer.ts"
import { webDid } from "./web.ts"

/** What is kept of the mediator's identity, as JSON: two private keys for ever, and every DID it ever answered to. */
export type StoredIdentity = {
  readonly version: 1
  readonly agreement: PrivateJwk
  readonly signing: PrivateJwk
  readonly dids: readonly string[]
}

/** The mediator's own keys and names. */
export type Self = {
  /** The primary DID, a did:peer:2. */
  readonly did: string
  /** Every DID that is answered: today's first, then those of earlier public URLs. */
  readonly dids: readonly string[]
  owns(didOrDidUrl: string): boolean
  /** The key-agreement key that `kid` names, in any spelling under any of our DIDs, or null. */
  agreement(kid: string): PrivateKey | null
  readonly signing: PrivateKey
  agreementKid(did: string): string
  signingKid(did: string): string
  readonly documents: readonly DidDocument[]
  /** The did:web document to publish at /.well-known/did.json (with a path: at its end), or null. */
  webDocument(): object | null
  /** Whether Identus wallets can read the primary DID: they refuse `-` and `_` in its services. */
  readonly identusSafe: boolean
  /** What to keep from now on. */
  readonly stored: StoredIdentity
}

/** Fresh keys, without any DID yet. */
export const mintIdentity = (): StoredIdentity => ({
  version: 1,
  agreement: generatePrivateKey("X25519").jwk,
  signing: generatePrivateKey("Ed25519").jwk,
  dids: [],
})

/**
 * The identity at `publicUrl`: a did:peer:2 always, a did:web from the same keys when asked for and possible. The same
 * keys and URL give the same DIDs. Throws identity.unusable for what mintIdentity did not write, setting.invalid for a
 * URL that is not http or https or that carries more than a path.
 */
export function openIdentity(
  stored: unknown,
  {
    publicUrl,
    methods,
    decentrl = false,
  }: {
    publicUrl: string
    methods: readonly ("peer2" | "web")[]
    /** Whether the did:web document names the keys and the service as Decentrl does, too. */
    decentrl?: boolean
  },
): Self {
  const { agreement, signing, earlier } = readIdentity(stored)
  const url = readUrl(publicUrl)
  const keys = [
    ["E", toMultikey(publicHalf(agreement).jwk)],
    ["V", toMultikey(publicHalf(signing).jwk)],
  ] as const
  const did = encodePeer2(keys, services(url).map(wordedForIdentus))
  const web = methods.includes("web") ? webDid(url) : null

  const dids = [...new Set([did, ...(web === null ? [] : [web]), ...earlier])]
  if (dids.some((name) => !isOurs(name, encodePeer2(keys, [])))) throw unusable("a DID with other keys")
  const names = new Set(dids.flatMap((name) => [name, ...spellings(name)]))
  const owns = (name: string) => names.has(didOf(name))
  const webJson = (name: string) => {
    const document = webDocumentOf(name, { agreement, signing, url })
    return decentrl ? withDecentrl(document, url) : document
  }
  return {
    did,
    dids,
    owns,
    agreement(kid) {
      const fragment = fragmentOf(kid)
      const isKey = fragment === "key-1" || fragment === PRE_KEY || (fragment !== null && spells(fragment, agreement))
      return isKey && owns(kid) ? agreement : null
    },
    signing,
    agreementKid: (name) => `${name}#key-1`,
    signingKid: (name) => `${name}#key-2`,
    documents: dids.map((name) =>
      name.startsWith("did:web:") ? parseDocument(name, webJson(name)) : decodePeer(name),
    ),
    webDocument: () => (web === null ? null : webJson(web)),
    identusSafe: identusReads.test(did),
    stored: { version: 1, agreement: agreement.jwk, signing: signing.jwk, dids },
  }
}

const unusable = (detail: string) => new Fault("identity.unusable", { detail })

function readIdentity(stored: unknown) {
  if (!isObject(stored) || stored.version !== 1) throw unusable("not an identity of version 1")
  const { dids } = stored
  if (!Array.isArray(dids)) throw unusable("dids is not a list")
  const earlier = dids.map((did: unknown) => (typeof did === "string" && isDid(did) ? did : null))
  if (earlier.includes(null)) throw unusable("dids holds something that is no DID")
  return {
    agreement: readKey(stored.agreement, "X25519"),
    signing: readKey(stored.signing, "Ed25519"),
    earlier: earlier.filter((did) => did !== null),
  }
}

// A public part that is not the private one's would publish a DID that nobody can write to.
function readKey(value: unknown, curve: "X25519" | "Ed25519"): PrivateKey {
  const key = importPrivateKey(value)
  if (key?.jwk.crv !== curve || !key.handle) throw unusable(`no ${curve} key`)
  if (createPublicKey(key.handle).export({ format: "jwk" }).x !== key.jwk.x)
    throw unusable(`two different ${curve} keys`)
  return key
}

const isOurs = (did: string, bare: string) => did === bare || did.startsWith(`${bare}.S`) || did.startsWith("did:web:")

function readUrl(publicUrl: string): URL {
  const url = URL.parse(publicUrl)
  if (!url || !/^https?:$/.test(url.protocol)) throw invalidUrl("is not an http or https URL")
  if (url.search !== "" || url.hash !== "" || url.username !== "" || url.password !== "") {
    throw invalidUrl("has more than a host and a path")
  }
  return url
}

const invalidUrl = (detail: string) => new Fault("setting.invalid", { detail: `the public URL ${detail}` })

const baseOf = (url: URL) => url.href.replace(/\/+$/, "")

// The http(s) service comes first: wallets post to the first one, and find the socket by its scheme.
function services(url: URL) {
  const base = baseOf(url)
  return [base, `${base.replace(/^http/, "ws")}/ws`].map((uri) => ({
    type: "DIDCommMessaging",
    serviceEndpoint: { uri, accept: ["didcomm/v2"] },
  }))
}

const identusReads = /^did:peer:2(\.[AEVID]z[1-9A-HJ-NP-Za-km-z]+)+(\.S[0-9A-Za-z=]*)*$/

/**
 * The JSON of a service, worded so that its base64url holds neither `-` nor `_`. In ASCII those can only come from `>`,
 * `?`, `~` and DEL, which an escape says as well; they are left alone where they do no harm.
 */
function wordedForIdentus(service: object): string {
  const text = serviceText(service)
  if (identusReads.test(encodePeer2([["E", "z1"]], [text]))) return text
  return text.replace(/[^\x20-=@-}]/g, (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, "0")}`)
}

/** How Decentrl names the same two keys: fragments of their ids. */
const SIGNING = "signing"
const PRE_KEY = "pre-key"

function webDocumentOf(
  did: string,
  { agreement, signing, url }: { agreement: PrivateKey; signing: PrivateKey; url: URL },
) {
  const method = (fragment: string, key: PrivateKey) => ({
    id: `${did}#${fragment}`,
    type: "JsonWebKey2020",
    controller: did,
    publicKeyJwk: publicHalf(key).jwk,
  })
  return {
    "@context": ["https://www.w3.org/ns/did/v1", "https://w3id.org/security/suites/jws-2020/v1"],
    id: did,
    verificationMethod: [method("key-1", agreement), method("key-2", signing)],
    authentication: [`${did}#key-2`],
    keyAgreement: [`${did}#key-1`],
    service: services(url).map((service, index) => ({
      id: `${did}#service${index === 0 ? "" : `-${index}`}`,
      ...service,
    })),
  }
}

// A wallet that seals for every key of keyAgreement seals twice for the same one: `agreement` knows it by both names.
function withDecentrl(document: ReturnType<typeof webDocumentOf>, url: URL) {
  const { id: did, verificationMethod, authentication, keyAgreement, service } = document
  const [agreement, signing] = verificationMethod
  return {
    ...document,
    verificationMethod: [
      ...verificationMethod,
      { ...signing, id: `${did}#${SIGNING}` },
      { ...agreement, id: `${did}#${PRE_KEY}` },
    ],
    authentication: [...authentication, `${did}#${SIGNING}`],
    assertionMethod: [`${did}#${SIGNING}`],
    keyAgreement: [...keyAgreement, `${did}#${PRE_KEY}`],
    service: [
      ...service,
      { id: `${did}#decentrl`, type: "DecentrlMediator", serviceEndpoint: `${baseOf(url)}/decentrl` },
    ],
  }
}
