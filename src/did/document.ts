import { isObject, type JsonObject } from "../base/json.ts"
import {
  type Curve,
  fromBase58,
  fromMultikey,
  fromRawPublicKey,
  importPublicKey,
  type PublicKey,
  toMultikey,
} from "../crypto/keys.ts"
import { Fault } from "../faults.ts"
import { didOf, fragmentOf, sameDid } from "./names.ts"

export { accountDid, didOf, isDid, isDidUrl, sameDid, spellings } from "./names.ts"

/** A key of a DID. `id` is an absolute DID URL under the document's own id. */
export type Method = { readonly id: string; readonly controller: string; readonly key: PublicKey }

/** One endpoint of a service; a service with several endpoints becomes several entries. */
export type Service = {
  readonly id: string
  readonly type: string
  readonly uri: string
  readonly accept: readonly string[]
  readonly routingKeys: readonly string[]
}

export type Purpose = "keyAgreement" | "authentication"

/** A DID document as this mediator uses it: what is missing here it does not understand or does not need. */
export type DidDocument = {
  readonly id: string
  readonly alsoKnownAs: readonly string[]
  readonly methods: readonly Method[]
  /** Ids of methods whose curve can agree on keys. */
  readonly keyAgreement: readonly string[]
  /** Ids of methods whose curve can sign. */
  readonly authentication: readonly string[]
  /** In the owner's order of preference. */
  readonly services: readonly Service[]
}

const MAX_ENTRIES = 100
const MAX_ENDPOINTS = 50
const MAX_URI_LENGTH = 4096
// Base58 takes time quadratic in its length; the longest key (P-521) has 97 characters.
const MAX_BASE58_LENGTH = 128

// Verification method types, and the one curve that a type stands for.
const suites: Readonly<Record<string, Curve | "any">> = {
  JsonWebKey2020: "any",
  JsonWebKey: "any",
  Multikey: "any",
  Ed25519VerificationKey2018: "Ed25519",
  Ed25519VerificationKey2020: "Ed25519",
  X25519KeyAgreementKey2019: "X25519",
  X25519KeyAgreementKey2020: "X25519",
  EcdsaSecp256k1VerificationKey2019: "secp256k1",
}

/**
 * The internal form of a DID document (DID Core §4–5). `json` is its parsed JSON, `did` the DID it was resolved for.
 * Methods that are unknown, broken, or another DID's are left out. Throws did.malformed when it is no document or is
 * longer than anybody needs.
 */
export function parseDocument(did: string, json: unknown): DidDocument {
  if (!isObject(json)) throw new Fault("did.malformed", { detail: "the document is not a JSON object" })
  const keyAgreement = list(json.keyAgreement)
  const authentication = list(json.authentication)
  const listed = [...list(json.verificationMethod), ...list(json.publicKey), ...keyAgreement, ...authentication]
  const alsoKnownAs = strings(json.alsoKnownAs)
  if (listed.length > MAX_ENTRIES || alsoKnownAs.length > MAX_ENTRIES) {
    throw new Fault("did.malformed", { detail: "the document lists too many keys" })
  }

  const methods = new Map<string, Method>()
  for (const entry of listed) {
    const method = isObject(entry) ? parseMethod(did, entry) : null
    if (method && !methods.has(method.id)) methods.set(method.id, method)
  }
  const related = (entries: readonly unknown[], purpose: Purpose) => {
    const ids = entries.map((entry) => absolute(did, isObject(entry) ? entry.id : entry))
    return [...new Set(ids)].filter((id) => id !== null).filter((id) => serves(methods.get(id), purpose))
  }
  return {
    id: did,
    alsoKnownAs,
    methods: [...methods.values()],
    keyAgreement: related(keyAgreement, "keyAgreement"),
    authentication: related(authentication, "authentication"),
    services: parseServices(did, list(json.service)),
  }
}

// A curve has one use whatever the document says: an Ed25519 key under keyAgreement is not a key to agree with.
function serves(method: Method | undefined, purpose: Purpose): boolean {
  const curve = method?.key.jwk.crv
  if (curve === undefined) return false
  return purpose === "keyAgreement" ? curve !== "Ed25519" && curve !== "secp256k1" : curve !== "X25519"
}

function parseMethod(did: string, entry: JsonObject): Method | null {
  const id = absolute(did, entry.id)
  const key = parseKey(entry)
  if (id === null || key === null) return null
  return { id, controller: typeof entry.controller === "string" ? entry.controller : did, key }
}

function parseKey({ type, publicKeyJwk, publicKeyMultibase, publicKeyBase58 }: JsonObject): PublicKey | null {
  const curve = typeof type === "string" && Object.hasOwn(suites, type) ? suites[type] : undefined
  if (curve === undefined) return null
  let jwk: unknown = publicKeyJwk
  if (isShort(publicKeyMultibase)) jwk = fromMultikey(publicKeyMultibase)
  else if (isShort(publicKeyBase58) && curve !== "any") jwk = fromRawBase58(curve, publicKeyBase58)
  const key = importPublicKey(jwk)
  return curve === "any" || key?.jwk.crv === curve ? key : null
}

const isShort = (text: unknown): text is string => typeof text === "string" && text.length <= MAX_BASE58_LENGTH

function fromRawBase58(curve: Curve, text: string) {
  const raw = fromBase58(`z${text}`)
  return raw && fromRawPublicKey(curve, raw)
}

// Relative or absolute, and some wallets forget the `#`. Null for what belongs to another DID.
function absolute(did: string, reference: unknown): string | null {
  if (typeof reference !== "string" || reference === "") return null
  if (!reference.startsWith("did:")) return `${did}#${reference.replace(/^#/, "")}`
  const fragment = fragmentOf(reference)
  return fragment !== null && sameDid(didOf(reference), did) ? `${did}#${fragment}` : null
}

function parseServices(did: string, entries: readonly unknown[]): Service[] {
  const services = entries.filter(isObject).flatMap((entry, index) => endpoints(did, entry, index))
  if (services.length > MAX_ENDPOINTS)
    throw new Fault("did.malformed", { detail: "the document lists too many services" })
  return services
}

function endpoints(did: string, entry: JsonObject, index: number): Service[] {
  const { id, type, serviceEndpoint } = entry
  const first = [type].flat().find((name) => typeof name === "string")
  if (typeof first !== "string") return []
  return [serviceEndpoint].flat().flatMap((endpoint) => {
    // Before DIDComm 2.0 was final, the endpoint was a string with accept and routingKeys beside it.
    const given = isObject(endpoint) ? endpoint : { ...entry, uri: endpoint }
    if (typeof given.uri !== "string" || given.uri === "" || given.uri.length > MAX_URI_LENGTH) return []
    return {
      id: serviceId(did, id, index),
      type: first,
      uri: given.uri,
      accept: strings(given.accept ?? entry.accept),
      routingKeys: strings(given.routingKeys ?? entry.routingKeys),
    }
  })
}

function serviceId(did: string, id: unknown, index: number): string {
  if (typeof id !== "string" || id === "") return index === 0 ? `${did}#service` : `${did}#service-${index}`
  return /^[a-z][a-z0-9+.-]*:/i.test(id) ? id : `${did}#${id.replace(/^#/, "")}`
}

const list = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : [])
const strings = (value: unknown): string[] => list(value).filter((item) => typeof item === "string")

/**
 * The key that `kid` names in this document for `purpose`, or null. The DID part may be any form of the document's
 * DID. The fragment may be the method's own, or a spelling of the key that older did:peer libraries write: `#z6LS…`,
 * `#6LS…`, or the first eight characters of that.
 */
export function findKey(document: DidDocument, purpose: Purpose, kid: string): PublicKey | null {
  const fragment = fragmentOf(kid)
  if (fragment === null || !sameDid(didOf(kid), document.id)) return null
  const listed = document.methods.filter(({ id }) => document[purpose].includes(id))
  const id = `${document.id}#${fragment}`
  const found = listed.find((method) => method.id === id) ?? listed.find(({ key }) => spells(fragment, key))
  return found?.key ?? null
}

/** Whether `fragment` is one of the ways in which a did:peer key id spells the key itself. */
export function spells(fragment: string, key: { readonly jwk: PublicKey["jwk"] }): boolean {
  const multikey = toMultikey(key.jwk)
  const bare = multikey.slice(1)
  return fragment === multikey || fragment === bare || fragment === bare.slice(0, 8)
}

/** The names under which others may address the keys of a DID instead of the DID: Multikey and did:key of each. */
export function agreementNames(document: DidDocument): string[] {
  return document.methods
    .filter(({ id }) => document.keyAgreement.includes(id))
    .map(({ key }) => toMultikey(key.jwk))
    .flatMap((multikey) => [multikey, `did:key:${multikey}`])
}
