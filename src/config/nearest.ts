/** The candidate that `word` was most probably meant to be, or null when none is near. */
export function nearest(word: string, candidates: readonly string[]): string | null {
  const given = plain(word)
  // Long strangers are not worth a table: no candidate is that long.
  if (given.length > 64) return null
  const near = candidates
    .map((candidate) => ({ candidate, distance: distance(given, plain(candidate)) }))
    .filter(({ candidate, distance }) => distance <= Math.max(1, Math.floor(candidate.length / 3)))
    .sort((a, b) => a.distance - b.distance)
  return near[0]?.candidate ?? null
}

const plain = (word: string): string => word.toLowerCase().replaceAll("_", "-")

/** Edits between two words: insert, delete, replace, or swap neighbours (optimal string alignment). */
function distance(a: string, b: string): number {
  let older: number[] = []
  let previous = Array.from({ length: b.length + 1 }, (_, column) => column)
  for (let row = 1; row <= a.length; row++) {
    const current = [row]
    for (let column = 1; column <= b.length; column++) {
      const same = a[row - 1] === b[column - 1]
      const swapped = row > 1 && column > 1 && a[row - 1] === b[column - 2] && a[row - 2] === b[column - 1]
      current[column] = Math.min(
        at(previous, column) + 1,
        at(current, column - 1) + 1,
        at(previous, column - 1) + (same ? 0 : 1),
        swapped ? at(older, column - 2) + 1 : Number.POSITIVE_INFINITY,
      )
    }
    older = previous
    previous = current
  }
  return at(previous, b.length)
}

const at = (line: readonly number[], column: number): number => line[column] ?? Number.POSITIVE_INFINITY
