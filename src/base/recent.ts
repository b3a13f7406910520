/** The numbers that were given to it lately: at least the last `half` of them, and never more than twice as many. */
export function createRecent(half: number) {
  let newer = new Set<number>()
  let older = new Set<number>()

  return {
    has: (one: number): boolean => newer.has(one) || older.has(one),
    add(one: number): void {
      if (newer.size >= half) {
        older = newer
        newer = new Set()
      }
      newer.add(one)
    },
    /** Whether it was known. */
    delete: (one: number): boolean => [newer.delete(one), older.delete(one)].includes(true),
  }
}

/**
 * The first 53 bits of a base64url digest: a quarter of the memory that its text takes, and enough to know it again. That
 * one of 100,000 others begins alike happens to one in 90,000 million.
 */
export function shortOf(digest: string): number {
  const start = Buffer.from(digest.slice(0, 10), "base64url")
  return start.readUIntBE(0, 6) * 32 + (start.readUInt8(6) >> 3)
}
