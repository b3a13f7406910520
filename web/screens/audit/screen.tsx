import { useResource } from "../../api/resource.ts"
import type { AuditLine } from "../../api/types.ts"
import { Badge } from "../../kit/badge.tsx"
import { Became } from "../../kit/became.tsx"
import { shortDid } from "../../kit/did.ts"
import { DidName } from "../../kit/did-name.tsx"
import { ExportLink } from "../../kit/export-link.tsx"
import { ChoiceFilter, Filters, SearchFilter } from "../../kit/filters.tsx"
import { PageFrame } from "../../kit/page.tsx"
import { Pager } from "../../kit/pager.tsx"
import { Empty, Loaded } from "../../kit/states.tsx"
import { type Column, Table } from "../../kit/table.tsx"
import { Ago } from "../../kit/time.tsx"
import { query, to } from "../../router.ts"
import { Chain } from "./chain.tsx"
import { actorOf, changeOf, deedOf } from "./words.ts"

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

const columns: readonly Column<AuditLine>[] = [
  { title: "What", isHeading: true, cell: (line) => <What of={line} /> },
  { title: "Who", cell: ({ actor }) => <Who actor={actor} /> },
  { title: "When", cell: ({ at }) => <Ago at={at} /> },
  { title: "Line", isNumber: true, cell: ({ seq }) => <span class="soft">{seq}</span> },
]

/** Who did what, the newest first; new lines come by themselves. */
export function Audit() {
  const { text = "", action = "", after } = query.value
  const filters = { ...(text && { text }), ...(action && { action }) }
  const paged = new URLSearchParams({ ...filters, limit: "50", ...(after && { before: after }) })
  const list = useResource<{ lines: readonly AuditLine[]; next: number | null }>(`/audit?${paged}`, "anything")
  const exported = (format: string) => `/audit/export?${new URLSearchParams({ ...filters, format })}`
  return (
    <PageFrame
      title="Audit"
      lead={<Chain />}
      actions={
        <>
          <ExportLink path={exported("csv")}>Export CSV</ExportLink>
          <ExportLink path={exported("jsonl")}>Export JSON lines</ExportLink>
        </>
      }
    >
      <Filters>
        <SearchFilter label="Find by who, what or whom" />
        <ChoiceFilter name="action" label="About" options={kinds} />
      </Filters>
      <Loaded of={list} lines={10}>
        {({ lines, next }) =>
          lines.length === 0 ? (
            <Empty title="No line fits" postmark="NOTHING NOTED">
              <p>
                <a href={to(["audit"])}>Show all</a>
              </p>
            </Empty>
          ) : (
            <>
              <Table caption="Audit" columns={columns} rows={lines} keyOf={({ seq }) => String(seq)} />
              <Pager next={next} noun="line" />
            </>
          )
        }
      </Loaded>
    </PageFrame>
  )
}

function Who({ actor }: { actor: string }) {
  if (actor.startsWith("did:")) return <DidName did={actor} canCopy={false} />
  const { name, place, isToken } = actorOf(actor)
  return (
    <span class="who">
      <b>{name}</b> {isToken && <Badge>token</Badge>}
      {place && <small>{place}</small>}
    </span>
  )
}

function What({ of: { action, actor, subject, detail } }: { of: AuditLine }) {
  const change = changeOf(detail)
  return (
    <div class="what">
      <p>
        <span title={action}>{deedOf(action)}</span> {subject !== actor && <Whom subject={subject} />}
      </p>
      {change ? (
        <Became {...change} />
      ) : (
        detail && <small title={detail}>{detail.startsWith("did:") ? shortDid(detail) : detail}</small>
      )}
    </div>
  )
}

/** What a line is about, with a link where that can be looked at. */
function Whom({ subject }: { subject: string }) {
  if (subject.startsWith("did:")) {
    return (
      <a href={to(["registrations", subject])} title={subject}>
        {shortDid(subject)}
      </a>
    )
  }
  return <b>{subject}</b>
}
