import { expect, test } from "bun:test"
import fc from "fast-check"
import { createBuckets } from "../../src/base/bucket.ts"
import { fakeClock } from "../kit/clock.ts"

const buckets = (perSecond: number, burst: number, keys = 100) => {
  const clock = fakeClock()
  return { clock, ...createBuckets(() => ({ perSecond, burst }), { clock, keys }) }
}

test("a burst goes through at once, then as much as comes in, and the wait is told in seconds", () => {
  const { take, clock } = buckets(2, 3)
  expect([1, 2, 3].map(() => take("a", 1))).toEqual([0, 0, 0])
  expect(take("a", 1)).toBeCloseTo(0.5)
  expect(take("a", 3)).toBeCloseTo(1.5)
  clock.pass(499)
  expect(take("a", 1)).toBeCloseTo(0.001)
  clock.pass(1)
  expect(take("a", 1)).toBe(0)
  expect(take("a", 1)).toBeCloseTo(0.5)
})

test("keys do not share, and what was refused cost nothing", () => {
  const { take, clock } = buckets(1, 1)
  expect(take("a", 1)).toBe(0)
  for (let again = 0; again < 100; again++) expect(take("a", 1)).toBeCloseTo(1)
  expect(take("b", 1)).toBe(0)
  clock.pass(1000)
  expect(take("a", 1)).toBe(0)
})

test("a long silence fills no more than the burst", () => {
  const { take, clock } = buckets(10, 5)
  clock.pass(3_600_000)
  expect(Array.from({ length: 7 }, () => take("a", 1) === 0)).toEqual([true, true, true, true, true, false, false])
})

test("what is borrowed queues up: each waits until its own turn, and never longer than a burst takes", () => {
  const { borrow, take, clock } = buckets(10, 2)
  expect([1, 2, 3, 4].map(() => borrow("a", 1))).toEqual([0, 0, expect.closeTo(0.1), expect.closeTo(0.2)])
  for (let more = 0; more < 50; more++) expect(borrow("a", 10)).toBeLessThanOrEqual(0.2)
  clock.pass(200)
  expect(take("a", 1)).toBeCloseTo(0.1)
})

test("more than a whole burst counts as one", () => {
  const { take } = buckets(1, 4)
  expect(take("a", 1000)).toBe(0)
  expect(take("a", 1)).toBeCloseTo(1)
})

test("a clock that is set back or far ahead locks nobody out for longer than two bursts take", () => {
  const { take, clock } = buckets(1, 5)
  for (let times = 0; times < 5; times++) take("a", 1)
  clock.set(clock.now() - 365 * 86_400_000)
  expect(take("a", 1)).toBeLessThanOrEqual(10)
  clock.pass(10_000)
  expect(take("a", 1)).toBe(0)
})

test("memory is bounded: the longest unused key is forgotten", () => {
  const { take } = buckets(1, 1, 2)
  expect([take("a", 1), take("b", 1)]).toEqual([0, 0])
  expect(take("b", 1)).toBeGreaterThan(0)
  take("c", 1)
  expect(take("c", 1)).toBeGreaterThan(0)
  expect(take("a", 1)).toBe(0)
})

test("whatever the order, nobody gets more than the burst and what came in since", () => {
  const step = fc.record({ ms: fc.nat(2_000), cost: fc.integer({ min: 1, max: 12 }) })
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 50 }),
      fc.integer({ min: 1, max: 40 }),
      fc.array(step, { maxLength: 60 }),
      (perSecond, burst, steps) => {
        const { take, clock } = buckets(perSecond, burst)
        const start = clock.now()
        let taken = 0
        for (const { ms, cost } of steps) {
          clock.pass(ms)
          const wait = take("a", cost)
          if (wait > 0) {
            // What it says is exactly when there is room.
            const other = Math.ceil(wait * 1000)
            clock.pass(Math.max(0, other - 2))
            if (other > 2) expect(take("a", cost)).toBeGreaterThan(0)
            clock.pass(2)
            expect(take("a", cost)).toBe(0)
          }
          taken += Math.min(cost, burst)
          expect(taken).toBeLessThanOrEqual(burst + ((clock.now() - start) / 1000) * perSecond + 0.01)
        }
      },
    ),
  )
})

test("a rate may change, for keys that are known, too; none at all is no limit", () => {
  const clock = fakeClock()
  let rate = { perSecond: 1, burst: 2 }
  const { take, borrow, state } = createBuckets(() => rate, { clock, keys: 10 })
  expect([take("a", 1), take("a", 1)]).toEqual([0, 0])
  expect(take("a", 1)).toBeCloseTo(1)
  rate = { perSecond: 0, burst: 1 }
  expect([take("a", 1), borrow("a", 9)]).toEqual([0, 0])
  expect(state()).toEqual({ tracked: 0, limited: 0 })
  rate = { perSecond: 10, burst: 20 }
  // What was owed at the old rate is not more than it could ever be at the new one.
  expect(take("a", 1)).toBeLessThan(4)
  clock.pass(4_000)
  expect(take("a", 1)).toBe(0)
})

test("how many are known, and how many of them could take nothing, is told", () => {
  const { take, borrow, clock, state } = buckets(1, 2)
  expect(state()).toEqual({ tracked: 0, limited: 0 })
  take("a", 1)
  expect(state()).toEqual({ tracked: 1, limited: 0 })
  take("a", 1)
  borrow("b", 2)
  borrow("b", 2)
  expect(state()).toEqual({ tracked: 2, limited: 2 })
  clock.pass(1_000)
  expect(state()).toEqual({ tracked: 2, limited: 1 })
})
