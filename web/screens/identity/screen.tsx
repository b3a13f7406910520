import { useResource } from "../../api/resource.ts"
import type { Identity as Report } from "../../api/types.ts"
import { Badge } from "../../kit/badge.tsx"
import { Copy, Verbatim } from "../../kit/copy.tsx"
import { dayAndTime } from "../../kit/format.ts"
import { Card, PageFrame } from "../../kit/page.tsx"
import { Qr } from "../../kit/qr.tsx"
import { Loaded } from "../../kit/states.tsx"
import { Ago } from "../../kit/time.tsx"
import { Deeds } from "./deeds.tsx"
import { Overlap } from "./overlap.tsx"

type Did = Report["dids"][number]

/** Who the mediator is to wallets, and with which keys. */
export function Identity() {
  const identity = useResource<Report>("/identity", ["identity."])
  return (
    <PageFrame
      title="Identity"
      lead="Who the mediator is to wallets. Its keys are in the data folder, and in every backup."
      actions={identity.value && <Deeds of={identity.value} />}
    >
      <Loaded of={identity} lines={10}>
        {(found) => (
          <div class="stack">
            <Overlap of={found} />
            <div class="columns">
              <div class="stack">
                {found.dids.filter(isToday(found)).map((one) => (
                  <OneDid key={one.did} of={one} />
                ))}
              </div>
              <div class="stack">
                <Invitation url={found.invitationUrl} />
                {found.webDocument && <Document of={found.webDocument} />}
              </div>
            </div>
          </div>
        )}
      </Loaded>
    </PageFrame>
  )
}

/** Those that were replaced are on a card of their own. */
const isToday =
  ({ retired }: Report) =>
  ({ did }: Did) =>
    !retired.some((one) => one.did === did)

const uses = { keyAgreement: "encryption", authentication: "signatures" } as const

const OneDid = ({ of: { did, method, isCurrent, until, since, keys } }: { of: Did }) => (
  <Card
    title={method}
    lead={
      <>
        {isCurrent ? "In use" : until === null ? "Not given out any more" : `Good until ${dayAndTime(until)}`}, since{" "}
        <Ago at={since} />
      </>
    }
    actions={<Badge tone={isCurrent ? "good" : "wait"}>{isCurrent ? "current" : "earlier"}</Badge>}
  >
    <div class="stack">
      <Verbatim text={did} what="DID" />
      <ul class="rows keys" aria-label={`Keys of ${method}`}>
        {keys.map(({ id, use, kind, since: made }) => (
          <li key={id}>
            <code title={id}>{id.slice(id.indexOf("#"))}</code>
            <span>
              {uses[use]} <small>{kind}</small>
            </span>
            <small>
              made <Ago at={made} />
            </small>
          </li>
        ))}
      </ul>
    </div>
  </Card>
)

const Invitation = ({ url }: { url: string }) => (
  <Card title="Invitation" lead="A wallet that scans it knows who the mediator is, and asks for a mailbox.">
    <div class="first-device">
      <Qr text={url} label="QR code of the invitation" />
      <p class="copy-line">
        <a href={url}>The same as a link</a>
        <Copy text={url} what="link" />
      </p>
    </div>
  </Card>
)

function Document({ of }: { of: Readonly<Record<string, unknown>> }) {
  const text = JSON.stringify(of, null, 2)
  return (
    <Card title="did.json" lead="What whoever looks up the did:web gets.">
      <details>
        <summary>Show it</summary>
        <textarea readOnly rows={16} aria-label="did.json" value={text} />
        <p class="copy-line">
          All of it <Copy text={text} what="document" />
        </p>
      </details>
    </Card>
  )
}
