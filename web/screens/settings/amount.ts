/** Lengths of time and sizes as a number and its unit: "30s", "64 KiB", 1048576. */

export const units = {
  time: [
    { value: "s", label: "seconds" },
    { value: "m", label: "minutes" },
    { value: "h", label: "hours" },
    { value: "d", label: "days" },
  ],
  size: [
    { value: "", label: "bytes" },
    { value: "KiB", label: "KiB" },
    { value: "MiB", label: "MiB" },
    { value: "GiB", label: "GiB" },
  ],
} as const

export type Amount = { readonly amount: string; readonly unit: string }

/** Whatever is no number stays as it is, for the API to say what is wrong with it. */
export function amountOf(text: string, kind: keyof typeof units): Amount {
  const unit = units[kind].find(({ value }) => value !== "" && text.endsWith(value))?.value ?? units[kind][0].value
  return { amount: text.slice(0, text.length - unit.length).trim(), unit }
}

export const textOf = ({ amount, unit }: Amount): string => (unit.length < 2 ? amount + unit : `${amount} ${unit}`)
