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

const FEW = 10

/** A part of one is worth mentioning only where there are few. */
export const few = (value: number): string => upTo(value < FEW ? 1 : 0)(value)

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

const POWERS = 50
const [MINUTE, HOUR, DAY] = [60, 3_600, 86_400]
const decimal = (power: number) => [1, 2, 5].map((digit) => digit * 10 ** power)

/** Steps of an axis of things that cannot be halved. */
export const whole: readonly number[] = Array.from({ length: 10 }, (_, power) => decimal(power)).flat()

/** Steps of an axis of bytes. */
export const binary: readonly number[] = Array.from({ length: POWERS }, (_, power) => 2 ** power)

/** Steps of an axis of seconds. */
export const timely: readonly number[] = [
  ...[-5, -4, -3, -2, -1].flatMap(decimal),
  ...[1, 2, 5, 10, 20, 30],
  ...[1, 2, 5, 10, 20, 30].map((step) => step * MINUTE),
  ...[1, 2, 3, 6, 12].map((step) => step * HOUR),
  ...[0, 1, 2].flatMap(decimal).map((step) => step * DAY),
]
