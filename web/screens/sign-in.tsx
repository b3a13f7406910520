import { useEffect, useState } from "preact/hooks"
import { ApiError, once } from "../api/client.ts"
import { session } from "../api/session.ts"
import type { Me } from "../api/types.ts"
import { Button } from "../kit/button.tsx"
import { TextField } from "../kit/field.tsx"
import { Form, FormError, useAction } from "../kit/form.tsx"

/** Name and password; the code of an authenticator app when the API asks for it. */
export function SignInForm({ name: given = "" }: { name?: string }) {
  const [name, setName] = useState(given)
  const [password, setPassword] = useState("")
  const [code, setCode] = useState("")
  const [isCodeNeeded, setCodeNeeded] = useState(false)
  const [isRecovery, setRecovery] = useState(false)
  const [wait, setWait] = useCountdown()
  const { isBusy, error, run } = useAction()

  async function signIn() {
    try {
      const me = await once<Me>("POST", "/session", { name, password, ...(isCodeNeeded && { code }) })
      session.value = { kind: "signed-in", me }
    } catch (thrown) {
      if (!(thrown instanceof ApiError)) throw thrown
      if (thrown.code === "admin.slow") setWait(thrown.retryAfter ?? 1)
      if (thrown.code !== "admin.code_needed") throw thrown
      setCodeNeeded(true)
    }
  }

  const refused = error && error.code !== "admin.slow" ? error.message : null
  return (
    <Form onSubmit={() => void run(signIn)} label="Sign in">
      {!isCodeNeeded && (
        <>
          <TextField
            label="Name"
            value={name}
            onInput={setName}
            autoComplete="username"
            isRequired
            autoFocus={given === ""}
          />
          <TextField
            label="Password"
            type="password"
            value={password}
            onInput={setPassword}
            autoComplete="current-password"
            isRequired
            autoFocus={given !== ""}
          />
        </>
      )}
      {isCodeNeeded && <Code key={String(isRecovery)} isRecovery={isRecovery} value={code} onInput={setCode} />}
      <FormError>
        {wait > 0 ? `There were too many attempts. The next one can be made in ${wait} s.` : refused}
      </FormError>
      <Button type="submit" tone="main" isBusy={isBusy} isDisabled={wait > 0}>
        {wait > 0 ? `Wait ${wait} s` : "Sign in"}
      </Button>
      {isCodeNeeded && (
        <Button tone="quiet" onClick={() => setRecovery(!isRecovery)}>
          {isRecovery ? "Use the authenticator app" : "Use a recovery code"}
        </Button>
      )}
    </Form>
  )
}

type CodeProps = { isRecovery: boolean; value: string; onInput: (value: string) => void }

const Code = ({ isRecovery, value, onInput }: CodeProps) =>
  isRecovery ? (
    <TextField
      label="Recovery code"
      hint="One of the ten that were shown with the authenticator app. Each works once."
      value={value}
      onInput={onInput}
      isCode
      isRequired
      autoFocus
    />
  ) : (
    <TextField
      label="Code"
      hint="Six digits, from your authenticator app."
      value={value}
      onInput={onInput}
      autoComplete="one-time-code"
      inputMode="numeric"
      isCode
      isRequired
      autoFocus
    />
  )

/** Seconds that are left; set once, it counts down to 0. */
function useCountdown(): [number, (seconds: number) => void] {
  const [left, setLeft] = useState(0)
  useEffect(() => {
    if (left <= 0) return
    const timer = setTimeout(() => setLeft(left - 1), 1_000)
    return () => clearTimeout(timer)
  }, [left])
  return [left, setLeft]
}
