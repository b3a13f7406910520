/** Fewer points for the same time, for who draws them. */

/** `merge` points become one, on the same borders whenever it is asked. `end`: in merged steps since 1970. */
export type Layout = {
  readonly end: number
  readonly count: number
  readonly merge: number
  /** How many of the first merged point's places were before the first point. */
  readonly offset: number
}

/** `end`: where the last point ends, in steps since 1970. */
export function layoutOf({ end, points, merge }: { end: number; points: number; merge: number }): Layout {
  const first = end - points
  const last = Math.ceil(end / merge)
  return { end: last, count: last - Math.floor(first / merge), merge, offset: first % merge }
}

/** NaN is what nobody knows, and stays so only where nothing at all is known. */
export function merged(
  column: Float32Array,
  { count, merge, offset }: Layout,
  how: "mean" | "worst",
): Float32Array | Float64Array {
  if (merge === 1) return column
  const sums = new Float64Array(count)
  const known = new Float64Array(count)
  for (const [at, value] of column.entries()) {
    if (Number.isNaN(value)) continue
    const place = Math.floor((at + offset) / merge)
    sums[place] = how === "mean" ? (sums[place] ?? 0) + value : Math.max(sums[place] ?? 0, value)
    known[place] = how === "mean" ? (known[place] ?? 0) + 1 : 1
  }
  return sums.map((sum, place) => sum / (known[place] ?? 0))
}
