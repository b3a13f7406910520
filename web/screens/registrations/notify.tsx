import { useState } from "preact/hooks"
import { call, post, remove } from "../../api/client.ts"
import { useResource } from "../../api/resource.ts"
import type { Notify } from "../../api/types.ts"
import { Button } from "../../kit/button.tsx"
import { Verbatim } from "../../kit/copy.tsx"
import { Dialog } from "../../kit/dialog.tsx"
import { SelectField, TextField } from "../../kit/field.tsx"
import { Form, FormError, useAction } from "../../kit/form.tsx"
import { Card, Fact, Facts, Notice } from "../../kit/page.tsx"
import { Loaded } from "../../kit/states.tsx"
import { Ago } from "../../kit/time.tsx"
import { toast } from "../../kit/toast.tsx"
import { pathOf } from "../../people/work.tsx"

type Kind = Notify["kind"]

const kinds = {
  ntfy: { label: "ntfy or UnifiedPush", field: "Topic" },
  webhook: { label: "Webhook", field: "URL" },
  webpush: { label: "Web Push", field: "Endpoint" },
} as const satisfies Record<Kind, { label: string; field: string }>

/** Where somebody is told that mail waits; of the place only its host. */
export function NotifyCard({ did }: { did: string }) {
  const path = `${pathOf(did)}/notify`
  const found = useResource<{ notify: Notify | null }>(path, ["registration.notify"])
  const [isSetting, setSetting] = useState(false)
  const { isBusy, run, error } = useAction()

  const tryOut = () =>
    run(async () => {
      const { problem } = await post<{ problem: string | null }>(`${path}/test`)
      toast(problem === null ? "Told now." : `That did not work: ${problem}.`, problem === null ? undefined : "danger")
      found.reload()
    })
  const takeAway = () =>
    run(async () => {
      await remove(path)
      toast("Nobody is told there any more.")
    })

  return (
    <Card title="Notify when mail waits" lead="That there is some: never what, from whom, or how much.">
      <Loaded of={found} lines={2}>
        {({ notify }) => (
          <div class="stack">
            {notify ? <Place of={notify} /> : <p class="soft">Its owner is not told.</p>}
            <FormError>{error?.message}</FormError>
            <div class="actions">
              <Button onClick={() => setSetting(true)}>{notify ? "Change" : "Set"}</Button>
              {notify && (
                <>
                  <Button isBusy={isBusy} onClick={() => void tryOut()}>
                    Send one now
                  </Button>
                  <Button tone="quiet" isBusy={isBusy} onClick={() => void takeAway()}>
                    Remove
                  </Button>
                </>
              )}
            </div>
          </div>
        )}
      </Loaded>
      {isSetting && <SetPlace path={path} onClose={() => setSetting(false)} />}
    </Card>
  )
}

const Place = ({ of: { kind, host, setBy, setAt, lastOkAt, lastFailure } }: { of: Notify }) => (
  <div class="stack">
    {lastFailure && (
      <Notice tone="warn">
        It failed <Ago at={lastFailure.at} />: {lastFailure.reason}.
      </Notice>
    )}
    <Facts>
      <Fact label={kinds[kind].label}>{host}</Fact>
      <Fact label={setBy === "owner" ? "Set by its owner" : "Set by an admin"}>
        <Ago at={setAt} />
      </Fact>
      <Fact label="Last worked">
        <Ago at={lastOkAt} />
      </Fact>
    </Facts>
  </div>
)

const options = (Object.keys(kinds) as Kind[]).map((value) => ({ value, label: kinds[value].label }))

function SetPlace({ path, onClose }: { path: string; onClose: () => void }) {
  const [kind, setKind] = useState<Kind>("ntfy")
  const [typed, setTyped] = useState({ url: "", token: "", p256dh: "", auth: "" })
  const [secret, setSecret] = useState<string | null>(null)
  const { isBusy, run, error, errorOf } = useAction()
  const field = (name: keyof typeof typed, label: string, hint?: string) => (
    <TextField
      label={label}
      hint={hint}
      value={typed[name]}
      onInput={(value) => setTyped((before) => ({ ...before, [name]: value.trim() }))}
      error={errorOf(name)}
    />
  )

  const save = () =>
    run(async () => {
      const { url, token, p256dh, auth } = typed
      const more = kind === "webpush" ? { p256dh, auth } : kind === "ntfy" && token !== "" ? { token } : {}
      const set = await call<{ secret: string | null }>("PUT", path, { kind, url, ...more })
      toast("Saved.")
      if (set.secret === null) onClose()
      else setSecret(set.secret)
    })

  if (secret !== null) {
    return (
      <Dialog title="The webhook's secret" onClose={onClose}>
        <p>Its receiver needs it to check signatures. It is not shown again.</p>
        <Verbatim text={secret} what="secret" />
        <div class="actions">
          <Button tone="main" onClick={onClose}>
            Done
          </Button>
        </div>
      </Dialog>
    )
  }
  return (
    <Dialog title="Notify when mail waits" onClose={onClose}>
      <Form onSubmit={() => void save()} label="Notify when mail waits">
        <SelectField label="By" value={kind} options={options} onChange={setKind} />
        {field("url", kinds[kind].field, "An https address. Whoever knows it can write there, so it is never shown.")}
        {kind === "ntfy" && field("token", "Access token", "Empty: the topic is open.")}
        {kind === "webpush" && field("p256dh", "p256dh")}
        {kind === "webpush" && field("auth", "auth")}
        <FormError>{error && error.member === null ? error.message : null}</FormError>
        <div class="actions">
          <Button type="submit" tone="main" isBusy={isBusy}>
            Save
          </Button>
        </div>
      </Form>
    </Dialog>
  )
}
