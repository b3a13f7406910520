import { randomBytes } from "node:crypto"

/** Chance as an argument. */
export interface Random {
  bytes(length: number): Uint8Array
  /** A fresh UUIDv7 in lower case. */
  id(): string
}

export const systemRandom: Random = {
  bytes: (length) => new Uint8Array(randomBytes(length)),
  id: () => Bun.randomUUIDv7(),
}
