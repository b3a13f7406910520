import { useState } from "preact/hooks"
import { type ApiError, patch } from "../../api/client.ts"
import { Button } from "../../kit/button.tsx"
import { RadioField } from "../../kit/field.tsx"
import { Form, FormError, useAction } from "../../kit/form.tsx"
import { Card } from "../../kit/page.tsx"
import { modes } from "../../people/modes.ts"

/** `mode`: what counts now. */
export function WhoMayUse({ mode, onDone }: { mode: string; onDone: () => void }) {
  const [chosen, setChosen] = useState(mode)
  const { isBusy, error, run } = useAction()

  async function save() {
    if (chosen !== mode) await patch("/settings", { values: { "admission.mode": chosen } })
  }
  return (
    <Card>
      <Form
        label="Who may use it"
        onSubmit={async () => {
          if (await run(save)) onDone()
        }}
      >
        <RadioField
          label="Who gets a mailbox?"
          value={chosen}
          options={modes.map((one) => (one.value === mode ? { ...one, label: `${one.label} (as it is now)` } : one))}
          onChange={setChosen}
        />
        <FormError>{error && sentenceOf(error, chosen)}</FormError>
        <Button type="submit" tone="main" isBusy={isBusy}>
          {chosen === mode ? "Leave it so" : "Save and go on"}
        </Button>
      </Form>
    </Card>
  )
}

/** Where settings cannot be changed from here, their file still can. */
const sentenceOf = ({ status, message }: ApiError, mode: string): string =>
  status === 404 || status === 405
    ? `It cannot be changed from here. Put mode = "${mode}" below [admission] in restante.toml, and restart.`
    : message
