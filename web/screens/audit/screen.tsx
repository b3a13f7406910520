import { useResource } from "../../api/resource.ts"
import type { AuditLine } from "../../api/types.ts"
import { Badge } from "../../kit/badge.tsx"
import { Became } from "../../kit/became.tsx"
import { shortDid } from "../../kit/did.ts"
import { ExportLink } from "../../kit/export-link.tsx"
import { ChoiceFilter, Filters, SearchFilter } from "../../kit/filters.tsx"
import { PageFrame } from "../../kit/page.tsx"
import { Pager } from "../../kit/pager.tsx"
import { Empty, Loaded } from "../../kit/states.tsx"
import { Ago } from "../../kit/time.tsx"
import { actorOf, changesOf, deedOf, shortSubject } from "../../people/audit-words.ts"
import { query, to } from "../../router.ts"
import { Chain } from "./chain.tsx"

const kinds = [
  { value: "", label: "Everything" },
  { value: "registration.", label: "Registrations" },
  { value: "settings.", label: "Settings" },
  { value: "invite.", label: "Invites" },
  { value: "admin.", label: "Admins" },
  { value: "token.", label: "Tokens" },
  { value: "backup.", label: "Backups" },
  { value: "identity.", label: "Identity" },
  { value: "connection.", label: "Connections" },
] as const

/** Who did what, the newest first; new lines come by themselves. */
export function Audit() {
  const { text = "", action = "", after } = query.value
  const filters = { ...(text && { text }), ...(action && { action }) }
  const paged = new URLSearchParams({ ...filters, limit: "50", ...(after && { before: after }) })
  const list = useResource<{ items: readonly AuditLine[]; next: number | null }>(`/audit?${paged}`, "anything")
  const exported = (format: string) => `/audit/export?${new URLSearchParams({ ...filters, format })}`
  return (
    <PageFrame
      title="Audit"
      lead={<Chain />}
      actions={
        <>
          <ExportLink path={exported("csv")}>Export CSV</ExportLink>
          <ExportLink path={exported("jsonl")}>Export JSON</ExportLink>
        </>
      }
    >
      <Filters>
        <SearchFilter label="Find by who, what or whom" />
        <ChoiceFilter name="action" label="About" options={kinds} />
      </Filters>
      <Loaded of={list} lines={10}>
        {({ items, next }) =>
          items.length === 0 ? (
            <Empty title="No line fits" postmark="NOTHING NOTED">
              <p>
                <a href={to(["audit"])}>Show all</a>
              </p>
            </Empty>
          ) : (
            <>
              <ol class="journal">
                {items.map((line) => (
                  <Line key={line.seq} of={line} />
                ))}
              </ol>
              <Pager next={next} noun="line" />
            </>
          )
        }
      </Loaded>
    </PageFrame>
  )
}

function Line({ of: { seq, at, actor, action, subject, detail } }: { of: AuditLine }) {
  const who = actorOf(actor)
  const isOwn = subject === actor || subject === who.name
  const changes = changesOf(detail)
  const more = changes.length > 0 ? "" : detail.startsWith("did:") ? shortDid(detail) : detail
  return (
    <li>
      <p title={action}>
        <Name of={who.name} /> {who.isToken && <Badge>token</Badge>} {deedOf(action, { isOwn })}{" "}
        {!isOwn && <Name of={subject} />}
      </p>
      <Ago at={at} />
      {changes.map((change) => (
        <Became key={change.name} {...change} />
      ))}
      <small>{[more, who.place, `line ${seq}`].filter(Boolean).join(" · ")}</small>
    </li>
  )
}

/** Who or what it was, with a link where that can be looked at. */
const Name = ({ of }: { of: string }) =>
  of.startsWith("did:") ? (
    <a href={to(["registrations", of])} title={of}>
      {shortDid(of)}
    </a>
  ) : (
    <b title={of}>{shortSubject(of)}</b>
  )
