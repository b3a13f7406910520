const LONGEST_MS = 3_600_000

/** How long a Retry-After header asks to wait (RFC 9110 §10.2.3: seconds or a date), ms, an hour at most; 0 when it says nothing. */
export function retryAfterOf(header: string | null, now: number): number {
  if (header === null) return 0
  const ms = /^\d{1,9}$/.test(header) ? Number(header) * 1000 : Date.parse(header) - now
  return Number.isNaN(ms) ? 0 : Math.min(Math.max(ms, 0), LONGEST_MS)
}
