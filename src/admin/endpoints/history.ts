import * as v from "valibot"
import { endpoint } from "../endpoint.ts"
import { amount, digits, moment } from "../shapes.ts"

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

const query = v.strictObject({
  step: v.optional(v.picklist(steps), "10"),
  points: v.optional(v.pipe(digits, v.minValue(1))),
})

export const historyEndpoints = (desk: HistoryDesk) => [
  endpoint({
    method: "GET",
    path: "/history",
    access: "read",
    summary: "Figures of the last ten minutes (step=1), day (10) or month (300), at most the latest `points` of them.",
    query,
    answer: history,
    async handle({ query: { step, points: most } }) {
      const { until, points, entries } = desk.read(step, most)
      return {
        step: Number(step),
        until,
        points,
        series: Object.fromEntries(entries.map(({ name, column }) => [name, Array.from(column ?? [], shown)])),
        units: Object.fromEntries(entries.map(({ name, unit }) => [name, unit])),
      }
    },
  }),
]
