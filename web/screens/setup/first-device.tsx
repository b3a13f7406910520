import { useEffect, useState } from "preact/hooks"
import { onAudit } from "../../api/changes.ts"
import { post } from "../../api/client.ts"
import { useResource } from "../../api/resource.ts"
import type { Account, Page } from "../../api/types.ts"
import { Icon } from "../../icons/icon.tsx"
import { Button } from "../../kit/button.tsx"
import { Copy } from "../../kit/copy.tsx"
import { DidName } from "../../kit/did-name.tsx"
import { useAction } from "../../kit/form.tsx"
import { Card, Notice } from "../../kit/page.tsx"
import { Qr } from "../../kit/qr.tsx"

/** The invitation to scan; says when somebody has come. */
export function FirstDevice({ invitationUrl }: { invitationUrl: string }) {
  const [newcomer, setNewcomer] = useState<string | null>(null)
  const waiting = useResource<Page<Account>>("/registrations?state=pending&limit=3", ["registration."])
  useEffect(() => onAudit((line) => line?.action.match(/^registration\.approved?$/) && setNewcomer(line.subject)), [])
  return (
    <Card>
      <div class={newcomer ? "first-device arrived" : "first-device"}>
        <Qr text={invitationUrl} label="QR code of the invitation" />
        <div class="stack">
          {newcomer ? (
            <Notice tone="good">
              <h2>
                <Icon name="check" /> The first letter can come
              </h2>
              <DidName did={newcomer} />
              <p>It has its mailbox now, and can give out its address.</p>
            </Notice>
          ) : (
            <>
              <h2>Scan this with a wallet</h2>
              <p>
                Any wallet that speaks DIDComm v2 will do: it finds out here who the mediator is, and asks it for a
                mailbox. This page says so when it has come.
              </p>
              {waiting.value?.items.map(({ did }) => (
                <Ask key={did} did={did} />
              ))}
            </>
          )}
          <p class="copy-line">
            <a href={invitationUrl}>The same as a link</a>
            <Copy text={invitationUrl} what="link" />
          </p>
        </div>
      </div>
    </Card>
  )
}

function Ask({ did }: { did: string }) {
  const { isBusy, error, run } = useAction()
  const approve = () =>
    run(() => post(`/registrations/${encodeURIComponent(did)}/transition`, { transition: "approve" }))
  return (
    <Notice tone="warn">
      <DidName did={did} />
      <p>{error ? error.message : "It asks for a mailbox, and waits for you."}</p>
      <Button tone="main" icon="check" isBusy={isBusy} onClick={approve}>
        Approve
      </Button>
    </Notice>
  )
}
