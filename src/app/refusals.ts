import type { Clock } from "../base/clock.ts"
import type { FaultCode } from "../faults.ts"

const MINUTE_MS = 60_000
const MINUTES = 60
const LATEST = 200

/** Who refused something: the door before anybody read it, or a language. */
export type Refuser = "door" | "didcomm" | "decentrl"

export type Refusal = { readonly at: number; readonly by: Refuser; readonly code: FaultCode }

export type Refusals = ReturnType<typeof createRefusals>

/** What was refused lately, for the operator to look at: never whom, only why. */
export function createRefusals(clock: Clock) {
  const latest: Refusal[] = []
  const minutes = new Map<number, Map<FaultCode, number>>()
  const minuteOf = (at: number) => Math.floor(at / MINUTE_MS)

  return {
    note(by: Refuser, code: FaultCode): void {
      const at = clock.now()
      latest.push({ at, by, code })
      if (latest.length > LATEST) latest.shift()
      const now = minuteOf(at)
      const counts = minutes.get(now) ?? new Map<FaultCode, number>()
      counts.set(code, (counts.get(code) ?? 0) + 1)
      if (minutes.has(now)) return
      minutes.set(now, counts)
      for (const minute of minutes.keys()) if (minute <= now - MINUTES || minute > now) minutes.delete(minute)
    },

    /** The newest first. */
    latest: (): readonly Refusal[] => latest.toReversed(),

    /** How often each reason came up within an hour, the commonest first. */
    lastHour(): readonly { readonly code: FaultCode; readonly count: number }[] {
      const oldest = minuteOf(clock.now()) - MINUTES
      const sums = new Map<FaultCode, number>()
      for (const [minute, counts] of minutes) {
        if (minute <= oldest) continue
        for (const [code, count] of counts) sums.set(code, (sums.get(code) ?? 0) + count)
      }
      return [...sums].map(([code, count]) => ({ code, count })).sort((a, b) => b.count - a.count)
    },
  }
}
