/** History on disk: a line of JSON that says what follows, then the points of each ring and series, four bytes each. */

import * as v from "valibot"
import { fromUtf8, toUtf8 } from "../base/bytes.ts"
import type { Points } from "../base/ring.ts"

const VERSION = 1
const NEWLINE = 0x0a
const POINT = Float32Array.BYTES_PER_ELEMENT
/** No head is longer, and no ring has more. */
const HEAD_BYTES = 16_384
const MOST = 100_000

const amount = v.pipe(v.number(), v.integer(), v.minValue(0))
const Head = v.object({
  version: v.literal(VERSION),
  names: v.pipe(v.array(v.pipe(v.string(), v.regex(/^[\w.]{1,100}$/))), v.maxLength(100)),
  rings: v.pipe(
    v.array(v.object({ stepMs: amount, until: amount, count: v.pipe(amount, v.maxValue(MOST)) })),
    v.maxLength(9),
  ),
})

export type Kept = {
  readonly names: readonly string[]
  readonly rings: readonly (Points & { readonly stepMs: number })[]
}

export function writeHistory({ names, rings }: Kept): Uint8Array {
  const head = { version: VERSION, names, rings: rings.map(({ columns: _, ...ring }) => ring) }
  const points = rings.flatMap(({ columns }) => columns.map(({ buffer }) => new Uint8Array(buffer)))
  return new Uint8Array(Buffer.concat([toUtf8(`${JSON.stringify(head)}\n`), ...points]))
}

/** Null when it is not whole, or not what `writeHistory` writes. */
export function readHistory(bytes: Uint8Array): Kept | null {
  const end = bytes.subarray(0, HEAD_BYTES).indexOf(NEWLINE)
  const head = end === -1 ? null : headOf(fromUtf8(bytes.subarray(0, end)))
  if (!head) return null
  // A copy, because points must begin where a number may.
  const points = new Uint8Array(bytes.subarray(end + 1))
  const total = head.rings.reduce((sum, { count }) => sum + count * head.names.length, 0)
  if (points.byteLength !== total * POINT) return null
  let at = 0
  const take = (count: number): Float32Array => {
    const column = new Float32Array(points.buffer, at * POINT, count)
    at += count
    return column
  }
  return {
    names: head.names,
    rings: head.rings.map((ring) => ({ ...ring, columns: head.names.map(() => take(ring.count)) })),
  }
}

function headOf(text: string | null) {
  try {
    const head = v.safeParse(Head, JSON.parse(text ?? ""))
    return head.success ? head.output : null
  } catch {
    return null
  }
}
