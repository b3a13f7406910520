import { useState } from "preact/hooks"
import { useResource } from "../../api/resource.ts"
import type { Invite } from "../../api/types.ts"
import { Badge } from "../../kit/badge.tsx"
import { Button } from "../../kit/button.tsx"
import { Verbatim } from "../../kit/copy.tsx"
import { bytes, count, counted, dayAndTime } from "../../kit/format.ts"
import { Card, Fact, Facts, Notice, PageFrame } from "../../kit/page.tsx"
import { Qr } from "../../kit/qr.tsx"
import { Loaded } from "../../kit/states.tsx"
import { Switch } from "../../kit/switch.tsx"
import { Ago } from "../../kit/time.tsx"
import { to } from "../../router.ts"
import { nameOf, revoke, states } from "./revoke.ts"

const up = { href: to(["access"]), label: "Invites & access" }

/** One invite, to be scanned, sent or printed. */
export function InviteDetail({ id }: { id: string }) {
  const invite = useResource<Invite>(`/invites/${encodeURIComponent(id)}`, ["invite.", "registration.approved"])
  const one = invite.value
  return (
    <PageFrame
      title={one ? nameOf(one) : "Invite"}
      up={up}
      lead={
        one && (
          <span class="standing">
            <Badge tone={states[one.state].tone}>{states[one.state].word}</Badge>
            {counted(one.uses - one.used, "use")} of {count(one.uses)} left
          </span>
        )
      }
      actions={
        one?.state === "open" && (
          <>
            <Share of={one} />
            <Button icon="print" onClick={() => print()}>
              Print
            </Button>
            <Button icon="cross" tone="danger" onClick={() => revoke(one)}>
              Revoke
            </Button>
          </>
        )
      }
    >
      <Loaded of={invite} lines={8}>
        {(one) => (
          <div class="columns">
            {one.state === "open" ? <Ticket of={one} /> : <Over of={one} />}
            <About of={one} />
          </div>
        )}
      </Loaded>
    </PageFrame>
  )
}

/** Only where the device has something to share with, as phones do. */
const Share = ({ of }: { of: Invite }) =>
  "share" in navigator ? (
    <Button
      icon="share"
      // Whoever closes the sheet has not failed.
      onClick={() => void navigator.share({ title: "A mailbox for you", url: of.url }).catch(() => {})}
    >
      Share
    </Button>
  ) : null

/** What a wallet that can look up links needs: the same invitation behind a link that makes a smaller code. */
const shortUrl = ({ url, id }: Invite): string => `${url.replace(/\?.*$/, "")}?_oobid=${id}`

const codes = [
  { value: "full", label: "Every wallet" },
  { value: "short", label: "Smaller code" },
] as const

function Ticket({ of }: { of: Invite }) {
  const [code, setCode] = useState<"full" | "short">("full")
  const url = code === "short" ? shortUrl(of) : of.url
  return (
    <Card title="Scan it or send it">
      <div class="ticket">
        <Qr text={url} label="QR code of the invite" />
        <Switch label="Which code" value={code} options={codes} onChange={setCode} />
        <p class="soft">
          {code === "short"
            ? "For cameras that cannot read the large one. The wallet must follow links."
            : "The whole invitation is in it. Any DIDComm v2 wallet can scan it."}
        </p>
      </div>
      <div class="stack">
        <div>
          <h3>Link</h3>
          <Verbatim text={url} what="link" />
        </div>
        <div>
          <h3>Code for Decentrl</h3>
          <Verbatim text={of.id} what="code" />
        </div>
      </div>
    </Card>
  )
}

const ends: Readonly<Record<Exclude<Invite["state"], "open">, string>> = {
  used: "Everybody has come whom it was for.",
  expired: "Its time is over.",
  revoked: "It was taken back.",
}

const Over = ({ of: { state } }: { of: Invite }) => (
  <Notice tone={state === "used" ? "good" : "info"}>
    <p>{state !== "open" && ends[state]} Nobody can come with it any more; who came stays.</p>
  </Notice>
)

const About = ({ of }: { of: Invite }) => (
  <Card title="About it" lead="Who has the link has the invite: send it as you would a key.">
    <Facts>
      <Fact label="Came with it">
        {of.used > 0 && of.label ? (
          <a href={to(["registrations"], { text: of.label })}>{count(of.used)}</a>
        ) : (
          count(of.used)
        )}{" "}
        of {count(of.uses)}
      </Fact>
      <Fact label="Ends">
        <Ago at={of.expiresAt} />
      </Fact>
      <Fact label="Made">{dayAndTime(of.createdAt)}</Fact>
      {of.revokedAt !== null && <Fact label="Revoked">{dayAndTime(of.revokedAt)}</Fact>}
      <Fact label="Messages at most">
        {of.overrides.maxMessages === null ? "as for everybody" : count(of.overrides.maxMessages)}
      </Fact>
      <Fact label="Size at most">
        {of.overrides.maxBytes === null ? "as for everybody" : bytes(of.overrides.maxBytes)}
      </Fact>
    </Facts>
  </Card>
)
