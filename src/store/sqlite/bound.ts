/**
 * Bound values at which the planner does not look. Where a statement has ORDER BY, min, max or LIMIT, it looks at a bare
 * `= ?1` or `LIMIT ?1`, and then SQLite prepares the statement anew each time it is run: 3 to 20 µs.
 */

export const numberAt = (at: number): string => `(?${at} + 0)`
export const textAt = (at: number): string => `(?${at} || '')`
