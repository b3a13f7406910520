import { useState } from "preact/hooks"
import type { Account } from "../api/types.ts"
import { TextField } from "../kit/field.tsx"

type Overrides = Account["overrides"]

const MEBI = 1024 * 1024
const text = (amount: number | null) => (amount === null ? "" : String(amount))
const figure = (typed: string) => (typed.trim() === "" ? null : Number(typed))

/** A quota of one's own, as it is typed: in messages and MiB, empty for what counts for everybody. */
export function useQuotaForm({ maxMessages, maxBytes }: Overrides) {
  const [messages, setMessages] = useState(text(maxMessages))
  const [size, setSize] = useState(text(maxBytes === null ? null : maxBytes / MEBI))
  const mebibytes = figure(size)
  return {
    messages,
    setMessages,
    size,
    setSize,
    overrides: {
      maxMessages: figure(messages),
      maxBytes: mebibytes === null ? null : Math.round(mebibytes * MEBI),
    } satisfies Overrides,
  }
}

/** The members of a request in which a quota can be wrong. */
export const quotaMembers = ["overrides.maxMessages", "overrides.maxBytes"] as const

type QuotaFieldsProps = { of: ReturnType<typeof useQuotaForm>; errorOf: (member: string) => string | null }

export const QuotaFields = ({ of, errorOf }: QuotaFieldsProps) => (
  <div class="pair">
    <TextField
      label="Messages at most"
      hint="Empty: as for everybody."
      inputMode="numeric"
      value={of.messages}
      onInput={of.setMessages}
      error={errorOf("overrides.maxMessages") && "A whole number, 1 or more."}
    />
    <TextField
      label="MiB at most"
      hint="Empty: as for everybody."
      inputMode="numeric"
      value={of.size}
      onInput={of.setSize}
      error={errorOf("overrides.maxBytes") && "A number above 0."}
    />
  </div>
)
