import { useState } from "preact/hooks"
import { fileOf, post } from "../../api/client.ts"
import { useResource } from "../../api/resource.ts"
import type { Identity, Status } from "../../api/types.ts"
import { Button } from "../../kit/button.tsx"
import { Dialog } from "../../kit/dialog.tsx"
import { saveAs } from "../../kit/download.ts"
import { Form, FormError, useAction } from "../../kit/form.tsx"
import { counted } from "../../kit/format.ts"
import { Notice } from "../../kit/page.tsx"
import { toast } from "../../kit/toast.tsx"
import { Twice, useTwice } from "../../kit/twice.tsx"
import { DaysField } from "./overlap.tsx"

/** What can be done with the mediator's keys. */
export function Deeds({ of }: { of: Identity }) {
  const [open, setOpen] = useState<"export" | "rotate" | null>(null)
  const close = () => setOpen(null)
  return (
    <>
      <Button icon="down" onClick={() => setOpen("export")}>
        Export the keys
      </Button>
      <Button icon="refresh" onClick={() => setOpen("rotate")}>
        Replace the keys
      </Button>
      {open === "export" && <Export onClose={close} />}
      {open === "rotate" && <Rotate of={of} onClose={close} />}
    </>
  )
}

function Export({ onClose }: { onClose: () => void }) {
  const passphrase = useTwice()
  const { isBusy, error, run } = useAction()
  const save = async () => {
    const isDone = await run(async () => {
      saveAs(await fileOf("/identity/export", { passphrase: passphrase.text }), "restante-identity.sealed")
    })
    if (!isDone) return
    toast("The keys are in the file. Keep it and its passphrase apart.")
    onClose()
  }
  return (
    <Dialog title="Export the keys" onClose={onClose}>
      <Form onSubmit={() => passphrase.check() && void save()}>
        <p>
          You get one file, sealed with a passphrase. Whoever has both <b>is</b> this mediator.{" "}
          <code>restante did import</code> reads it on another machine.
        </p>
        <Twice of={passphrase} label="Passphrase" />
        <FormError>{error?.message}</FormError>
        <footer>
          <Button onClick={onClose}>Cancel</Button>
          <Button type="submit" tone="main" icon="down" isBusy={isBusy}>
            Export
          </Button>
        </footer>
      </Form>
    </Dialog>
  )
}

const DAYS = "30"

function Rotate({ of: { dids }, onClose }: { of: Identity; onClose: () => void }) {
  const [days, setDays] = useState(DAYS)
  const status = useResource<Status>("/status")
  const { isBusy, run, errorOf, errorBeside } = useAction()
  const rotate = async () => {
    if (!(await run(() => post("/identity/rotate", { overlapDays: Number(days) })))) return
    toast("The mediator has new keys.")
    onClose()
  }
  const isWeb = dids.some(({ method, isCurrent }) => method === "did:web" && isCurrent)
  return (
    <Dialog title="Replace the keys?" onClose={onClose}>
      <Form onSubmit={rotate}>
        <div class="prose">
          <p>
            The mediator makes new keys, and with them a new did:peer and a new invitation. That counts at once, without
            a restart.
          </p>
          <ul class="points">
            <li>
              {status.value ? counted(status.value.registrations.approved, "member") : "Members"} keep their mailboxes
              and their mail. Their wallets are told, and move by themselves.
            </li>
            {isWeb && <li>The did:web stays the same, with the new keys in its document.</li>}
            <li>Invitations that were printed lead here only as long as the earlier keys are good.</li>
          </ul>
        </div>
        <DaysField value={days} onInput={setDays} error={errorOf("overlapDays")} />
        {days === "0" && (
          <Notice tone="danger">
            <p>The earlier keys end at once: only do that if somebody else has them.</p>
          </Notice>
        )}
        <FormError>{errorBeside("overlapDays")}</FormError>
        <footer>
          <Button onClick={onClose}>Cancel</Button>
          <Button type="submit" tone="danger" isBusy={isBusy}>
            Replace them
          </Button>
        </footer>
      </Form>
    </Dialog>
  )
}
