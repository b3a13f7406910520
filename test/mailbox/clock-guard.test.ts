import { describe, expect, test } from "bun:test"
import fc from "fast-check"
import { createClockGuard, dateOf, horizonOf, observe, type Trust } from "../../src/mailbox/clock-guard.ts"
import { fakeClock } from "../kit/clock.ts"

const MINUTE = 60_000
const HOUR = 60 * MINUTE
const DAY = 24 * HOUR
const BUILT = Date.UTC(2026, 0, 1)
const NOW = Date.UTC(2026, 5, 1)
const sure: Trust = { believed: NOW, doubt: null }

/** A clock that starts at `from` and goes on as clocks do, looked at every minute; when it was first believed. */
function watch(trust: Trust, from: number, within: number): number | null {
  let known = trust
  for (let passed = 0; passed <= within; passed += MINUTE) {
    known = observe(known, from + passed, BUILT)
    if (known.doubt === null) return passed
  }
  return null
}

describe("what a clock says", () => {
  test.each([
    ["a minute later", MINUTE],
    ["the same", 0],
    ["an hour earlier, as after a correction", -HOUR],
    ["a day later, as after a night asleep", DAY],
    ["a day earlier", -DAY],
  ])("%s is believed at once", (_, step) => {
    expect(observe(sure, NOW + step, BUILT)).toEqual({ believed: NOW + step, doubt: null })
  })

  test.each([
    ["ten years ahead", 3650 * DAY, HOUR],
    ["a day and a minute ahead", DAY + MINUTE, HOUR],
    ["a month behind", -30 * DAY, DAY],
  ])("%s is believed when it has stayed so", (_, step, patience) => {
    expect(watch(sure, NOW + step, 2 * DAY)).toBe(patience)
  })

  test("before the program was built is never believed", () => {
    expect(watch(sure, 0, 10 * DAY)).toBeNull()
    expect(watch(sure, BUILT - 20 * DAY, 10 * DAY)).toBeNull()
  })

  test("that leaps again begins its time anew", () => {
    let trust = observe(sure, NOW + 100 * DAY, BUILT)
    trust = observe(trust, NOW + 100 * DAY + 50 * MINUTE, BUILT)
    for (const leap of [200, 50]) {
      trust = observe(trust, NOW + leap * DAY, BUILT)
      expect(watch(trust, NOW + leap * DAY, DAY)).toBe(HOUR)
    }
  })

  test("is believed again at once when it comes back", () => {
    const doubted = observe(sure, NOW + 3650 * DAY, BUILT)
    expect(doubted).toMatchObject({ believed: NOW, doubt: { since: NOW + 3650 * DAY } })
    expect(observe(doubted, NOW + 5 * MINUTE, BUILT)).toEqual({ believed: NOW + 5 * MINUTE, doubt: null })
  })
})

describe("what is made of it", () => {
  test.each([
    ["right", NOW + MINUTE, NOW + MINUTE, NOW + MINUTE],
    ["far ahead", NOW + 3650 * DAY, NOW, NOW + 3650 * DAY],
    ["a little ahead", NOW + DAY, NOW + DAY, NOW + DAY],
    ["behind", NOW - 30 * DAY, NOW - 30 * DAY, NOW],
    ["at its beginning", 0, 0, NOW],
  ])("a clock that is %s", (_, says, horizon, date) => {
    expect([horizonOf(sure, says), dateOf(sure, says, BUILT)]).toEqual([horizon, date])
  })

  test("nothing ends, and nothing is dated, later than the clock says or was believed to say", () => {
    const anyTime = fc.integer({ min: 0, max: NOW + 5000 * DAY })
    fc.assert(
      fc.property(fc.array(anyTime, { minLength: 1, maxLength: 20 }), (said) => {
        let trust = sure
        for (const real of said) {
          trust = observe(trust, real, BUILT)
          expect(horizonOf(trust, real)).toBeLessThanOrEqual(real)
          expect(horizonOf(trust, real)).toBeLessThanOrEqual(trust.believed + DAY)
          expect(dateOf(trust, real, BUILT)).toBeGreaterThanOrEqual(Math.min(trust.believed - DAY, BUILT))
          expect(trust.believed === NOW || said.includes(trust.believed)).toBe(true)
        }
      }),
      { seed: 20260601, numRuns: 2000 },
    )
  })
})

describe("a guard", () => {
  test("begins with what was kept last, and believes a clock that is far from it after an hour", () => {
    const clock = fakeClock(NOW)
    const guard = createClockGuard(clock, BUILT)
    guard.begin(NOW - 40 * DAY)
    expect([guard.horizon(), guard.clock.now()]).toEqual([NOW - 40 * DAY, NOW])
    const looks: boolean[] = []
    using _ = clock.every(MINUTE, () => void looks.push(guard.look()))
    clock.pass(HOUR)
    expect([looks.indexOf(true) + 1, guard.horizon()]).toEqual([60, NOW + HOUR])
  })

  test("believes the clock of an empty store, unless it is before the program was built", () => {
    const guard = createClockGuard(fakeClock(NOW), BUILT)
    guard.begin(null)
    expect([guard.look(), guard.horizon()]).toEqual([true, NOW])
    const lost = createClockGuard(fakeClock(1000), BUILT)
    lost.begin(null)
    expect([lost.look(), lost.horizon(), lost.clock.now()]).toEqual([false, 1000, BUILT])
  })
})
