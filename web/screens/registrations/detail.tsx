import { useResource } from "../../api/resource.ts"
import type { Account, AccountDetail } from "../../api/types.ts"
import { Badge, StateBadge } from "../../kit/badge.tsx"
import { Button } from "../../kit/button.tsx"
import { Verbatim } from "../../kit/copy.tsx"
import { shortDid } from "../../kit/did.ts"
import { ExportLink } from "../../kit/export-link.tsx"
import { bytes, count, dayAndTime } from "../../kit/format.ts"
import { Identicon } from "../../kit/identicon.tsx"
import { Card, Fact, Facts, Figure, Figures, Notice, PageFrame } from "../../kit/page.tsx"
import { Quota } from "../../kit/quota.tsx"
import { Loaded } from "../../kit/states.tsx"
import { Ago } from "../../kit/time.tsx"
import { laneNames } from "../../people/lanes.ts"
import { decide, deeds, disconnect, forget, pathOf, purge, type Transition } from "../../people/work.tsx"
import { go, to } from "../../router.ts"
import { Description } from "./description.tsx"
import { History } from "./history.tsx"
import { Addresses, Contracts } from "./holdings.tsx"
import { NotifyCard } from "./notify.tsx"
import { Past } from "./past.tsx"
import { useQuotas } from "./quotas.ts"
import { Sockets } from "./sockets.tsx"

const up = { href: to(["registrations"]), label: "Registrations" }

/** Everything about one registration; of its mail only how much there is. */
export function RegistrationDetail({ did }: { did: string }) {
  const account = useResource<AccountDetail>(pathOf(did), ["registration."])
  const name = account.value?.label || shortDid(did)
  return (
    <PageFrame
      title={name}
      up={up}
      lead={account.value && <Standing of={account.value} />}
      actions={account.value && <Decisions of={account.value} name={name} />}
    >
      <Loaded of={account} lines={10}>
        {(one) => (
          <div class="columns">
            <div class="stack">
              <Mailbox of={one} />
              <History of={one} />
              <Description of={one} />
              <NotifyCard did={did} />
              <Sockets did={did} />
              <Addresses of={one} />
              <Contracts of={one} />
            </div>
            <div class="stack">
              <About of={one} />
              <Past did={did} />
              <Ending of={one} name={name} />
            </div>
          </div>
        )}
      </Loaded>
    </PageFrame>
  )
}

const Standing = ({ of: { did, state, lanes } }: { of: Account }) => (
  <span class="standing">
    <Identicon did={did} />
    <StateBadge state={state} />
    {lanes.map((lane) => (
      <Badge key={lane}>{laneNames[lane]}</Badge>
    ))}
  </span>
)

const offered: readonly Transition[] = ["deny", "approve", "suspend", "resume"]

const Decisions = ({ of: { did, state }, name }: { of: Account; name: string }) => (
  <>
    <ExportLink path={pathOf(did)} name={`restante-${name.replaceAll(/\W+/g, "-")}.json`} />
    {offered
      .filter((deed) => deeds[deed].from.includes(state))
      .map((deed) => (
        <Button
          key={deed}
          icon={deeds[deed].icon}
          tone={deed === "approve" || deed === "resume" ? "main" : "plain"}
          onClick={() => decide(did, name, deed)}
        >
          {deeds[deed].label}
        </Button>
      ))}
  </>
)

function Mailbox({ of }: { of: Account }) {
  const quotas = useQuotas()
  const most = { messages: of.overrides.maxMessages ?? quotas.messages, bytes: of.overrides.maxBytes ?? quotas.bytes }
  return (
    <Card title="Mailbox" lead="How much, never what: mail is sealed for its owner.">
      <Figures>
        <Figure label="Messages">
          <Quota used={of.messages} most={most.messages} label="Messages of its quota" shown={count} />
        </Figure>
        <Figure label="Size">
          <Quota used={of.bytes} most={most.bytes} label="Bytes of its quota" shown={bytes} />
        </Figure>
        <Figure label="Oldest">
          <Ago at={of.oldestAt} never="–" />
        </Figure>
        <Figure label="Addresses">{count(of.addresses)}</Figure>
        <Figure label="Connections">{count(of.online)}</Figure>
      </Figures>
    </Card>
  )
}

const About = ({ of }: { of: Account }) => (
  <Card title="Who">
    <div class="stack">
      {of.pruneAt !== null && (
        <Notice tone="warn">
          Nobody has been seen for a long time. It will be forgotten <Ago at={of.pruneAt} />, unless its owner comes
          back.
        </Notice>
      )}
      <Verbatim text={of.did} what="DID" />
      <Facts>
        <Fact label="Asked">{dayAndTime(of.createdAt)}</Fact>
        <Fact label="Last change">{dayAndTime(of.changedAt)}</Fact>
        <Fact label="Last seen">
          <Ago at={of.lastSeenAt} />
        </Fact>
        {of.invite && <Fact label="Came with an invite">{of.invite}</Fact>}
      </Facts>
    </div>
  </Card>
)

const Ending = ({ of: { did, state, messages, online }, name }: { of: Account; name: string }) => (
  <Card title="Taking away" lead="Each says first what it would do.">
    <div class="actions">
      {messages > 0 && (
        <Button icon="trash" onClick={() => purge(did, name)}>
          Empty the mailbox
        </Button>
      )}
      {online > 0 && (
        <Button icon="plug" onClick={() => disconnect(did, name)}>
          Disconnect
        </Button>
      )}
      {deeds.revoke.from.includes(state) && (
        <Button icon="cross" onClick={() => decide(did, name, "revoke")}>
          Revoke
        </Button>
      )}
      <Button
        icon="trash"
        tone="danger"
        onClick={async () => {
          if (await forget(did, name)) go(to(["registrations"]))
        }}
      >
        Forget
      </Button>
    </div>
  </Card>
)
