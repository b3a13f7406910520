import type { Setting } from "../../api/types.ts"
import { CheckField } from "../../kit/field.tsx"
import { amountOf, textOf, units } from "./amount.ts"

type ControlProps = {
  of: Setting
  /** As draft.ts has it. */
  value: string
  /** The element that is its label, and those that say more. */
  labelledBy: string
  describedBy: string
  isWrong: boolean
  onChange: (value: string) => void
}

/** What a setting of this kind is changed with. */
export function Control({ of: { kind, words }, value, labelledBy, describedBy, isWrong, onChange }: ControlProps) {
  const shared = { "aria-labelledby": labelledBy, "aria-describedby": describedBy, "aria-invalid": isWrong }
  const chosen = value === "" ? [] : value.split(",")
  switch (kind) {
    case "boolean":
      return (
        <label class="check">
          <input
            type="checkbox"
            {...shared}
            checked={value === "true"}
            onChange={({ currentTarget }) => onChange(String(currentTarget.checked))}
          />
          <span>{value === "true" ? "On" : "Off"}</span>
        </label>
      )
    case "choice":
      return (
        <select {...shared} value={value} onChange={({ currentTarget }) => onChange(currentTarget.value)}>
          {words.map((word) => (
            <option key={word}>{word}</option>
          ))}
        </select>
      )
    case "choices":
      return (
        <fieldset class="field" aria-labelledby={labelledBy} aria-describedby={describedBy}>
          {words.map((word) => (
            <CheckField
              key={word}
              label={word}
              isOn={chosen.includes(word)}
              onChange={(isOn) =>
                onChange(words.filter((one) => (one === word ? isOn : chosen.includes(one))).join(","))
              }
            />
          ))}
        </fieldset>
      )
    case "list":
      return (
        <textarea
          {...shared}
          rows={Math.max(2, chosen.length)}
          placeholder="One a line"
          value={chosen.join("\n")}
          onChange={({ currentTarget }) =>
            onChange(
              currentTarget.value
                .split(/[\s,]+/)
                .filter(Boolean)
                .join(","),
            )
          }
        />
      )
    case "time":
    case "size": {
      const { amount, unit } = amountOf(value, kind)
      return (
        <div class="amount">
          <input
            {...shared}
            inputMode="numeric"
            autocomplete="off"
            value={amount}
            onInput={({ currentTarget }) => onChange(textOf({ amount: currentTarget.value, unit }))}
          />
          <select
            aria-label="Unit"
            value={unit}
            onChange={({ currentTarget }) => onChange(textOf({ amount, unit: currentTarget.value }))}
          >
            {units[kind].map((one) => (
              <option key={one.value} value={one.value}>
                {one.label}
              </option>
            ))}
          </select>
        </div>
      )
    }
    default:
      return (
        <input
          {...shared}
          inputMode={kind === "number" ? "numeric" : "text"}
          autocomplete="off"
          spellcheck={false}
          value={value}
          onInput={({ currentTarget }) => onChange(currentTarget.value)}
        />
      )
  }
}
