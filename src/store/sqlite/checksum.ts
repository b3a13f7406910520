import type { Sized } from "./room.ts"

/** What may not change while a message waits: what it says, and whose it is. */
type Kept = {
  readonly mailbox: number
  readonly lane: number
  readonly tag: string
  readonly kind: string
  readonly sender: string | null
  readonly content: string
}

/** SQLite notices damage to its own structure; this is for a disk that changes a letter in between. CRC-32, a number. */
export const checksum = ({ mailbox, lane, tag, kind, sender, content }: Kept): number =>
  Bun.hash.crc32(content, Bun.hash.crc32(`${mailbox} ${lane} ${tag} ${kind} ${sender}`))

// Damage may even have made something else of a text.
const isSound = (row: Kept & { readonly checksum: number }): boolean =>
  typeof row.content === "string" && checksum(row) === row.checksum

/** The first `limit` rows that are what was written; `damaged` is told of those in between that are not. */
export function* sound<Row extends Kept & Sized & { readonly checksum: number }>(
  rows: Iterable<Row>,
  limit: number,
  damaged: (row: Row) => void,
): Generator<Row> {
  let left = limit
  if (left <= 0) return
  for (const row of rows) {
    if (!isSound(row)) {
      damaged(row)
      continue
    }
    yield row
    if (--left === 0) return
  }
}
