import * as v from "valibot"
import { endpoint } from "../endpoint.ts"
import { layoutOf, merged } from "../merged-points.ts"
import { amount, digits, moment } from "../shapes.ts"

const SECOND = 1_000

const steps = ["1", "10", "300"] as const
export type HistoryStep = (typeof steps)[number]

export type HistoryDesk = {
  /** The latest points, at most `most`, oldest first; NaN where nothing is known. */
  read(
    step: HistoryStep,
    most?: number,
  ): {
    readonly until: number
    readonly points: number
    readonly entries: readonly {
      readonly name: string
      readonly unit: string
      readonly column: Float32Array | undefined
    }[]
  }
}

type Column = (number | null)[]
// Checked as a whole: a day has a quarter of a million points.
const column = v.custom<Column>(Array.isArray)

export const history = v.object({
  step: v.pipe(amount, v.metadata({ description: "Seconds from one point to the next." })),
  until: moment,
  points: amount,
  series: v.pipe(
    v.record(v.string(), column),
    v.metadata({ description: "By name, the oldest point first; null where nothing is known." }),
  ),
  units: v.record(v.string(), v.string()),
})

/** A few digits are all that a point has to say. */
const shown = (value: number): number | null => {
  if (Number.isNaN(value)) return null
  return value >= 1_000 ? Math.round(value) : Math.round(value * 100_000) / 100_000
}

const MOST_MERGED = 1_000

const query = v.strictObject({
  step: v.optional(v.picklist(steps), "10"),
  points: v.optional(v.pipe(digits, v.minValue(1))),
  merge: v.optional(v.pipe(digits, v.minValue(1), v.maxValue(MOST_MERGED)), "1"),
})

export const historyEndpoints = (desk: HistoryDesk) => [
  endpoint({
    method: "GET",
    path: "/history",
    access: "read",
    summary:
      "Figures of the last ten minutes (step=1), day (10) or month (300), at most the latest `points` of them, with `merge` of them made into one.",
    query,
    answer: history,
    async handle({ query: { step, points: most, merge } }) {
      const { until, points, entries } = desk.read(step, most)
      const layout = layoutOf({ end: until / (Number(step) * SECOND), points, merge })
      return {
        step: Number(step) * merge,
        until: layout.end * Number(step) * merge * SECOND,
        points: layout.count,
        series: Object.fromEntries(
          entries.map(({ name, unit, column }) => [
            name,
            Array.from(merged(column ?? new Float32Array(0), layout, unit === "seconds" ? "worst" : "mean"), shown),
          ]),
        ),
        units: Object.fromEntries(entries.map(({ name, unit }) => [name, unit])),
      }
    },
  }),
]
