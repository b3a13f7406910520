import { useState } from "preact/hooks"
import { TextField } from "./field.tsx"

const LEAST = 12

export type TwiceState = ReturnType<typeof useTwice>

/** A secret that is typed twice, because nobody sees what they type. */
export function useTwice() {
  const [text, setText] = useState("")
  const [again, setAgain] = useState("")
  const [error, setError] = useState<string | null>(null)
  /** Whether both are alike and long enough; says so at the field where they are not. */
  function check(): boolean {
    const wrong =
      text.length < LEAST ? `At least ${LEAST} characters.` : text === again ? null : "The two are not alike."
    setError(wrong)
    return wrong === null
  }
  return { text, setText, again, setAgain, error, check }
}

export const Twice = ({ of, label }: { of: TwiceState; label: string }) => (
  <>
    <TextField
      label={label}
      type="password"
      autoComplete="new-password"
      hint={`${LEAST} characters or more; a sentence is good.`}
      value={of.text}
      onInput={of.setText}
      isRequired
      autoFocus
    />
    <TextField
      label={`The ${label.toLowerCase()} again`}
      type="password"
      autoComplete="new-password"
      value={of.again}
      onInput={of.setAgain}
      error={of.error}
      isRequired
    />
  </>
)
