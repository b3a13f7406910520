import { useState } from "preact/hooks"
import { choose, listOf } from "../../api/settings.ts"
import type { Setting } from "../../api/types.ts"
import { Button } from "../../kit/button.tsx"
import { TextField } from "../../kit/field.tsx"
import { Form, FormError, useAction } from "../../kit/form.tsx"
import { Card } from "../../kit/page.tsx"
import { toast } from "../../kit/toast.tsx"
import { Fixed } from "../../people/fixed.tsx"

const linesOf = (text: string): string[] =>
  text
    .split("\n")
    .map((line) => line.trim())
    .filter(Boolean)

const MOST_ROWS = 12
const FEWEST_ROWS = 3

/** A list of DIDs, methods and patterns for which the rule is another. */
export function Rules({ of, title, lead }: { of: Setting | null; title: string; lead: string }) {
  const kept = of ? listOf(of).join("\n") : ""
  const [typed, setTyped] = useState<string | null>(null)
  const { isBusy, error, run } = useAction()
  const text = typed ?? kept
  if (!of) return null
  async function save() {
    await choose({ [of?.key ?? ""]: JSON.stringify(linesOf(text)) })
    setTyped(null)
    toast("The list is saved.")
  }
  return (
    <Card title={title} lead={lead}>
      {of.change === "never" ? (
        <Fixed of={of} />
      ) : (
        <Form label={title} onSubmit={() => void run(save)}>
          <TextField
            label="One on each line"
            hint={
              <>
                A DID, a method such as <code>did:web</code>, or a pattern such as <code>did:web:*.example.org</code>.
              </>
            }
            rows={Math.min(MOST_ROWS, Math.max(FEWEST_ROWS, text.split("\n").length))}
            value={text}
            onInput={setTyped}
          />
          <FormError>{error?.message}</FormError>
          <Button type="submit" isBusy={isBusy} isDisabled={linesOf(text).join("\n") === kept}>
            Save the list
          </Button>
        </Form>
      )}
    </Card>
  )
}
