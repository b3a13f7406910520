import { useState } from "preact/hooks"
import { choose, plainOf, useSettings } from "../../api/settings.ts"
import type { Setting } from "../../api/types.ts"
import { Button } from "../../kit/button.tsx"
import { TextField } from "../../kit/field.tsx"
import { Form, FormError, useAction } from "../../kit/form.tsx"
import { Card } from "../../kit/page.tsx"
import { Loaded } from "../../kit/states.tsx"
import { toast } from "../../kit/toast.tsx"

const SECTION = "limits."

const labels: Readonly<Record<string, string>> = {
  "limits.per_address": "Requests of an address, a second",
  "limits.forwards_per_address": "Forwards of an address, a second",
  "limits.per_did": "Requests of a DID, a second",
  "limits.burst": "Saved up for at most",
  "limits.connections_per_address": "Connections of an address",
}

export function EditLimits() {
  const settings = useSettings()
  return (
    <Card title="Limits" lead="How much one address and one DID may ask for.">
      <Loaded of={settings} lines={5}>
        {({ settings }) => <Fields of={settings.filter(({ key }) => key.startsWith(SECTION))} />}
      </Loaded>
    </Card>
  )
}

function Fields({ of }: { of: readonly Setting[] }) {
  const [typed, setTyped] = useState<Readonly<Record<string, string>>>({})
  const { isBusy, run, errorOf, errorBeside } = useAction()
  const textOf = (one: Setting) => typed[one.key] ?? plainOf(one)
  const changed = of.filter((one) => textOf(one).trim() !== plainOf(one))
  async function save() {
    // An empty field is what it would be if nothing had been chosen.
    const values = Object.fromEntries(changed.map((one) => [one.key, textOf(one).trim() || null]))
    const { needsRestart } = await choose(values)
    setTyped({})
    toast(needsRestart ? "Saved. Some of it counts after the next start." : "Saved. It counts from now on.")
  }
  return (
    <Form label="Limits" onSubmit={() => void run(save)}>
      {of.map((one) =>
        one.change === "never" ? (
          <p key={one.key}>
            <b>{labels[one.key] ?? one.key}</b>: <code>{plainOf(one)}</code>{" "}
            <span class="soft">said by {one.origin}, and changed only there.</span>
          </p>
        ) : (
          <TextField
            key={one.key}
            label={labels[one.key] ?? one.key}
            hint={`${one.sentence}${one.change === "restart" ? " Counts after the next start." : ""}${one.chosen === null ? "" : ` Without your choice: ${one.default}.`}`}
            value={textOf(one)}
            onInput={(value) => setTyped((before) => ({ ...before, [one.key]: value }))}
            error={errorOf(one.key) ?? errorOf(`values.${one.key}`)}
          />
        ),
      )}
      <FormError>{errorBeside(...of.flatMap(({ key }) => [key, `values.${key}`]))}</FormError>
      <Button type="submit" tone="main" isBusy={isBusy} isDisabled={changed.length === 0}>
        Save
      </Button>
    </Form>
  )
}
