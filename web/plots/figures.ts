/** Figures as plots write them. */

const language = navigator.language
const formats = new Map<string, Intl.NumberFormat>()

function format(value: number, options: Intl.NumberFormatOptions): string {
  const key = JSON.stringify(options)
  const known = formats.get(key) ?? new Intl.NumberFormat(language, options)
  formats.set(key, known)
  return known.format(value)
}

const LARGE = 10_000

/** With so many digits behind the point, at most. */
export const upTo =
  (maximumFractionDigits: number) =>
  (value: number): string =>
    format(value, value >= LARGE ? { notation: "compact", maximumFractionDigits: 1 } : { maximumFractionDigits })

export const perMinute = (value: number): string => `${upTo(1)(value)} a minute`

const units = [
  ["day", 86_400],
  ["hour", 3_600],
  ["minute", 60],
  ["second", 1],
  ["millisecond", 0.001],
] as const

/** Seconds in their largest unit, to two or three digits: "1.5 sec", "40 ms". */
export function span(seconds: number): string {
  const [unit, length] = units.find(([, length]) => seconds >= length) ?? (["millisecond", 0.001] as const)
  const amount = seconds / length
  return format(amount, { style: "unit", unit, unitDisplay: "short", maximumFractionDigits: amount < 10 ? 1 : 0 })
}
