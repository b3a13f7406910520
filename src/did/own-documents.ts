import { publicHalf } from "../crypto/keys.ts"
import { Fault } from "../faults.ts"
import { encodePeer2, serviceText } from "./peer.ts"
import { type Generation, keysOf } from "./stored-identity.ts"

/** How Decentrl names its two keys in a did:web document: fragments of their ids. */
export const SIGNING = "signing"
export const PRE_KEY = "pre-key"

/** Fault setting.invalid for a URL that is not http or https or that carries more than a path. */
export function readUrl(publicUrl: string): URL {
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

/** The did:peer:2 of these keys at `url`. */
export const peerDid = (keys: Pick<Generation, "agreement" | "signing">, url: URL): string =>
  encodePeer2(keysOf(keys), services(url).map(wordedForIdentus))

const identusReads = /^did:peer:2(\.[AEVID]z[1-9A-HJ-NP-Za-km-z]+)+(\.S[0-9A-Za-z=]*)*$/

/** Whether Identus wallets can read a DID: they refuse `-` and `_` in its services. */
export const isIdentusSafe = (did: string): boolean => identusReads.test(did)

/**
 * The JSON of a service, worded so that its base64url holds neither `-` nor `_`. In ASCII those can only come from `>`,
 * `?`, `~` and DEL, which an escape says as well; they are left alone where they do no harm.
 */
function wordedForIdentus(service: object): string {
  const text = serviceText(service)
  if (isIdentusSafe(encodePeer2([["E", "z1"]], [text]))) return text
  return text.replace(/[^\x20-=@-}]/g, (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, "0")}`)
}

/** The ids of a generation's keys under a DID. A did:peer:2 is new with its keys; a did:web numbers all it ever had. */
export function keyIds(did: string, { number }: Pick<Generation, "number">): { agreement: string; signing: string } {
  const first = did.startsWith("did:web:") ? 2 * number - 1 : 1
  return { agreement: `${did}#key-${first}`, signing: `${did}#key-${first + 1}` }
}

/**
 * The document of a did:web at `url`, with the keys of `generations`, the newest first. `decentrl`: whose keys it has
 * under Decentrl's names, too; a wallet that seals for every key of keyAgreement may then seal twice for the same one.
 */
export function webDocument(
  did: string,
  {
    generations,
    decentrl,
    url,
  }: { generations: readonly Generation[]; decentrl: Pick<Generation, "agreement" | "signing"> | null; url: URL },
) {
  const listed = generations.map((one) => ({ ...one, ids: keyIds(did, one) }))
  const document = {
    "@context": ["https://www.w3.org/ns/did/v1", "https://w3id.org/security/suites/jws-2020/v1"],
    id: did,
    verificationMethod: listed.flatMap(({ ids, agreement, signing }) => [
      method(ids.agreement, agreement),
      method(ids.signing, signing),
    ]),
    authentication: listed.map(({ ids }) => ids.signing),
    keyAgreement: listed.map(({ ids }) => ids.agreement),
    service: services(url).map((service, index) => ({
      id: `${did}#service${index === 0 ? "" : `-${index}`}`,
      ...service,
    })),
  }
  if (!decentrl) return document
  return {
    ...document,
    verificationMethod: [
      ...document.verificationMethod,
      method(`${did}#${SIGNING}`, decentrl.signing),
      method(`${did}#${PRE_KEY}`, decentrl.agreement),
    ],
    authentication: [...document.authentication, `${did}#${SIGNING}`],
    assertionMethod: [`${did}#${SIGNING}`],
    keyAgreement: [...document.keyAgreement, `${did}#${PRE_KEY}`],
    service: [
      ...document.service,
      { id: `${did}#decentrl`, type: "DecentrlMediator", serviceEndpoint: `${baseOf(url)}/decentrl` },
    ],
  }
}

const method = (id: string, key: Generation["signing"]) => ({
  id,
  type: "JsonWebKey2020",
  controller: id.slice(0, id.indexOf("#")),
  publicKeyJwk: publicHalf(key).jwk,
})
