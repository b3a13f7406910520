const utf8 = new TextEncoder()
const strictUtf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true })

export const toUtf8 = (text: string): Uint8Array => utf8.encode(text)

/** The text of `bytes`, or null when they are not well-formed UTF-8. */
export function fromUtf8(bytes: Uint8Array): string | null {
  try {
    return strictUtf8.decode(bytes)
  } catch {
    return null
  }
}

const base64url = { alphabet: "base64url", omitPadding: true } as const

export const toBase64url = (bytes: Uint8Array): string => bytes.toBase64(base64url)

// What may come last after so many bytes beyond whole threes: anything, or what has no bits left over.
const LAST = ["ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_", "AQgw", "AEIMQUYcgkosw048"]

/**
 * Bytes of unpadded base64url, or null. Strict (RFC 4648 §3.5): illegal characters, padding and stray trailing bits
 * are refused, because two texts for the same bytes would let signed or hashed text be changed unseen.
 */
export function fromBase64url(text: string): Uint8Array | null {
  try {
    const bytes = Uint8Array.fromBase64(text, base64url)
    // Illegal characters were refused; padding and blanks would make the text longer than it has to be.
    const isBare = text.length === Math.ceil((bytes.byteLength * 4) / 3)
    const isExact = (LAST[bytes.byteLength % 3] ?? "").includes(text.slice(-1))
    return isBare && isExact ? bytes : null
  } catch {
    return null
  }
}

/** Bytes of base64 in either alphabet, padded or not, or null: for attachments and services, where the wild varies. */
export function fromAnyBase64(text: string): Uint8Array | null {
  return fromBase64url(
    text
      .replace(/={1,2}$/, "")
      .replaceAll("+", "-")
      .replaceAll("/", "_"),
  )
}

export const toHex = (bytes: Uint8Array): string => bytes.toHex()

export const concat = (...parts: Uint8Array[]): Uint8Array =>
  Bun.concatArrayBuffers(parts, Number.POSITIVE_INFINITY, true)

export const sameBytes = (a: Uint8Array, b: Uint8Array): boolean => Buffer.compare(a, b) === 0
