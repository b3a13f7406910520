import { fromAnyBase64, fromUtf8, toBase64url, toUtf8 } from "../base/bytes.ts"
import { isObject, parseObject } from "../base/json.ts"
import { fromBase58 } from "../crypto/keys.ts"
import { Fault } from "../faults.ts"
import { type DidDocument, parseDocument } from "./document.ts"
import { keyDocument } from "./key.ts"
import { multihash, shortForm } from "./names.ts"

/** did:peer — https://identity.foundation/peer-did-method-spec/, numalgo 0, 2 and 4. */

const malformed = (detail: string) => new Fault("did.malformed", { detail: `did:peer: ${detail}` })

/**
 * The document that `did` itself carries. `as` is the id to give it when it was asked for by its short form. Throws
 * did.malformed, or did.unresolvable for a numalgo whose document has to be known from elsewhere (1, 3, 4 short).
 */
export function decodePeer(did: string, as = did): DidDocument {
  const numalgo = did["did:peer:".length]
  if (numalgo === "0") return keyDocument(as, did.slice("did:peer:0".length))
  if (numalgo === "2") return decodePeer2(did, as)
  if (numalgo === "4" && shortForm(did) !== null) return decodePeer4(did, as)
  if (numalgo === "1" || numalgo === "3" || numalgo === "4") {
    throw new Fault("did.unresolvable", { detail: `did:peer:${numalgo} without the document it stands for` })
  }
  throw malformed("unknown numalgo")
}

const purposes = "AEVID"

function decodePeer2(did: string, as: string): DidDocument {
  const [head, ...elements] = did.slice("did:peer:2".length).split(".")
  if (head !== "" || elements.length === 0) throw malformed("no elements")
  const keys = elements.filter((element) => purposes.includes(element.charAt(0)) && element !== "")
  const services = elements.filter((element) => element.startsWith("S"))
  if (keys.length + services.length < elements.length) throw malformed("unknown purpose")

  const ids = (purpose: string) => keys.flatMap((key, index) => (key.startsWith(purpose) ? `#key-${index + 1}` : []))
  const document = parseDocument(as, {
    alsoKnownAs: otherForm(did, as),
    verificationMethod: keys.map((key, index) => ({
      id: `#key-${index + 1}`,
      type: "Multikey",
      publicKeyMultibase: key.slice(1),
    })),
    keyAgreement: ids("E"),
    authentication: ids("V"),
    service: services.flatMap((service) => decodeService(service.slice(1))),
  })
  if (document.methods.length < keys.length) throw malformed("not a key of a known curve")
  if (document.keyAgreement.length + document.authentication.length === 0) throw malformed("no usable key")
  return document
}

const otherForm = (did: string, as: string) => [as === did ? shortForm(did) : did]

// The spec has one object to an element; a list in one element is written too, and `[]` for no service at all.
function decodeService(encoded: string): unknown[] {
  const bytes = fromAnyBase64(encoded)
  const text = bytes && fromUtf8(bytes)
  try {
    const services = [expand(JSON.parse(text ?? ""))].flat()
    if (services.every(isObject)) return services
  } catch {
    // said below
  }
  throw malformed("a service is not base64url of JSON")
}

const abbreviations: readonly (readonly [string, string])[] = [
  ["type", "t"],
  ["serviceEndpoint", "s"],
  ["routingKeys", "r"],
  ["accept", "a"],
]
const longNames = new Map(abbreviations.map(([long, short]) => [short, long]))
const shortNames = new Map(abbreviations)

// A DID's length bounds the depth of the recursion.
function expand(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(expand)
  if (!isObject(value)) return value
  const members = Object.entries(value).map(([name, member]) => {
    const long = longNames.get(name) ?? name
    return [long, long === "type" && member === "dm" ? "DIDCommMessaging" : expand(member)]
  })
  return Object.fromEntries(members)
}

function abbreviate(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(abbreviate)
  if (!isObject(value)) return value
  const members = Object.entries(value).map(([name, member]) => [
    shortNames.get(name) ?? name,
    name === "type" && member === "DIDCommMessaging" ? "dm" : abbreviate(member),
  ])
  return Object.fromEntries(members)
}

/** The compact, abbreviated JSON text of a service, as did:peer:2 carries it. */
export const serviceText = (service: object): string => JSON.stringify(abbreviate(service))

/** did:peer:2 of keys (purpose letter and Multikey, in order) and service texts. */
export function encodePeer2(keys: readonly (readonly [string, string])[], services: readonly string[]): string {
  const elements = [
    ...keys.map(([purpose, multikey]) => `.${purpose}${multikey}`),
    ...services.map((text) => `.S${toBase64url(toUtf8(text))}`),
  ]
  return `did:peer:2${elements.join("")}`
}

function decodePeer4(did: string, as: string): DidDocument {
  const [hash, encoded, ...rest] = did.slice("did:peer:4".length).split(":")
  if (hash === undefined || encoded === undefined || rest.length > 0) throw malformed("not hash and document")
  if (multihash(encoded) !== hash) throw malformed("the hash is not that of the document")
  const bytes = fromBase58(encoded)
  // Multicodec json, 0x0200 as a varint.
  const text = bytes?.[0] === 0x80 && bytes[1] === 0x04 ? fromUtf8(bytes.subarray(2)) : null
  const json = text === null ? null : parseObject(text)
  if (!json || "id" in json) throw malformed("the document is not JSON, or names itself")
  return parseDocument(as, { ...json, alsoKnownAs: otherForm(did, as) })
}
