import { useState } from "preact/hooks"
import { post } from "../../api/client.ts"
import type { Invite } from "../../api/types.ts"
import { Button } from "../../kit/button.tsx"
import { Dialog } from "../../kit/dialog.tsx"
import { type Option, SelectField, TextField } from "../../kit/field.tsx"
import { Form, FormError, useAction } from "../../kit/form.tsx"
import { QuotaFields, quotaMembers, useQuotaForm } from "../../people/quota-fields.tsx"
import { go, to } from "../../router.ts"

const DAY = 86_400_000
const periods: readonly Option<string>[] = [
  { value: "1", label: "A day" },
  { value: "7", label: "A week" },
  { value: "30", label: "30 days" },
  { value: "365", label: "A year" },
  { value: "never", label: "Until I revoke it" },
]

/** Makes an invite, and goes where it can be scanned. */
export function Newcomer({ onClose }: { onClose: () => void }) {
  const [label, setLabel] = useState("")
  const [uses, setUses] = useState("1")
  const [period, setPeriod] = useState("7")
  const quota = useQuotaForm({ maxMessages: null, maxBytes: null })
  const { isBusy, run, errorOf, errorBeside } = useAction()

  const make = () =>
    run(async () => {
      const invite = await post<Invite>("/invites", {
        label,
        uses: Number(uses),
        expiresIn: period === "never" ? null : Number(period) * DAY,
        overrides: quota.overrides,
      })
      onClose()
      go(to(["access", invite.id]))
    })
  return (
    <Dialog title="New invite" onClose={onClose}>
      <Form onSubmit={() => void make()} label="New invite">
        <TextField
          label="For whom"
          hint="Who comes with it gets this as a label. Only admins see it."
          value={label}
          onInput={setLabel}
          error={errorOf("label")}
          autoFocus
        />
        <div class="pair">
          <TextField
            label="How many may come"
            inputMode="numeric"
            value={uses}
            onInput={setUses}
            error={errorOf("uses") && "A whole number, 1 or more."}
            isRequired
          />
          <SelectField label="Good for" value={period} options={periods} onChange={setPeriod} />
        </div>
        <details>
          <summary>A quota of their own</summary>
          <QuotaFields of={quota} errorOf={errorOf} />
        </details>
        <FormError>{errorBeside("label", "uses", ...quotaMembers)}</FormError>
        <footer>
          <Button onClick={onClose}>Cancel</Button>
          <Button type="submit" tone="main" isBusy={isBusy}>
            Make the invite
          </Button>
        </footer>
      </Form>
    </Dialog>
  )
}
