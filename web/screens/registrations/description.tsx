import { useState } from "preact/hooks"
import type { Account } from "../../api/types.ts"
import { Button } from "../../kit/button.tsx"
import { TextField } from "../../kit/field.tsx"
import { Form, FormError, useAction } from "../../kit/form.tsx"
import { Card } from "../../kit/page.tsx"
import { toast } from "../../kit/toast.tsx"
import { QuotaFields, quotaMembers, useQuotaForm } from "../../people/quota-fields.tsx"
import { describe } from "../../people/work.tsx"

/** What the operator says about somebody: a label, a note, and a quota of their own. */
export function Description({ of }: { of: Account }) {
  const [label, setLabel] = useState(of.label)
  const [note, setNote] = useState(of.note)
  const quota = useQuotaForm(of.overrides)
  const { isBusy, run, errorOf, errorBeside } = useAction()

  async function save() {
    await describe(of.did, { label, note, overrides: quota.overrides })
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
        <QuotaFields of={quota} errorOf={errorOf} />
        <FormError>{errorBeside("label", "note", ...quotaMembers)}</FormError>
        <div class="actions">
          <Button type="submit" tone="main" isBusy={isBusy}>
            Save
          </Button>
        </div>
      </Form>
    </Card>
  )
}
