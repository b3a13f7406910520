import { useResource } from "../../api/resource.ts"
import type { Account, Page } from "../../api/types.ts"
import { Badge, StateBadge } from "../../kit/badge.tsx"
import { Button } from "../../kit/button.tsx"
import { shortDid } from "../../kit/did.ts"
import { DidName } from "../../kit/did-name.tsx"
import { ExportLink } from "../../kit/export-link.tsx"
import { ChoiceFilter, Filters, SearchFilter } from "../../kit/filters.tsx"
import { bytes, count } from "../../kit/format.ts"
import { PageFrame } from "../../kit/page.tsx"
import { Pager } from "../../kit/pager.tsx"
import { Quota } from "../../kit/quota.tsx"
import { BulkBar, type Selection, useSelection } from "../../kit/selection.tsx"
import { Empty, Loaded } from "../../kit/states.tsx"
import { type Column, Table } from "../../kit/table.tsx"
import { Ago } from "../../kit/time.tsx"
import { decideAll } from "../../people/bulk.tsx"
import { laneNames } from "../../people/lanes.ts"
import { Waiting } from "../../people/waiting.tsx"
import { type Deed, deeds } from "../../people/work.tsx"
import { chosen, query, to } from "../../router.ts"
import { type Quotas, useQuotas } from "./quotas.ts"

const states = [
  { value: "", label: "All" },
  { value: "pending", label: "Waiting" },
  { value: "approved", label: "Approved" },
  { value: "suspended", label: "Suspended" },
  { value: "denied", label: "Denied" },
  { value: "revoked", label: "Revoked" },
] as const
const lanes = [
  { value: "", label: "Both" },
  { value: "didcomm", label: "DIDComm" },
  { value: "decentrl", label: "Decentrl" },
] as const
const sorts = [
  { value: "", label: "Newest" },
  { value: "last-seen", label: "Last seen" },
  { value: "messages", label: "Most mail" },
  { value: "bytes", label: "Most bytes" },
  { value: "oldest-message", label: "Oldest mail" },
  { value: "label", label: "Label" },
] as const

const columnsFor = (quotas: Quotas): Column<Account>[] => [
  {
    title: "Registration",
    isHeading: true,
    cell: ({ did, label }) => <DidName did={did} label={label} href={to(["registrations", did])} />,
  },
  { title: "State", cell: ({ state }) => <StateBadge state={state} /> },
  { title: "Protocol", cell: (one) => one.lanes.map((lane) => <Badge key={lane}>{laneNames[lane]}</Badge>) },
  {
    title: "Mail",
    cell: ({ messages, overrides }) => (
      <Quota
        used={messages}
        most={overrides.maxMessages ?? quotas.messages}
        label="Messages of its quota"
        shown={count}
      />
    ),
  },
  { title: "Size", isNumber: true, cell: (one) => bytes(one.bytes) },
  { title: "Oldest", cell: ({ oldestAt }) => <Ago at={oldestAt} never="–" /> },
  {
    title: "Last seen",
    cell: ({ online, lastSeenAt }) => (online > 0 ? <Badge tone="good">online</Badge> : <Ago at={lastSeenAt} />),
  },
]

export function RegistrationList() {
  const selection = useSelection()
  const quotas = useQuotas()
  const filters = { limit: "50", ...chosen("text", "state", "lane", "sort", "after") }
  const list = useResource<Page<Account>>(`/registrations?${new URLSearchParams(filters)}`, ["registration."])
  const exported = new URLSearchParams({ format: "csv", ...chosen("text", "state", "lane") })
  const isFiltered = ["text", "state", "lane"].some((name) => query.value[name])
  return (
    <PageFrame
      title="Registrations"
      lead="Who has a mailbox here, and who would like one."
      actions={<ExportLink path={`/registrations/export?${exported}`} />}
    >
      {!isFiltered && <Waiting />}
      <Filters>
        <SearchFilter label="Find by label, note or DID" />
        <ChoiceFilter name="state" label="State" options={states} />
        <ChoiceFilter name="lane" label="Protocol" options={lanes} />
        <ChoiceFilter name="sort" label="Sort by" options={sorts} />
      </Filters>
      <Loaded of={list} lines={8}>
        {({ items, total, next }) =>
          items.length === 0 ? (
            <Nobody isFiltered={isFiltered} />
          ) : (
            <>
              <Table
                caption="Registrations"
                columns={columnsFor(quotas)}
                rows={items}
                keyOf={({ did }) => did}
                nameOf={({ did, label }) => label || shortDid(did)}
                selection={selection}
              />
              <Pager total={total} next={next} noun="registration" />
            </>
          )
        }
      </Loaded>
      <Bulk selection={selection} />
    </PageFrame>
  )
}

const inBulk: readonly Deed[] = ["approve", "deny", "suspend", "resume", "forget"]

const Bulk = ({ selection }: { selection: Selection }) => (
  <BulkBar selection={selection}>
    {inBulk.map((deed) => (
      <Button
        key={deed}
        icon={deeds[deed].icon}
        tone={deed === "forget" ? "danger" : "plain"}
        onClick={async () => {
          if (await decideAll(selection.keys, deed)) selection.clear()
        }}
      >
        {deeds[deed].label}
      </Button>
    ))}
  </BulkBar>
)

const Nobody = ({ isFiltered }: { isFiltered: boolean }) =>
  isFiltered ? (
    <Empty title="Nobody fits" postmark="ADDRESS UNKNOWN">
      <p>No registration matches these filters.</p>
      <p>
        <a href={to(["registrations"])}>Show all</a>
      </p>
    </Empty>
  ) : (
    <Empty title="Nobody has a mailbox yet">
      <p>Scan the invitation with a wallet, or send somebody an invite.</p>
      <p>
        <a href={to(["welcome", "device"])}>Show the invitation</a> · <a href={to(["access"])}>Make an invite</a>
      </p>
    </Empty>
  )
