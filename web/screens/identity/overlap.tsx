import { useState } from "preact/hooks"
import { post } from "../../api/client.ts"
import type { Identity } from "../../api/types.ts"
import { Button } from "../../kit/button.tsx"
import { Dialog } from "../../kit/dialog.tsx"
import { DidName } from "../../kit/did-name.tsx"
import { TextField } from "../../kit/field.tsx"
import { Form, FormError, useAction } from "../../kit/form.tsx"
import { count, counted, dayAndTime } from "../../kit/format.ts"
import { Card, Notice } from "../../kit/page.tsx"
import { toast } from "../../kit/toast.tsx"

const DAYS = "30"

/** Keys that were replaced, and who still uses them. */
export function Overlap({ of: { retired, members, overlapUntil } }: { of: Identity }) {
  const [isAsking, setAsking] = useState(false)
  if (retired.length === 0) return null
  const late = retired.reduce((sum, one) => sum + one.members, 0)
  return (
    <Card
      title="Earlier keys"
      lead="Wallets learn of new keys from the mediator, and move when they come next."
      actions={<Button onClick={() => setAsking(true)}>Give them more time</Button>}
    >
      <div class="stack">
        <Notice tone={late > 0 ? "warn" : "good"}>
          <p>
            {counted(members.current, "member")} wrote to today’s keys, {count(late)} only to earlier ones,{" "}
            {count(members.unheard)} to none yet.{" "}
            {overlapUntil !== null && `The earlier keys are good until ${dayAndTime(overlapUntil)}.`}
          </p>
        </Notice>
        <ul class="rows">
          {retired.map((one) => (
            <li key={one.did}>
              <DidName did={one.did} />
              <span class="soft">
                {one.hasEnded ? "ended" : "good until"} {dayAndTime(one.until)} · {counted(one.members, "member")}
              </span>
            </li>
          ))}
        </ul>
      </div>
      {isAsking && <Extend onClose={() => setAsking(false)} />}
    </Card>
  )
}

function Extend({ onClose }: { onClose: () => void }) {
  const [days, setDays] = useState(DAYS)
  const { isBusy, run, errorOf, errorBeside } = useAction()
  const extend = async () => {
    if (!(await run(() => post("/identity/extend", { overlapDays: Number(days) })))) return
    toast("The earlier keys have more time.")
    onClose()
  }
  return (
    <Dialog title="More time for the earlier keys" onClose={onClose}>
      <Form onSubmit={extend}>
        <DaysField value={days} onInput={setDays} error={errorOf("overlapDays")} />
        <FormError>{errorBeside("overlapDays")}</FormError>
        <footer>
          <Button onClick={onClose}>Cancel</Button>
          <Button type="submit" tone="main" isBusy={isBusy}>
            Give it
          </Button>
        </footer>
      </Form>
    </Dialog>
  )
}

type DaysProps = { value: string; onInput: (value: string) => void; error: string | null }

export const DaysField = (props: DaysProps) => (
  <TextField
    label="Days that the earlier keys stay good"
    hint="A wallet that does not come by in that time must scan the invitation again."
    inputMode="numeric"
    autoFocus
    isRequired
    {...props}
    error={props.error && "A number from 0 to 3650."}
  />
)
