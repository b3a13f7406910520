import { useState } from "preact/hooks"
import { post, remove } from "../../api/client.ts"
import { useResource } from "../../api/resource.ts"
import { me } from "../../api/session.ts"
import type { Admin } from "../../api/types.ts"
import { Badge } from "../../kit/badge.tsx"
import { Button } from "../../kit/button.tsx"
import { confirmed } from "../../kit/confirm.tsx"
import { Dialog } from "../../kit/dialog.tsx"
import { TextField } from "../../kit/field.tsx"
import { Form, FormError, useAction } from "../../kit/form.tsx"
import { Card } from "../../kit/page.tsx"
import { Loaded } from "../../kit/states.tsx"
import { Ago } from "../../kit/time.tsx"
import { toast } from "../../kit/toast.tsx"
import { Twice, useTwice } from "../../kit/twice.tsx"

/** Who may sign in. */
export function Admins() {
  const list = useResource<{ admins: readonly Admin[] }>("/admins", ["admin."])
  const [isAdding, setAdding] = useState(false)
  return (
    <Card
      title="Admins"
      lead="All of them may do everything."
      actions={
        <Button icon="plus" onClick={() => setAdding(true)}>
          Add an admin
        </Button>
      }
    >
      <Loaded of={list} lines={2}>
        {({ admins }) => (
          <ul class="rows">
            {admins.map((one) => (
              <Line key={one.name} of={one} isLast={admins.length === 1} />
            ))}
          </ul>
        )}
      </Loaded>
      {isAdding && <Add onClose={() => setAdding(false)} />}
    </Card>
  )
}

const Line = ({ of: { name, hasSecondFactor, createdAt }, isLast }: { of: Admin; isLast: boolean }) => (
  <li>
    <div class="who">
      <b>{name}</b> {name === me()?.admin && <Badge tone="accent">you</Badge>}
      <Badge tone={hasSecondFactor ? "good" : "wait"}>{hasSecondFactor ? "app and password" : "password only"}</Badge>
      <small>
        since <Ago at={createdAt} />
      </small>
    </div>
    {!isLast && (
      <Button tone="quiet" onClick={() => drop(name)}>
        Remove
      </Button>
    )}
  </li>
)

async function drop(name: string): Promise<void> {
  const isSelf = name === me()?.admin
  const isDone = await confirmed({
    title: isSelf ? "Remove yourself?" : `Remove ${name}?`,
    say: isSelf
      ? "You are signed out at once, and cannot come back unless another admin lets you."
      : "All sessions of theirs end at once. What they did stays in the audit, and their tokens stay until you revoke them.",
    act: "Remove",
    isDangerous: true,
    run: () => remove(`/admins/${encodeURIComponent(name)}`),
  })
  if (isDone) toast(`${name} is no admin any more.`)
}

function Add({ onClose }: { onClose: () => void }) {
  const [name, setName] = useState("")
  const password = useTwice()
  const { isBusy, run, errorOf, errorBeside } = useAction()
  const add = async () => {
    if (!(await run(() => post("/admins", { name, password: password.text })))) return
    toast(`${name} may sign in now.`)
    onClose()
  }
  return (
    <Dialog title="Add an admin" onClose={onClose}>
      <Form onSubmit={() => password.check() && void add()}>
        <p>Tell them the password in person, and have them change it.</p>
        <TextField
          label="Name"
          value={name}
          onInput={setName}
          error={errorOf("name") && "Letters, digits and . _ @ - only, at most 64."}
          isRequired
          autoFocus
        />
        <Twice of={password} label="Password" />
        <FormError>{errorBeside("name")}</FormError>
        <footer>
          <Button onClick={onClose}>Cancel</Button>
          <Button type="submit" tone="main" isBusy={isBusy}>
            Add
          </Button>
        </footer>
      </Form>
    </Dialog>
  )
}
