import type { Option } from "./field.tsx"

type SwitchProps<T extends string> = {
  label: string
  value: T
  options: readonly Option<T>[]
  onChange: (value: T) => void
}

/** One of two or three ways to look at something, which takes effect at once. */
export const Switch = <T extends string>({ label, value, options, onChange }: SwitchProps<T>) => (
  <fieldset class="switch" aria-label={label}>
    {options.map((one) => (
      <button key={one.value} type="button" aria-pressed={one.value === value} onClick={() => onChange(one.value)}>
        {one.label}
      </button>
    ))}
  </fieldset>
)
