import { useState } from "preact/hooks"
import { choose, plainOf } from "../../api/settings.ts"
import type { Setting } from "../../api/types.ts"
import { Button } from "../../kit/button.tsx"
import { RadioField } from "../../kit/field.tsx"
import { Form, FormError, useAction } from "../../kit/form.tsx"
import { Card } from "../../kit/page.tsx"
import { toast } from "../../kit/toast.tsx"
import { Fixed } from "../../people/fixed.tsx"
import { modes } from "../../people/modes.ts"

/** The rule for whoever asks for a mailbox. */
export function Admission({ of }: { of: Setting | null }) {
  const mode = of ? plainOf(of) : ""
  const [wanted, setWanted] = useState<string | null>(null)
  const { isBusy, error, run } = useAction()
  const chosen = wanted ?? mode
  const now = modes.find(({ value }) => value === mode)
  if (!of) return null
  async function save() {
    await choose({ "admission.mode": chosen })
    setWanted(null)
    toast("From now on this is the rule.")
  }
  return (
    <Card title="Who gets a mailbox" lead={`Now: “${now?.label ?? mode}”.`}>
      {of.change === "never" ? (
        <Fixed of={of} />
      ) : (
        <Form label="Who gets a mailbox" onSubmit={() => void run(save)}>
          <RadioField label="The rule for newcomers" value={chosen} options={modes} onChange={setWanted} />
          <FormError>{error?.message}</FormError>
          <Button type="submit" tone="main" isBusy={isBusy} isDisabled={chosen === mode}>
            Save
          </Button>
        </Form>
      )}
    </Card>
  )
}
