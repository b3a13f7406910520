import { useState } from "preact/hooks"
import { post } from "../../api/client.ts"
import type { ApiToken } from "../../api/types.ts"
import { Button } from "../../kit/button.tsx"
import { Verbatim } from "../../kit/copy.tsx"
import { Dialog } from "../../kit/dialog.tsx"
import { CheckField, SelectField, TextField } from "../../kit/field.tsx"
import { Form, FormError, useAction } from "../../kit/form.tsx"
import { Notice } from "../../kit/page.tsx"

const DAY_MS = 86_400_000

const scopes = [
  { scope: "read", say: "look at everything but invites" },
  { scope: "registrations", say: "approve, deny, suspend, label, forget" },
  { scope: "invites", say: "see, make and revoke invites" },
  { scope: "mailboxes", say: "empty mailboxes" },
  { scope: "admin", say: "all that a program can do" },
] as const
type Scope = (typeof scopes)[number]["scope"]

const expiries = [
  { value: "7", label: "a week" },
  { value: "90", label: "90 days" },
  { value: "365", label: "a year" },
  { value: "", label: "never" },
] as const
type Days = (typeof expiries)[number]["value"]

/** Makes a token, and shows its secret this once. */
export function NewToken({ onClose }: { onClose: () => void }) {
  const [name, setName] = useState("")
  const [picked, setPicked] = useState<readonly Scope[]>(["read"])
  const [days, setDays] = useState<Days>("90")
  const [secret, setSecret] = useState<string | null>(null)
  const { isBusy, run, errorOf, errorBeside } = useAction()
  const make = () =>
    run(async () => {
      const expiresIn = days === "" ? null : Number(days) * DAY_MS
      const made = await post<{ secret: string; token: ApiToken }>("/tokens", { name, scopes: picked, expiresIn })
      setSecret(made.secret)
    })
  if (secret !== null) return <Made name={name} secret={secret} onClose={onClose} />
  return (
    <Dialog title="Make a token" onClose={onClose}>
      <Form onSubmit={() => void make()}>
        <TextField
          label="Name"
          hint="What uses it; the audit shows it."
          value={name}
          onInput={setName}
          error={errorOf("name") && "Letters, digits and . _ @ - only, at most 64."}
          isRequired
          autoFocus
        />
        <fieldset class="field">
          <legend>It may</legend>
          {scopes.map(({ scope, say }) => (
            <CheckField
              key={scope}
              label={
                <>
                  <b>{scope}</b> <small>{say}</small>
                </>
              }
              isOn={picked.includes(scope)}
              onChange={(isOn) =>
                setPicked(scopes.map((one) => one.scope).filter((one) => (one === scope ? isOn : picked.includes(one))))
              }
            />
          ))}
          <p class="wrong">{errorOf("scopes") && "Pick at least one."}</p>
        </fieldset>
        <SelectField label="It expires after" value={days} options={expiries} onChange={setDays} />
        <FormError>{errorBeside("name", "scopes")}</FormError>
        <footer>
          <Button onClick={onClose}>Cancel</Button>
          <Button type="submit" tone="main" isBusy={isBusy}>
            Make it
          </Button>
        </footer>
      </Form>
    </Dialog>
  )
}

const Made = ({ name, secret, onClose }: { name: string; secret: string; onClose: () => void }) => (
  <Dialog title={`The token of ${name}`} isStubborn onClose={onClose}>
    <div class="stack">
      <Notice tone="warn">
        <p>This is shown now and never again. Whoever has it can do what it may.</p>
      </Notice>
      <Verbatim text={secret} what="token" />
    </div>
    <footer>
      <Button tone="main" onClick={onClose}>
        I have it
      </Button>
    </footer>
  </Dialog>
)
