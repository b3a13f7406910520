/** Figures, sizes and times in the words of the reader's language. */

const language = navigator.language

const whole = new Intl.NumberFormat(language)
const short = new Intl.NumberFormat(language, { notation: "compact", maximumFractionDigits: 1 })
const percent = new Intl.NumberFormat(language, { style: "percent", maximumFractionDigits: 0 })
const exactly = new Intl.DateTimeFormat(language, { dateStyle: "full", timeStyle: "medium" })
const daily = new Intl.DateTimeFormat(language, { dateStyle: "medium", timeStyle: "short" })
const relative = new Intl.RelativeTimeFormat(language, { numeric: "auto", style: "short" })
const ordinary = new Intl.PluralRules("en")

export const count = (amount: number): string => (amount < 100_000 ? whole.format(amount) : short.format(amount))
export const share = (part: number): string => percent.format(part)
export const exactTime = (at: number): string => exactly.format(at)
export const dayAndTime = (at: number): string => daily.format(at)

/** `counted(2, "message")` is "2 messages"; a plural that is not just an s is given. */
export const counted = (amount: number, one: string, many = `${one}s`): string =>
  `${count(amount)} ${ordinary.select(amount) === "one" ? one : many}`

const sizes = ["byte", "kilobyte", "megabyte", "gigabyte", "terabyte"] as const

/** Bytes in steps of 1,024. */
export function bytes(amount: number): string {
  const step = amount < 1 ? 0 : Math.min(Math.floor(Math.log2(amount) / 10), sizes.length - 1)
  const unit = sizes[step] ?? "byte"
  const value = amount / 1024 ** step
  const maximumFractionDigits = step === 0 || value >= 100 ? 0 : 1
  // A short byte has no plural.
  const unitDisplay = step === 0 ? "long" : "short"
  return new Intl.NumberFormat(language, { style: "unit", unit, unitDisplay, maximumFractionDigits }).format(value)
}

const units = [
  ["day", 86_400_000],
  ["hour", 3_600_000],
  ["minute", 60_000],
  ["second", 1_000],
] as const

/** A span of time in its largest unit: "3 hr", "12 ms". */
export function duration(ms: number): string {
  const [unit, length] = units.find(([, length]) => ms >= length) ?? (["millisecond", 1] as const)
  return new Intl.NumberFormat(language, { style: "unit", unit, unitDisplay: "short" }).format(Math.round(ms / length))
}

/** "2 hr. ago", "in 3 days". */
export function ago(at: number, now: number): string {
  const distance = at - now
  const [unit, length] = units.find(([, length]) => Math.abs(distance) >= length) ?? (["second", 1_000] as const)
  return unit === "second"
    ? distance > 0
      ? "in a moment"
      : "just now"
    : relative.format(Math.round(distance / length), unit)
}
