import { usePoll } from "../../api/poll.ts"
import { useResource } from "../../api/resource.ts"
import type { Connection, Page } from "../../api/types.ts"
import { Badge } from "../../kit/badge.tsx"
import { Button } from "../../kit/button.tsx"
import { shortDid } from "../../kit/did.ts"
import { DidName } from "../../kit/did-name.tsx"
import { Filters, SearchFilter } from "../../kit/filters.tsx"
import { bytes, count } from "../../kit/format.ts"
import { Pager } from "../../kit/pager.tsx"
import { Empty, Loaded } from "../../kit/states.tsx"
import { type Column, Table } from "../../kit/table.tsx"
import { Ago } from "../../kit/time.tsx"
import { closeConnection } from "../../people/close-connection.ts"
import { laneNames } from "../../people/lanes.ts"
import { disconnect } from "../../people/work.tsx"
import { Plots } from "../../plots/plots.tsx"
import { chosen, query, to } from "../../router.ts"

const EVERY_MS = 5_000

const columns: readonly Column<Connection>[] = [
  {
    title: "Who",
    isHeading: true,
    cell: ({ did, dids }) =>
      did === null ? (
        <span class="soft">Has not said who it is</span>
      ) : (
        <span class="whom">
          <DidName did={did} href={to(["registrations", did])} canCopy={false} />
          {dids.length > 1 && <small>and {count(dids.length - 1)} more</small>}
        </span>
      ),
  },
  {
    title: "Protocol",
    cell: ({ lane, isLive }) => (
      <>
        <Badge>{laneNames[lane]}</Badge>
        {isLive && <Badge tone="good">live</Badge>}
      </>
    ),
  },
  { title: "Since", cell: ({ since }) => <Ago at={since} /> },
  { title: "From", cell: ({ address }) => <code>{address}</code> },
  {
    title: "Not yet read",
    isNumber: true,
    cell: ({ bufferedBytes }) => (bufferedBytes > 0 ? bytes(bufferedBytes) : <span class="soft">–</span>),
  },
]

/** The sockets that are open now. */
export function ConnectionList() {
  const filters = new URLSearchParams({ limit: "50", ...chosen("did", "text", "after") })
  const { did, text } = query.value
  const list = usePoll(
    useResource<Page<Connection>>(`/connections?${filters}`, ["connection.", "registration."]),
    EVERY_MS,
  )
  return (
    <>
      <Filters>
        <SearchFilter label="Find by label, note, DID or address" />
      </Filters>
      {did && (
        <p class="only">
          Only those of <DidName did={did} /> <a href={to(["queues", "connections"])}>Show all</a>
          <Button icon="plug" onClick={() => disconnect(did, shortDid(did))}>
            Close them all
          </Button>
        </p>
      )}
      <Loaded of={list} lines={8}>
        {({ items, total, next }) =>
          items.length === 0 ? (
            <Nobody isFiltered={Boolean(text)} />
          ) : (
            <>
              <Table
                caption="Connections"
                columns={columns}
                rows={items}
                keyOf={({ id }) => id}
                actions={(one) => (
                  <Button tone="quiet" onClick={() => closeConnection(one)}>
                    Close
                  </Button>
                )}
              />
              <Pager total={total} next={next} noun="connection" />
            </>
          )
        }
      </Loaded>
      <Plots names={["sockets"]} />
    </>
  )
}

const Nobody = ({ isFiltered }: { isFiltered: boolean }) =>
  isFiltered ? (
    <Empty title="Nobody fits" postmark="ADDRESS UNKNOWN">
      <p>
        Nobody like that is connected. <a href={to(["queues", "connections"])}>Show all</a>
      </p>
    </Empty>
  ) : (
    <Empty title="Nobody is connected">
      <p>Wallets that hold a WebSocket open appear here. Others fetch their mail over HTTP, and leave no trace.</p>
    </Empty>
  )
