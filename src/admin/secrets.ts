import { createHash } from "node:crypto"
import { toBase64url } from "../base/bytes.ts"
import type { Random } from "../base/random.ts"

/** How a secret is kept: SHA-256 in hex. Enough for what is random, never for a password. */
export const hashOf = (secret: string): string => createHash("sha256").update(secret).digest("hex")

/** 256 random bits as text. */
export const newSecret = (random: Random): string => toBase64url(random.bytes(32))

// Nothing that a person could take for something else: no 0 and O, no 1, I and L.
const SIGNS = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"
/** Bytes from here on would make the first signs likelier than the others. */
const FAIR = SIGNS.length * Math.floor(256 / SIGNS.length)

/** A code that a person can copy by hand. */
export function newCode(random: Random, length: number): string {
  let code = ""
  while (code.length < length) {
    for (const byte of random.bytes(length)) {
      if (byte < FAIR && code.length < length) code += SIGNS.charAt(byte % SIGNS.length)
    }
  }
  return code
}

/** A code as it was made, from what a person typed. */
export const plainCode = (typed: string): string => typed.replace(/[\s-]/g, "").toUpperCase()
