import { useEffect, useState } from "preact/hooks"
import { post } from "../../api/client.ts"
import { Button } from "../../kit/button.tsx"
import { Copy, Verbatim } from "../../kit/copy.tsx"
import { Dialog } from "../../kit/dialog.tsx"
import { saveAs } from "../../kit/download.ts"
import { CheckField, TextField } from "../../kit/field.tsx"
import { Form, FormError, useAction } from "../../kit/form.tsx"
import { Qr } from "../../kit/qr.tsx"
import { Skeleton } from "../../kit/states.tsx"

/** An authenticator app in two steps: its secret, and a code that proves that it has it. */
export function SetUp({ onClose }: { onClose: () => void }) {
  const [secret, setSecret] = useState<{ secret: string; uri: string } | null>(null)
  const [codes, setCodes] = useState<readonly string[] | null>(null)
  const [code, setCode] = useState("")
  const { isBusy, error, run } = useAction()
  useEffect(() => {
    run(async () => setSecret(await post("/totp"))).then((isDone) => isDone || onClose())
  }, [])
  const confirm = () =>
    run(async () =>
      setCodes((await post<{ recoveryCodes: string[] }>("/totp/confirm", { code: code.trim() })).recoveryCodes),
    )
  if (codes) return <Recovery codes={codes} onClose={onClose} />
  return (
    <Dialog title="Set up an authenticator app" onClose={onClose}>
      <Form onSubmit={() => void confirm()}>
        <p>Scan this with the app on your phone, or type the secret into it.</p>
        {secret ? (
          <>
            <div class="first-device">
              <Qr text={secret.uri} label="QR code for the authenticator app" />
            </div>
            <Verbatim text={secret.secret} what="secret" />
          </>
        ) : (
          <Skeleton lines={4} />
        )}
        <TextField
          label="The code that it shows"
          value={code}
          onInput={setCode}
          inputMode="numeric"
          autoComplete="one-time-code"
          isCode
          isRequired
          autoFocus
        />
        <FormError>
          {error &&
            (error.code === "admin.credentials" ? "That is not the code. Wait for the next one." : error.message)}
        </FormError>
        <footer>
          <Button onClick={onClose}>Cancel</Button>
          <Button type="submit" tone="main" isBusy={isBusy} isDisabled={!secret}>
            Turn it on
          </Button>
        </footer>
      </Form>
    </Dialog>
  )
}

/** The codes for the day on which the phone is lost; nobody can see them again. */
function Recovery({ codes, onClose }: { codes: readonly string[]; onClose: () => void }) {
  const [isKept, setKept] = useState(false)
  const text = `restante, ${location.host}\nRecovery codes, each good once:\n\n${codes.join("\n")}\n`
  return (
    <Dialog title="Keep these recovery codes" isStubborn onClose={onClose}>
      <div class="stack">
        <p>Without your phone, each of them lets you in once. They are shown now and never again.</p>
        <ul class="codes">
          {codes.map((one) => (
            <li key={one}>
              <code>{one}</code>
            </li>
          ))}
        </ul>
        <div class="actions">
          <Button icon="down" onClick={() => saveAs(new Blob([text]), "restante-recovery-codes.txt")}>
            Save
          </Button>
          <Button icon="print" onClick={() => print()}>
            Print
          </Button>
          <Copy text={codes.join("\n")} what="codes" />
        </div>
        <CheckField label="I have put them where I will find them" isOn={isKept} onChange={setKept} />
      </div>
      <footer>
        <Button tone="main" isDisabled={!isKept} onClick={onClose}>
          Done
        </Button>
      </footer>
    </Dialog>
  )
}
