import type { Clock } from "../base/clock.ts"

/** How far the clock is believed. Times are epoch ms as the clock gave them. */
export type Trust = {
  /** The last time that was believed. */
  readonly believed: number
  /** Since when the clock has said something else, and what it said last; null while it is believed. */
  readonly doubt: { readonly since: number; readonly last: number } | null
}

const HOUR = 3_600_000
const DAY = 24 * HOUR

/** No more than a day off is no reason for doubt; what is off further must stay so for a while. */
const isFar = (a: number, b: number): boolean => Math.abs(a - b) > DAY

/**
 * What to believe after the clock said `real`: a leap of more than a day is believed after it has stayed so for an hour,
 * one back into the past after a day, and a time before the program was `built` never.
 */
export function observe({ believed, doubt }: Trust, real: number, built: number): Trust {
  if (real < built) return { believed, doubt: { since: real, last: real } }
  if (!isFar(real, believed)) return { believed: real, doubt: null }
  const isSteady = doubt !== null && real >= doubt.last && !isFar(real, doubt.last)
  const since = isSteady ? doubt.since : real
  const patience = real > believed ? HOUR : DAY
  return real - since >= patience ? { believed: real, doubt: null } : { believed, doubt: { since, last: real } }
}

/** Up to which moment things may have expired: a clock that leapt ahead ends nothing before it is believed. */
export const horizonOf = ({ believed }: Trust, real: number): number => (real > believed + DAY ? believed : real)

/** When things happen: a clock that fell back would give new mail an end that is over once it is right again. */
export const dateOf = ({ believed }: Trust, real: number, built: number): number =>
  real < built || real < believed - DAY ? Math.max(believed, built) : real

export type ClockGuard = ReturnType<typeof createClockGuard>

/** A clock that may be wrong, as it is after a start without a network, and what can be done by it all the same. */
export function createClockGuard(clock: Clock, built: number) {
  let trust: Trust = { believed: Math.max(clock.now(), built), doubt: null }
  return {
    /** For dates. */
    clock: { ...clock, now: () => dateOf(trust, clock.now(), built) } satisfies Clock,
    /** For ends. */
    horizon: () => horizonOf(trust, clock.now()),
    isBelieved: () => trust.doubt === null,
    /** The newest thing that was kept before the start, epoch ms: what the clock said then. */
    begin(newestAt: number | null): void {
      if (newestAt !== null) trust = observe({ believed: newestAt, doubt: null }, clock.now(), built)
    },
    /** Has a look, at least every few minutes; whether the clock is believed. */
    look(): boolean {
      trust = observe(trust, clock.now(), built)
      return trust.doubt === null
    },
  }
}
