/** How lengths of time spread, in classes that each reach a fifth further than the one before: from 0.1 ms to weeks. */

const PER_OCTAVE = 4
const LOWEST = -13
const OCTAVES = 34
export const CLASSES = OCTAVES * PER_OCTAVE

/** How many were noted in each class, since the start. */
export type Spread = { readonly counts: Float64Array; note(seconds: number): void }

export function createSpread(): Spread {
  const counts = new Float64Array(CLASSES)
  return {
    counts,
    note(seconds) {
      const at = Math.floor((Math.log2(Math.max(seconds, Number.MIN_VALUE)) - LOWEST) * PER_OCTAVE)
      const index = Math.min(CLASSES - 1, Math.max(0, at))
      counts[index] = (counts[index] ?? 0) + 1
    },
  }
}

/** The seconds below which `share` (0..1) of what came between two readings lies, to a tenth; null when nothing came. */
export function quantile(before: Float64Array, after: Float64Array, share: number): number | null {
  const countOf = (index: number) => (after[index] ?? 0) - (before[index] ?? 0)
  let total = 0
  for (let index = 0; index < CLASSES; index++) total += countOf(index)
  if (total === 0) return null
  let left = share * total
  let index = 0
  for (left -= countOf(0); left > 0 && index < CLASSES - 1; left -= countOf(index)) index++
  return 2 ** (LOWEST + (index + 0.5) / PER_OCTAVE)
}
