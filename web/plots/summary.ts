import type { History } from "../api/types.ts"
import { timesOf } from "./history.ts"
import type { Plan } from "./plans.ts"

type Values = readonly (number | null)[]

/** A line's values, in the unit of its plot. */
export const valuesOf = ({ series }: History, name: string, times = 1): Values =>
  (series[name] ?? []).map((value) => (value === null ? null : value * times))

type Wording = { readonly words: string; readonly lately: string }

/** What a plot shows, in a sentence: how it is now, and how bad it was. */
export function summarise(
  plan: Plan,
  history: History,
  { words, lately }: Wording,
  when: (seconds: number) => string,
): string {
  const parts = plan.about.map((name) => valuesOf(history, name, plan.times))
  const sums = Array.from({ length: history.points }, (_, at) => sumAt(parts, at))
  const known = sums.flatMap((value, at) => (value === null ? [] : [{ value, at }]))
  const last = known.at(-1)
  if (!last) return "Nothing is known of this time yet."
  const worst = known.reduce((one, other) => (isWorse(plan, other.value, one.value) ? other : one))
  if (worst.value === 0) return `None in the last ${words}.`
  const now = sums.at(-1) ?? null
  const first = now === null ? "" : `${lately} ${plan.say(now)}; `
  const most = plan.isScarce ? "at least" : "at most"
  const sentence = `${first}${most} ${plan.say(worst.value)} in the last ${words}, at ${when(timesOf(history)[worst.at] ?? 0)}.`
  return sentence.charAt(0).toUpperCase() + sentence.slice(1)
}

const isWorse = ({ isScarce }: Plan, value: number, than: number) => (isScarce ? value < than : value > than)

const sumAt = (parts: readonly Values[], at: number): number | null =>
  parts.reduce<number | null>((sum, values) => {
    const value = values[at] ?? null
    return value === null ? sum : (sum ?? 0) + value
  }, null)
