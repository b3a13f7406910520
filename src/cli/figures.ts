/** How amounts, times and names are shown to people. */

import { DAY, HOUR, KiB, MINUTE, MiB, SECOND } from "../config/kinds.ts"

const HEAD = 30
const TAIL = 6

/** A DID that fits in a table: its beginning and end, which a command takes in place of the whole. */
export const shortDid = (did: string): string =>
  did.length <= HEAD + TAIL + 4 ? did : `${did.slice(0, HEAD)}…${did.slice(-TAIL)}`

/** A number of bytes with its unit: `512 B`, `1.5 MiB`. */
export function sizeText(bytes: number): string {
  const [unit, factor] = sizes.find(([, factor]) => bytes >= factor) ?? ["B", 1]
  const amount = bytes / factor
  return `${amount >= 10 || Number.isInteger(amount) ? Math.round(amount) : amount.toFixed(1)} ${unit}`
}

const sizes = [
  ["GiB", 1024 * MiB],
  ["MiB", MiB],
  ["KiB", KiB],
] as const

/** A length of time in its largest unit: `40s`, `12min`, `3h`, `5d`. */
export function spanText(ms: number): string {
  const [unit, factor] = spans.find(([, factor]) => ms >= factor) ?? ["s", SECOND]
  return `${Math.max(0, Math.floor(ms / factor))}${unit}`
}

const spans = [
  ["d", DAY],
  ["h", HOUR],
  ["min", MINUTE],
] as const

/** How long ago, or `-` for never. */
export const ageText = (at: number | null, now: number): string => (at === null ? "-" : spanText(now - at))

/** A moment, to the second, in UTC. */
export const momentText = (at: number): string => `${new Date(at).toISOString().slice(0, 19).replace("T", " ")} UTC`

/** `1 message`, `2 messages`. */
export const countText = (count: number, noun: string, plural = `${noun}s`): string =>
  `${count} ${count === 1 ? noun : plural}`
