import { expect, test } from "bun:test"
import { CLASSES, createSpread, quantile } from "../../src/base/spread.ts"

const nothing = new Float64Array(CLASSES)

test("shares of what was noted are right to a tenth, from a tenth of a millisecond to weeks", () => {
  for (const scale of [0.000_2, 0.01, 1, 60, 86_400, 1_000_000]) {
    const spread = createSpread()
    for (let n = 1; n <= 1_000; n++) spread.note((n * scale) / 1_000)
    for (const share of [0.5, 0.95, 0.99]) {
      const found = quantile(nothing, spread.counts, share) ?? 0
      if (share * scale > 0.000_2) expect(found / (share * scale)).toBeWithin(0.9, 1.1)
    }
  }
})

test("only what came between two readings counts; nothing came: nothing is said", () => {
  const spread = createSpread()
  for (let n = 0; n < 100; n++) spread.note(10)
  const before = spread.counts.slice()
  expect(quantile(before, spread.counts, 0.5)).toBeNull()
  spread.note(0.001)
  expect(quantile(before, spread.counts, 0.99)).toBeWithin(0.0009, 0.0011)
})

test("what is out of range counts at the edge", () => {
  for (const seconds of [0, -1, Number.POSITIVE_INFINITY, 1e300]) {
    const spread = createSpread()
    spread.note(seconds)
    expect(quantile(nothing, spread.counts, 0.5)).toBeNumber()
  }
})
