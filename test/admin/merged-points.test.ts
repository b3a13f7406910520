import { expect, test } from "bun:test"
import { layoutOf, merged } from "../../src/admin/merged-points.ts"

const merge = (values: readonly number[], end: number, many: number, how: "mean" | "worst" = "mean") => {
  const layout = layoutOf({ end, points: values.length, merge: many })
  return { ...layout, values: [...merged(Float32Array.from(values), layout, how)] }
}

test("points are merged on the same borders, however many there are of them", () => {
  const all = Array.from({ length: 20 }, (_, at) => at)
  const long = merge(all, 20, 5)
  expect(long).toMatchObject({ end: 4, count: 4, values: [2, 7, 12, 17] })
  expect(merge(all.slice(3), 20, 5)).toMatchObject({ end: 4, count: 4, values: [3.5, 7, 12, 17] })
  expect(merge(all.slice(0, 18), 18, 5)).toMatchObject({ end: 4, count: 4, values: [2, 7, 12, 16] })
})

test("what nobody knows counts for nothing, and where nothing is known there is still nothing", () => {
  expect(merge([1, Number.NaN, 3, Number.NaN, Number.NaN, Number.NaN, 4, 0], 8, 3).values).toEqual([2, Number.NaN, 2])
})

test("of times the worst stays visible", () => {
  expect(merge([1, 9, 2, Number.NaN, 0, 3], 6, 3, "worst").values).toEqual([9, 3])
})

test("one point each is all of them, and none is none", () => {
  expect(merge([1, 2], 9, 1)).toMatchObject({ end: 9, count: 2, values: [1, 2] })
  expect(merge([], 0, 18)).toMatchObject({ end: 0, count: 0, values: [] })
})
