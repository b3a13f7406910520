/** Figures of the latest while, one point a step, in memory that does not grow. Times are epoch ms. */

import { quantile, type Spread } from "./spread.ts"

/** Where points come from: growth a second of a sum, growth of one sum for each of another, a level's mean, a share of a spread. */
export type Series = { readonly name: string; readonly unit: string } & (
  | { readonly sum: () => number; readonly each?: () => number }
  | { readonly level: () => number | null }
  | { readonly spread: Spread; readonly share: number }
)

/** Columns in the order of the series, oldest point first; NaN where nothing is known. `until`: where the last point ends. */
export type Points = { readonly until: number; readonly count: number; readonly columns: readonly Float32Array[] }

export type Ring = ReturnType<typeof createRing>

/** A clock that ticks late leaves out a step or two: those were like the ones beside them. */
const BRIDGED = 3

export function createRing(series: readonly Series[], { stepMs, points }: { stepMs: number; points: number }) {
  // Memory that was never written to costs nothing: what lies before `first` is never read.
  const columns = series.map(() => new Float32Array(points))
  // What each series said when the point began: for sums their values, for spreads their counts.
  const sums = new Float64Array(series.length)
  const others = new Float64Array(series.length)
  const counts = series.map((one) => ("spread" in one ? one.spread.counts.slice() : null))
  const levels = new Float64Array(series.length)
  const looks = new Float64Array(series.length)
  const readings = series.flatMap((one, at) => ("level" in one ? [{ at, read: one.level }] : []))
  // Where the points of an earlier run end, and the point that is measured now.
  let kept: number | null = null
  let open: number | null = null
  let openedAt = 0
  let first = 0

  function begin(slot: number, now: number): void {
    open = slot
    openedAt = now
    for (const [at, one] of series.entries()) {
      if ("sum" in one) {
        sums[at] = one.sum()
        others[at] = one.each?.() ?? 0
      } else if ("spread" in one) counts[at]?.set(one.spread.counts)
      levels[at] = looks[at] = 0
    }
  }

  function pointOf(one: Series, at: number, seconds: number): number {
    if ("spread" in one) return quantile(counts[at] ?? one.spread.counts, one.spread.counts, one.share) ?? Number.NaN
    if ("level" in one) return (levels[at] ?? 0) / (looks[at] ?? 0)
    const grown = one.sum() - (sums[at] ?? 0)
    return grown / (one.each ? one.each() - (others[at] ?? 0) : seconds)
  }

  function close(from: number, to: number, now: number): void {
    if (to - from > BRIDGED) {
      blank(from, to)
      return
    }
    const seconds = Math.max(now - openedAt, 1) / 1000
    for (const [at, one] of series.entries()) {
      const value = pointOf(one, at, seconds)
      for (let slot = from; slot < to; slot++) write(at, slot, value)
    }
  }

  const write = (at: number, slot: number, value: number): void => {
    const column = columns[at]
    if (column) column[slot % points] = value
  }

  function blank(from: number, to: number): void {
    for (let slot = Math.max(from, to - points); slot < to; slot++) {
      for (let at = 0; at < series.length; at++) write(at, slot, Number.NaN)
    }
  }

  return {
    stepMs,
    points,
    /** To be called at least once a step. */
    tick(now: number): void {
      const slot = Math.floor(now / stepMs)
      if (open === null) {
        first = Math.min(slot, kept === null ? slot : first)
        // Between the runs nobody looked.
        if (kept !== null) blank(Math.min(kept, slot), Math.max(kept, slot))
        begin(slot, now)
      } else if (slot > open) {
        close(open, slot, now)
        begin(slot, now)
      } else if (slot < open) {
        // The clock was set back: what it had written of the time to come is not so.
        blank(slot, open)
        first = Math.min(first, slot)
        begin(slot, now)
      }
      for (const { at, read } of readings) {
        const level = read()
        if (level === null) continue
        levels[at] = (levels[at] ?? 0) + level
        looks[at] = (looks[at] ?? 0) + 1
      }
    },

    /** The latest points, at most `most` of them. */
    read(most = points): Points {
      const end = open ?? kept
      if (end === null) return { until: 0, count: 0, columns: columns.map(() => new Float32Array(0)) }
      const count = Math.min(most, points, end - first)
      const ordered = columns.map((column) => {
        const out = new Float32Array(count)
        for (let at = 0; at < count; at++) out[at] = column[(end - count + at) % points] ?? Number.NaN
        return out
      })
      return { until: end * stepMs, count, columns: ordered }
    },

    /** Takes over points of an earlier run, before the first tick. Columns of other lengths than `count` are left out. */
    restore({
      until,
      count,
      columns: given,
    }: {
      until: number
      count: number
      columns: readonly (Float32Array | null)[]
    }) {
      const end = Math.floor(until / stepMs)
      first = end - Math.min(count, points)
      kept = end
      for (let at = 0; at < series.length; at++) {
        const column = given[at]
        const known = column?.length === count ? column : null
        for (let slot = first; slot < end; slot++) write(at, slot, known?.[slot - end + count] ?? Number.NaN)
      }
    },

    /** Forgets one series' points: its place is another's now, whose sum counts from here. */
    clear(at: number): void {
      const one = series[at]
      columns[at]?.fill(Number.NaN)
      if (one && "sum" in one) sums[at] = one.sum()
    },
  }
}
