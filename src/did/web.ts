import { isIP } from "node:net"
import { parseObject } from "../base/json.ts"
import { Fault } from "../faults.ts"
import { type DidDocument, parseDocument } from "./document.ts"
import type { Fetcher } from "./fetch.ts"

/** did:web — https://w3c-ccg.github.io/did-method-web/ */

const MAX_DOCUMENT_BYTES = 65_536
const ACCEPT = "application/did+json, application/did+ld+json;q=0.9, application/json;q=0.8"

const malformed = (detail: string) => new Fault("did.malformed", { detail: `did:web: ${detail}` })

/** Where the document of a did:web is: https, except for `localhost` (development). Throws did.malformed. */
export function webUrl(did: string): string {
  const [authority = "", ...segments] = did.slice("did:web:".length).split(":").map(decoded)
  const { hostname, port } = hostOf(authority)
  if (!segments.every(isSegment)) throw malformed("not a path")
  const path = segments.length === 0 ? "/.well-known" : segments.map((text) => `/${encodeURIComponent(text)}`).join("")
  return `${hostname === "localhost" ? "http" : "https"}://${hostname}${port}${path}/did.json`
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    throw malformed("not percent-encoded UTF-8")
  }
}

// The URL parser must read the name as it stands: it would turn 0x7f.1 into an address, and cut off user names.
function hostOf(authority: string): { hostname: string; port: string } {
  const [, name, port = ""] = /^([a-z0-9_-]+(?:\.[a-z0-9_-]+)*)(:[1-9][0-9]{0,4})?$/i.exec(authority) ?? []
  const url = name === undefined ? null : URL.parse(`https://${name}${port}`)
  if (!url || url.hostname !== name?.toLowerCase() || isIP(url.hostname) !== 0) throw malformed("not a host name")
  return { hostname: url.hostname, port }
}

// Nothing that, once in a URL, could end the segment, climb out of it, or hide in a log.
const isSegment = (text: string) => text !== "" && text !== "." && text !== ".." && !/[/\\?#%\p{Cc}]/u.test(text)

/**
 * The document that the host publishes for `did`. Its id must be the DID, letter by letter. The media type is not
 * looked at: many static hosts do not know the right one. Throws did.malformed, did.unresolvable, or what `get` throws.
 */
export async function resolveWeb(did: string, get: Fetcher["get"]): Promise<DidDocument> {
  const { status, text } = await get(webUrl(did), { maxBytes: MAX_DOCUMENT_BYTES, accept: ACCEPT })
  if (status !== 200) throw new Fault("did.unresolvable", { detail: `did:web: status ${status}` })
  const json = parseObject(text)
  if (!json) throw new Fault("did.unresolvable", { detail: "did:web: the document is not a JSON object" })
  if (json.id !== did) throw new Fault("did.unresolvable", { detail: "did:web: the document is another DID's" })
  return parseDocument(did, json)
}

/** The did:web of the document at `publicUrl`, or null where did:web allows none: plain http (but localhost), an IP address. */
export function webDid(publicUrl: URL): string | null {
  const { protocol, hostname, host, pathname } = publicUrl
  if (hostname !== "localhost" && (protocol !== "https:" || isIP(hostname.replace(/^\[|\]$/g, "")) !== 0)) return null
  const segments = pathname.split("/").filter((segment) => segment !== "")
  return ["did:web", host, ...segments.map(decoded)]
    .map((part, index) => (index === 0 ? part : idString(part)))
    .join(":")
}

// encodeURIComponent leaves a few characters that DID syntax does not have.
const idString = (text: string) =>
  encodeURIComponent(text).replace(/[!'()*~]/g, (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`)
