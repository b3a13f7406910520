import { useState } from "preact/hooks"
import { ApiError, once } from "../../api/client.ts"
import { session } from "../../api/session.ts"
import type { Me } from "../../api/types.ts"
import { Button } from "../../kit/button.tsx"
import { TextField } from "../../kit/field.tsx"
import { Form, FormError, useAction } from "../../kit/form.tsx"
import { Welcome } from "../../kit/welcome.tsx"
import { replace, to } from "../../router.ts"

const SHORTEST = 12

/** The first admin, made with the code that only who started the mediator has seen. */
export function FirstAdmin() {
  const [code, setCode] = useState(() => /^#setup=([\w-]+)/.exec(location.hash)?.[1] ?? "")
  const [name, setName] = useState("")
  const [password, setPassword] = useState("")
  const [again, setAgain] = useState("")
  const { isBusy, run, error, errorOf, errorBeside } = useAction()
  const typed = [...password].length

  async function make() {
    if (password !== again) throw new ApiError(0, "page", "It is not the same password.", { member: "again" })
    const me = await once<Me>("POST", "/setup", { code, name, password })
    // The code is used up, and nobody should find it in the browser's history.
    replace(to(["welcome"]))
    session.value = { kind: "signed-in", me }
  }
  const passwordError = error?.code === "admin.password" ? error.message : errorOf("password")

  return (
    <Welcome title="Open your post office" lead="restante runs. Make the admin who looks after it; it takes a minute.">
      <Form onSubmit={() => void run(make)} label="The first admin">
        <TextField
          label="Setup code"
          hint="The eight characters that restante printed when it started. It is good for half an hour."
          value={code}
          onInput={setCode}
          error={error?.code === "admin.setup_code" ? error.message : errorOf("code")}
          isCode
          isRequired
          autoFocus={code === ""}
        />
        <TextField
          label="Your name"
          hint="You sign in with it, and the audit shows it."
          value={name}
          onInput={setName}
          error={errorOf("name") && "Letters, digits and . _ @ - only, at most 64."}
          autoComplete="username"
          isRequired
          autoFocus={code !== ""}
        />
        <TextField
          label="Password"
          type="password"
          hint={
            typed < SHORTEST
              ? `At least ${SHORTEST} characters${typed > 0 ? `; ${SHORTEST - typed} more` : ". A few words are good"}.`
              : "Long enough."
          }
          value={password}
          onInput={setPassword}
          error={passwordError}
          autoComplete="new-password"
          isRequired
        />
        <TextField
          label="The password again"
          type="password"
          value={again}
          onInput={setAgain}
          error={errorOf("again")}
          autoComplete="new-password"
          isRequired
        />
        <FormError>
          {error?.code === "admin.password" || error?.code === "admin.setup_code"
            ? null
            : errorBeside("code", "name", "password", "again")}
        </FormError>
        <Button type="submit" tone="main" isBusy={isBusy}>
          Make the admin
        </Button>
      </Form>
    </Welcome>
  )
}
