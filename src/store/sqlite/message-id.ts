/** A message's id: a UUIDv7 (RFC 9562 §5.7) made of its seq and 62 random bits, so that no index on ids is needed. */

import type { Random } from "../../base/random.ts"

// A seq is milliseconds × 2048 + counter. The clock's part is held below 2^42 ms (the year 2109) less some weeks, which
// leaves room to count on; so a seq stays a safe integer whatever the clock says.
export const STEPS = 2048
const LATEST_MS = 2 ** 42 - 2 ** 32

/** The lowest seq that a message stored at `now` (epoch ms) may take; it takes a higher one when that is given already. */
export const firstSeq = (now: number): number => Math.min(Math.max(Math.floor(now), 0), LATEST_MS) * STEPS

/** When a message with this seq was stored, epoch ms, as nearly as its clock and the seqs before it allow. */
export const timeOf = (seq: number): number => Math.floor(seq / STEPS)

/** The random half of an id: variant bits and 62 random bits, the last two groups of a UUID. */
export const newTag = (random: Random): string => random.id().slice(19)

/** The id of the message with this seq and tag. */
export function messageId(seq: number, tag: string): string {
  const ms = hexOf(Math.floor(seq / STEPS), 12)
  return `${ms.slice(0, 8)}-${ms.slice(8)}-7${hexOf(seq % STEPS, 3)}-${tag}`
}

const hexOf = (n: number, digits: number): string => n.toString(16).padStart(digits, "0")

const written = /^([0-9a-f]{8})-([0-9a-f]{4})-7([0-7][0-9a-f]{2})-([89ab][0-9a-f]{3}-[0-9a-f]{12})$/

/** Seq and tag of an id, or null when `messageId` could not have written it. */
export function parseMessageId(id: string): { seq: number; tag: string } | null {
  const [, high, low, counter, tag] = written.exec(id) ?? []
  if (high === undefined || low === undefined || counter === undefined || tag === undefined) return null
  const seq = Number.parseInt(high + low, 16) * STEPS + Number.parseInt(counter, 16)
  return Number.isSafeInteger(seq) ? { seq, tag } : null
}
