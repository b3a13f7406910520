import { createHash } from "node:crypto"
import { base58btc } from "multiformats/bases/base58"
import { concat, toUtf8 } from "../base/bytes.ts"

/** What a DID is called: its syntax (DID Core §3), and the several spellings that did:peer gives one party. */

export const MAX_DID_LENGTH = 2048
const MAX_FRAGMENT_LENGTH = 256

// did:peer:2 and did:decentrl are wider than the ABNF: both are written with `=` and the standard base64 alphabet, too.
const didSyntax =
  /^did:(?:peer:2[\w.=+/-]*|decentrl:[\w:=+/-]+|[a-z0-9]+:(?:[\w.:-]|%[0-9A-Fa-f]{2})*(?:[\w.-]|%[0-9A-Fa-f]{2}))$/
const fragmentSyntax = /^[\w.~!$&'()*+,;=:@/?%-]+$/

/** Whether `text` is a plain DID: no path, query or fragment, at most 2,048 characters. */
export const isDid = (text: string): boolean => text.length <= MAX_DID_LENGTH && didSyntax.test(text)

/** Whether `text` names a part of a DID document: a DID, then `#` and a fragment, as key ids are written. */
export function isDidUrl(text: string): boolean {
  const fragment = fragmentOf(text)
  return (
    fragment !== null && fragment.length <= MAX_FRAGMENT_LENGTH && fragmentSyntax.test(fragment) && isDid(didOf(text))
  )
}

/** The DID part of a DID URL, exactly as written; a plain DID is returned as it is. Checks nothing. */
export function didOf(didUrl: string): string {
  const end = didUrl.search(/[#?]/)
  return end === -1 ? didUrl : didUrl.slice(0, end)
}

/** What follows the first `#`, or null. */
export function fragmentOf(didUrl: string): string | null {
  const at = didUrl.indexOf("#")
  return at === -1 ? null : didUrl.slice(at + 1)
}

/** Whether two DIDs are one party: did:peer:4 long and short, did:peer:2 and its did:peer:3. */
export function sameDid(a: string, b: string): boolean {
  if (a === b) return true
  if (!a.startsWith("did:peer:") || !b.startsWith("did:peer:")) return false
  return (shortForm(a) ?? a) === (shortForm(b) ?? b)
}

/** The other forms that can be computed from a DID: did:peer:3 of a did:peer:2, the short form of a did:peer:4. */
export function spellings(did: string): string[] {
  const short = shortForm(did)
  return short === null ? [] : [short]
}

/** The form under which a party has its account: the short one of a did:peer:4, any other DID as it is. */
export const accountDid = (did: string): string => (did.startsWith("did:peer:4") ? (shortForm(did) ?? did) : did)

/** The hashed form that stands for a did:peer:2 or a long did:peer:4; null for every other DID. */
export function shortForm(did: string): string | null {
  if (did.startsWith("did:peer:2")) return `did:peer:3${multihash(did.slice("did:peer:2".length))}`
  if (!did.startsWith("did:peer:4")) return null
  const colon = did.indexOf(":", "did:peer:4".length)
  return colon === -1 ? null : did.slice(0, colon)
}

/** `z…` base58btc of the SHA-256 multihash of `text` (did:peer numalgo 3 and 4). */
export const multihash = (text: string): string =>
  base58btc.encode(concat(Uint8Array.of(0x12, 0x20), createHash("sha256").update(toUtf8(text)).digest()))
