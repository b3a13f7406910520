/** What people can tell DIDs apart by. */

const ENDS = 6

/** A DID in a few characters: its method, and what is most its own. */
export function shortDid(did: string): string {
  const [, method = "", ...rest] = did.split(":")
  if (method === "web") return did
  if (method === "decentrl") return `${alias(rest[0] ?? "")} ${ends((rest[1] ?? "").slice(4))}`
  if (method === "peer") {
    const numalgo = rest[0]?.charAt(0) ?? ""
    // The service at the end is the same for many; the first key is nobody else's.
    const key = /\.E?z6LS([^.]+)/.exec(did)?.[1] ?? (rest[0] ?? "").slice(1)
    return `peer:${numalgo} ${ends(key)}`
  }
  return `${method} ${ends(rest.join(":"))}`
}

const ends = (text: string): string => (text.length <= 2 * ENDS ? text : `${text.slice(0, ENDS)}…${text.slice(-4)}`)

/** The name that a Decentrl identity gave itself; anybody can take any. */
function alias(encoded: string): string {
  try {
    const bytes = Uint8Array.from(atob(encoded.replaceAll("-", "+").replaceAll("_", "/")), (c) => c.charCodeAt(0))
    return new TextDecoder("utf-8", { fatal: true })
      .decode(bytes)
      .replace(/[^\p{L}\p{N}\p{P}\p{S} ]/gu, "")
      .slice(0, 24)
  } catch {
    return "decentrl"
  }
}

/** 32 bits of a text, the same everywhere (FNV-1a with a final mix). */
export function hash32(text: string): number {
  let hash = 0x811c9dc5
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193)
  hash = Math.imul(hash ^ (hash >>> 15), 0x2c1b3c6d)
  return (hash ^ (hash >>> 13)) >>> 0
}
