import { usePoll } from "../../api/poll.ts"
import { useResource } from "../../api/resource.ts"
import type { Page, Queue } from "../../api/types.ts"
import { Badge } from "../../kit/badge.tsx"
import { Button } from "../../kit/button.tsx"
import { shortDid } from "../../kit/did.ts"
import { DidName } from "../../kit/did-name.tsx"
import { ChoiceFilter, Filters, SearchFilter } from "../../kit/filters.tsx"
import { bytes, count } from "../../kit/format.ts"
import { Pager } from "../../kit/pager.tsx"
import { BulkBar, useSelection } from "../../kit/selection.tsx"
import { Empty, Loaded } from "../../kit/states.tsx"
import { type Column, Table } from "../../kit/table.tsx"
import { Ago } from "../../kit/time.tsx"
import { decideAll } from "../../people/bulk.tsx"
import { laneNames } from "../../people/lanes.ts"
import { purge } from "../../people/work.tsx"
import { Plots } from "../../plots/plots.tsx"
import { chosen, query, to } from "../../router.ts"

const EVERY_MS = 10_000

const sorts = [
  { value: "", label: "Most messages" },
  { value: "bytes", label: "Largest" },
  { value: "oldest", label: "Oldest message" },
  { value: "unacknowledged", label: "Never acknowledged" },
] as const

const nameOf = ({ did, label }: Queue) => label || shortDid(did)

const columns: readonly Column<Queue>[] = [
  {
    title: "Who",
    isHeading: true,
    cell: ({ did, label }) => <DidName did={did} label={label} href={to(["registrations", did])} canCopy={false} />,
  },
  { title: "Protocol", cell: ({ lanes }) => lanes.map((lane) => <Badge key={lane}>{laneNames[lane]}</Badge>) },
  { title: "Waiting", isNumber: true, cell: ({ messages }) => count(messages) },
  { title: "Size", isNumber: true, cell: (one) => bytes(one.bytes) },
  { title: "Oldest", cell: ({ oldestAt }) => <Ago at={oldestAt} /> },
  {
    title: "Not acknowledged",
    isNumber: true,
    cell: ({ unacknowledged }) => (unacknowledged > 0 ? <b>{count(unacknowledged)}</b> : <span class="soft">–</span>),
  },
]

/** The mailboxes in which mail waits. */
export function QueueList() {
  const selection = useSelection()
  const filters = new URLSearchParams({ limit: "50", ...chosen("text", "sort", "after") })
  const list = usePoll(useResource<Page<Queue>>(`/queues?${filters}`, ["registration.", "mailbox."]), EVERY_MS)
  return (
    <>
      <Filters>
        <SearchFilter label="Find by label, note or DID" />
        <ChoiceFilter name="sort" label="First" options={sorts} />
      </Filters>
      <Loaded of={list} lines={8}>
        {({ items, total, next }) =>
          items.length === 0 ? (
            <Nothing isFiltered={Boolean(query.value.text)} />
          ) : (
            <>
              <Table
                caption="Queues"
                columns={columns}
                rows={items}
                keyOf={({ did }) => did}
                nameOf={nameOf}
                selection={selection}
                actions={(one) => (
                  <Button tone="quiet" onClick={() => purge(one.did, nameOf(one))}>
                    Empty
                  </Button>
                )}
              />
              <Pager total={total} next={next} noun="mailbox" nouns="mailboxes" />
            </>
          )
        }
      </Loaded>
      <Plots names={["waiting", "oldest", "deliver"]} />
      <BulkBar selection={selection}>
        <Button
          icon="trash"
          tone="danger"
          onClick={async () => {
            if (await decideAll(selection.keys, "purge")) selection.clear()
          }}
        >
          Empty
        </Button>
      </BulkBar>
    </>
  )
}

const Nothing = ({ isFiltered }: { isFiltered: boolean }) =>
  isFiltered ? (
    <Empty title="Nobody fits" postmark="ADDRESS UNKNOWN">
      <p>
        Nothing waits for anybody like that. <a href={to(["queues"])}>Show all</a>
      </p>
    </Empty>
  ) : (
    <Empty title="Nothing waits">
      <p>Every letter has been fetched. A mailbox appears here as soon as one waits in it.</p>
    </Empty>
  )
