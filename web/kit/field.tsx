import type { ComponentChildren } from "preact"
import { useEffect, useId } from "preact/hooks"

type Common = { label: string; hint?: ComponentChildren; error?: string | null }

type TextProps = Common & {
  value: string
  onInput: (value: string) => void
  type?: "text" | "password"
  autoComplete?: string
  inputMode?: "numeric" | "text"
  isRequired?: boolean
  autoFocus?: boolean
  /** Codes: wide letters, all alike. */
  isCode?: boolean
  /** Several lines. */
  rows?: number
}

/** A line of text with its label, a hint, and what is wrong with it. */
export function TextField({ label, hint, error = null, value, onInput, type = "text", ...more }: TextProps) {
  const id = useId()
  // In a dialog that opens, the dialog does it.
  useEffect(() => {
    if (more.autoFocus) document.getElementById(id)?.focus()
  }, [])
  const shared = {
    id,
    value,
    class: more.isCode ? "code" : "",
    required: more.isRequired ?? false,
    "aria-invalid": error !== null,
    "aria-describedby": `${id}-hint ${id}-error`,
    "data-autofocus": more.autoFocus,
    onInput: (event: { currentTarget: { value: string } }) => onInput(event.currentTarget.value),
  }
  return (
    <div class="field">
      <label for={id}>{label}</label>
      {more.rows ? (
        <textarea {...shared} rows={more.rows} />
      ) : (
        <input
          {...shared}
          // The types tell these apart by the roles that they allow, and none is given here.
          type={type as "text"}
          autocomplete={more.autoComplete ?? "off"}
          inputMode={more.inputMode ?? "text"}
          autocapitalize="none"
          spellcheck={false}
        />
      )}
      <Notes id={id} hint={hint} error={error} />
    </div>
  )
}

export type Option<T extends string> = { readonly value: T; readonly label: string; readonly hint?: string }

type ChoiceProps<T extends string> = Common & {
  value: T
  options: readonly Option<T>[]
  onChange: (value: T) => void
}

export function SelectField<T extends string>({ label, hint, error = null, value, options, onChange }: ChoiceProps<T>) {
  const id = useId()
  return (
    <div class="field">
      <label for={id}>{label}</label>
      <select
        id={id}
        value={value}
        aria-invalid={error !== null}
        aria-describedby={`${id}-hint ${id}-error`}
        // The options are the only values that it can have.
        onChange={(event) => onChange(event.currentTarget.value as T)}
      >
        {options.map((one) => (
          <option key={one.value} value={one.value}>
            {one.label}
          </option>
        ))}
      </select>
      <Notes id={id} hint={hint} error={error} />
    </div>
  )
}

/** A few choices that deserve a sentence each. */
export function RadioField<T extends string>({ label, hint, error = null, value, options, onChange }: ChoiceProps<T>) {
  const id = useId()
  return (
    <fieldset class="field radios" aria-describedby={`${id}-hint ${id}-error`}>
      <legend>{label}</legend>
      {options.map((one) => (
        <label class="radio" key={one.value}>
          <input type="radio" name={id} checked={one.value === value} onChange={() => onChange(one.value)} />
          <span>
            <b>{one.label}</b>
            {one.hint && <small>{one.hint}</small>}
          </span>
        </label>
      ))}
      <Notes id={id} hint={hint} error={error} />
    </fieldset>
  )
}

export const CheckField = (props: { label: ComponentChildren; isOn: boolean; onChange: (isOn: boolean) => void }) => (
  <label class="check">
    <input type="checkbox" checked={props.isOn} onChange={(event) => props.onChange(event.currentTarget.checked)} />
    <span>{props.label}</span>
  </label>
)

const Notes = ({ id, hint, error }: { id: string; hint: ComponentChildren; error: string | null }) => (
  <>
    <div class="hint" id={`${id}-hint`}>
      {hint}
    </div>
    <div class="wrong" id={`${id}-error`} role={error === null ? undefined : "alert"}>
      {error}
    </div>
  </>
)
