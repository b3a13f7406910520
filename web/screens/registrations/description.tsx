import { useState } from "preact/hooks"
import type { Account } from "../../api/types.ts"
import { Button } from "../../kit/button.tsx"
import { TextField } from "../../kit/field.tsx"
import { Form, FormError, useAction } from "../../kit/form.tsx"
import { Card } from "../../kit/page.tsx"
import { toast } from "../../kit/toast.tsx"
import { describe } from "../../people/work.tsx"

const MEBI = 1024 * 1024
const text = (amount: number | null) => (amount === null ? "" : String(amount))
const figure = (typed: string) => (typed.trim() === "" ? null : Number(typed))

/** What the operator says about somebody: a label, a note, and a quota of their own. */
export function Description({ of }: { of: Account }) {
  const { maxMessages, maxBytes } = of.overrides
  const [label, setLabel] = useState(of.label)
  const [note, setNote] = useState(of.note)
  const [most, setMost] = useState(text(maxMessages))
  const [size, setSize] = useState(text(maxBytes === null ? null : maxBytes / MEBI))
  const { isBusy, run, errorOf, errorBeside } = useAction()
  const members = ["label", "note", "overrides.maxMessages", "overrides.maxBytes"] as const

  async function save() {
    const mebibytes = figure(size)
    const overrides = {
      maxMessages: figure(most),
      maxBytes: mebibytes === null ? null : Math.round(mebibytes * MEBI),
    }
    await describe(of.did, { label, note, overrides })
    toast("Saved.")
  }
  return (
    <Card title="Label and quota">
      <Form onSubmit={() => void run(save)} label="Label and quota">
        <TextField
          label="Label"
          hint="Only you and other admins see it."
          value={label}
          onInput={setLabel}
          error={errorOf("label")}
        />
        <TextField label="Note" value={note} onInput={setNote} error={errorOf("note")} rows={3} />
        <div class="pair">
          <TextField
            label="Messages at most"
            hint="Empty: as for everybody."
            inputMode="numeric"
            value={most}
            onInput={setMost}
            error={errorOf("overrides.maxMessages") && "A whole number, 1 or more."}
          />
          <TextField
            label="MiB at most"
            hint="Empty: as for everybody."
            inputMode="numeric"
            value={size}
            onInput={setSize}
            error={errorOf("overrides.maxBytes") && "A number above 0."}
          />
        </div>
        <FormError>{errorBeside(...members)}</FormError>
        <div class="actions">
          <Button type="submit" tone="main" isBusy={isBusy}>
            Save
          </Button>
        </div>
      </Form>
    </Card>
  )
}
