import { useState } from "preact/hooks"
import { post, remove } from "../../api/client.ts"
import { useResource } from "../../api/resource.ts"
import type { Me } from "../../api/types.ts"
import { Badge } from "../../kit/badge.tsx"
import { Button } from "../../kit/button.tsx"
import { confirmed } from "../../kit/confirm.tsx"
import { Dialog } from "../../kit/dialog.tsx"
import { Form, FormError, useAction } from "../../kit/form.tsx"
import { counted } from "../../kit/format.ts"
import { Card } from "../../kit/page.tsx"
import { Loaded } from "../../kit/states.tsx"
import { toast } from "../../kit/toast.tsx"
import { Twice, useTwice } from "../../kit/twice.tsx"
import { SetUp } from "./set-up.tsx"

/** One's own password and authenticator app. */
export function Own() {
  const mine = useResource<Me>("/session", ["admin."])
  const [open, setOpen] = useState<"password" | "app" | null>(null)
  const close = () => setOpen(null)
  return (
    <Card title="How you sign in">
      <Loaded of={mine} lines={2}>
        {({ hasSecondFactor, recoveryCodesLeft }) => (
          <ul class="rows">
            <li>
              <div class="who">
                <b>Password</b>
              </div>
              <Button tone="quiet" onClick={() => setOpen("password")}>
                Change it
              </Button>
            </li>
            <li>
              <div class="who">
                <b>Authenticator app</b>{" "}
                <Badge tone={hasSecondFactor ? "good" : "wait"}>{hasSecondFactor ? "on" : "off"}</Badge>
                <small>
                  {hasSecondFactor
                    ? `${counted(recoveryCodesLeft, "recovery code")} left`
                    : "A code from your phone, beside the password"}
                </small>
              </div>
              <Button tone="quiet" onClick={() => (hasSecondFactor ? turnOff() : setOpen("app"))}>
                {hasSecondFactor ? "Turn it off" : "Set it up"}
              </Button>
            </li>
          </ul>
        )}
      </Loaded>
      {open === "password" && <Password onClose={close} />}
      {open === "app" && <SetUp onClose={close} />}
    </Card>
  )
}

async function turnOff(): Promise<void> {
  const isDone = await confirmed({
    title: "Turn the authenticator app off?",
    say: "From then on your password alone lets anybody in who has it. The recovery codes end, too.",
    act: "Turn it off",
    isDangerous: true,
    run: () => remove("/totp"),
  })
  if (isDone) toast("Signing in takes only the password now.")
}

function Password({ onClose }: { onClose: () => void }) {
  const password = useTwice()
  const { isBusy, error, run } = useAction()
  const change = async () => {
    if (!(await run(() => post("/password", { password: password.text })))) return
    toast("Your password is changed, and your other sessions have ended.")
    onClose()
  }
  return (
    <Dialog title="Change your password" onClose={onClose}>
      <Form onSubmit={() => password.check() && void change()}>
        <Twice of={password} label="New password" />
        <FormError>{error?.message}</FormError>
        <footer>
          <Button onClick={onClose}>Cancel</Button>
          <Button type="submit" tone="main" isBusy={isBusy}>
            Change it
          </Button>
        </footer>
      </Form>
    </Dialog>
  )
}
