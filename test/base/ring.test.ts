import { expect, test } from "bun:test"
import { createRing } from "../../src/base/ring.ts"
import { createSpread } from "../../src/base/spread.ts"

const START = 1_000_000_000_000

function rig({ stepMs = 10_000, points = 5 } = {}) {
  const said = { sum: 0, each: 0, level: 0 as number | null }
  const spread = createSpread()
  const ring = createRing(
    [
      { name: "rate", unit: "per second", sum: () => said.sum },
      { name: "mean", unit: "each", sum: () => said.sum, each: () => said.each },
      { name: "level", unit: "things", level: () => said.level },
      { name: "median", unit: "seconds", spread, share: 0.5 },
    ],
    { stepMs, points },
  )
  const shown = (most?: number) => {
    const { until, count, columns } = ring.read(most)
    const [rate, mean, level, median] = columns.map((column) => [...column])
    return { until: until - START, count, rate, mean, level, median }
  }
  return { said, spread, ring, shown, tick: (ms: number) => ring.tick(START + ms) }
}

const N = Number.NaN

test("a point says by how much sums grew a second, what each was, levels on average, and how lengths spread", () => {
  const { said, spread, shown, tick } = rig()
  tick(0)
  said.sum = 20
  said.each = 4
  said.level = 10
  spread.note(1)
  tick(5_000)
  tick(10_000)
  const { median, ...others } = shown()
  expect(others).toEqual({ until: 10_000, count: 1, rate: [2], mean: [5], level: [5] })
  expect(median?.[0]).toBeWithin(0.9, 1.1)
})

test("what nobody can say is NaN: no length, no level, nothing to divide by", () => {
  const { said, shown, tick } = rig()
  said.level = null
  tick(0)
  tick(10_000)
  expect(shown()).toEqual({ until: 10_000, count: 1, rate: [0], mean: [N], level: [N], median: [N] })
})

test("only the latest points are kept, the oldest first; fewer can be asked for", () => {
  const { said, shown, tick } = rig()
  for (let n = 0; n <= 8; n++) {
    tick(n * 10_000)
    said.sum += n * 10
  }
  expect(shown().rate).toEqual([3, 4, 5, 6, 7])
  expect(shown(2)).toMatchObject({ until: 80_000, count: 2, rate: [6, 7] })
})

test("a late tick fills a step or two with what came in all, and leaves a longer gap open", () => {
  const { said, shown, tick } = rig({ points: 20 })
  tick(0)
  said.sum = 60
  tick(30_000)
  expect(shown().rate).toEqual([2, 2, 2])
  said.sum = 1_000
  tick(80_000)
  expect(shown().rate).toEqual([2, 2, 2, N, N, N, N, N])
  said.sum = 1_010
  tick(90_000)
  expect(shown().rate?.at(-1)).toBe(1)
})

test("a clock that leaps far ahead leaves nothing, and one set back takes back what it said of the time to come", () => {
  const { said, shown, tick } = rig({ points: 5 })
  for (let n = 0; n <= 4; n++) {
    tick(n * 10_000)
    said.sum += 10
  }
  tick(20_000)
  expect(shown()).toMatchObject({ until: 20_000, rate: [1, 1] })
  tick(30_000)
  expect(shown().rate).toEqual([1, 1, 0])
  tick(9_000_000)
  expect(shown().rate).toEqual([N, N, N, N, N])
})

test("points of an earlier run are taken over, with the gap between the runs", () => {
  const earlier = rig()
  for (let n = 0; n <= 3; n++) {
    earlier.tick(n * 10_000)
    earlier.said.sum += 10
  }
  const later = rig()
  const { columns, ...rest } = earlier.ring.read()
  later.ring.restore({ ...rest, columns: columns.map((column, at) => (at === 1 ? null : column)) })
  expect(later.shown()).toMatchObject({ until: 30_000, count: 3, rate: [1, 1, 1], mean: [N, N, N] })
  later.tick(40_000)
  expect(later.shown().rate).toEqual([1, 1, 1, N])
  later.said.sum = 20
  later.tick(50_000)
  expect(later.shown().rate).toEqual([1, 1, 1, N, 2])
})

test("a run that begins before the earlier one ended, or long after, keeps what can be true", () => {
  const kept = { until: START + 50_000, count: 5, columns: [new Float32Array([1, 2, 3, 4, 5]), null, null, null] }
  const early = rig()
  early.ring.restore(kept)
  early.tick(20_000)
  expect(early.shown()).toMatchObject({ until: 20_000, rate: [1, 2] })
  const late = rig()
  late.ring.restore(kept)
  late.tick(80_000)
  expect(late.shown()).toMatchObject({ until: 80_000, rate: [4, 5, N, N, N] })
})

test("a series whose place is another's now is forgotten", () => {
  const { said, ring, shown, tick } = rig()
  tick(0)
  tick(10_000)
  said.sum = 1_000
  ring.clear(0)
  expect(shown()).toMatchObject({ rate: [N], level: [0] })
  said.sum = 1_010
  tick(20_000)
  expect(shown()).toMatchObject({ rate: [N, 1] })
})

test("before the first tick there is nothing", () => {
  expect(rig().ring.read()).toMatchObject({ until: 0, count: 0 })
})
