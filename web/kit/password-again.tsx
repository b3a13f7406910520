import { signal } from "@preact/signals"
import { useState } from "preact/hooks"
import { confirmWith, once } from "../api/client.ts"
import { me } from "../api/session.ts"
import { Button } from "./button.tsx"
import { Dialog } from "./dialog.tsx"
import { TextField } from "./field.tsx"
import { Form, FormError, useAction } from "./form.tsx"

const asked = signal<((isGiven: boolean) => void) | null>(null)
let asking: Promise<boolean> | null = null

// Several requests that need the password wait for the same dialog.
confirmWith(() => {
  asking ??= new Promise<boolean>((resolve) => {
    asked.value = resolve
  }).finally(() => {
    asked.value = null
    asking = null
  })
  return asking
})

/** Asks for the password when the API wants it again; once, in the shell. */
export const PasswordAgain = () => asked.value && <Ask answer={asked.value} />

function Ask({ answer }: { answer: (isGiven: boolean) => void }) {
  const [password, setPassword] = useState("")
  const { isBusy, error, run } = useAction()
  const submit = async () => {
    if (await run(() => once("POST", "/session/confirm", { password }))) answer(true)
  }
  return (
    <Dialog title="Your password, again" onClose={() => answer(false)}>
      <Form onSubmit={submit}>
        <p>This cannot be undone, so it takes your password. It then counts for five minutes.</p>
        <input
          class="hidden"
          name="username"
          autocomplete="username"
          value={me()?.admin ?? ""}
          readOnly
          tabIndex={-1}
          aria-hidden="true"
        />
        <TextField
          label="Password"
          type="password"
          autoComplete="current-password"
          value={password}
          onInput={setPassword}
          isRequired
          autoFocus
        />
        <FormError>
          {error && (error.code === "admin.credentials" ? "That is not your password." : error.message)}
        </FormError>
        <footer>
          <Button onClick={() => answer(false)}>Cancel</Button>
          <Button type="submit" tone="main" isBusy={isBusy}>
            Go on
          </Button>
        </footer>
      </Form>
    </Dialog>
  )
}
