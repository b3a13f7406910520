import { useState } from "preact/hooks"
import { useResource } from "../../api/resource.ts"
import { settingOf, useSettings } from "../../api/settings.ts"
import type { Invite, Page } from "../../api/types.ts"
import { Badge } from "../../kit/badge.tsx"
import { Button } from "../../kit/button.tsx"
import { ExportLink } from "../../kit/export-link.tsx"
import { Filters, SearchFilter } from "../../kit/filters.tsx"
import { count } from "../../kit/format.ts"
import { PageFrame } from "../../kit/page.tsx"
import { Pager } from "../../kit/pager.tsx"
import { Empty, Loaded } from "../../kit/states.tsx"
import { type Column, Table } from "../../kit/table.tsx"
import { Ago } from "../../kit/time.tsx"
import { chosen, query, to } from "../../router.ts"
import { Admission } from "./admission.tsx"
import { Newcomer } from "./new-invite.tsx"
import { nameOf, revoke, states } from "./revoke.ts"
import { Rules } from "./rules.tsx"

/** Who gets a mailbox: the rule for all, the lists of exceptions, and the invites. */
export function AccessPage() {
  const [isNew, setNew] = useState(false)
  const settings = useSettings()
  const mode = settings.value && settingOf(settings.value, "admission.mode")
  return (
    <PageFrame
      title="Invites & access"
      lead="Who gets a mailbox here, and who need not ask."
      actions={
        <>
          <ExportLink path={`/invites/export?${new URLSearchParams({ format: "csv", ...chosen("text") })}`}>
            Export invites
          </ExportLink>
          <Button tone="main" icon="plus" onClick={() => setNew(true)}>
            New invite
          </Button>
        </>
      }
    >
      <Invites isClosed={mode?.value === '"closed"'} />
      <Loaded of={settings} lines={6}>
        {(loaded) => (
          <div class="columns">
            <Admission of={settingOf(loaded, "admission.mode")} />
            <div class="stack">
              <Rules
                of={settingOf(loaded, "admission.allow")}
                title="Always let in"
                lead="They get a mailbox whatever the rule is."
              />
              <Rules
                of={settingOf(loaded, "admission.deny")}
                title="Never let in"
                lead="They never get one. Who has one already keeps it."
              />
            </div>
          </div>
        )}
      </Loaded>
      {isNew && <Newcomer onClose={() => setNew(false)} />}
    </PageFrame>
  )
}

const columns: readonly Column<Invite>[] = [
  {
    title: "Invite",
    isHeading: true,
    cell: (one) => (
      <a class="invite-name" href={to(["access", one.id])}>
        <b>{nameOf(one)}</b>
      </a>
    ),
  },
  { title: "State", cell: ({ state }) => <Badge tone={states[state].tone}>{states[state].word}</Badge> },
  {
    title: "Left",
    isNumber: true,
    cell: ({ uses, used }) => `${count(uses - used)} of ${count(uses)}`,
  },
  { title: "Ends", cell: ({ expiresAt }) => <Ago at={expiresAt} /> },
  { title: "Made", cell: ({ createdAt }) => <Ago at={createdAt} /> },
]

function Invites({ isClosed }: { isClosed: boolean }) {
  const filters = new URLSearchParams({ limit: "20", ...chosen("text", "after") })
  const list = useResource<Page<Invite>>(`/invites?${filters}`, ["invite.", "registration.approved"])
  return (
    <section class="stack" aria-label="Invites">
      {isClosed && <p class="notice warn">Nobody new is let in at the moment, so invites do not count.</p>}
      <Filters>
        <SearchFilter label="Find an invite by label" />
      </Filters>
      <Loaded of={list} lines={4}>
        {({ items, total, next }) =>
          items.length === 0 ? (
            <None isFiltered={Boolean(query.value.text)} />
          ) : (
            <>
              <Table
                caption="Invites"
                columns={columns}
                rows={items}
                keyOf={({ id }) => id}
                actions={(one) =>
                  one.state === "open" && (
                    <Button tone="quiet" onClick={() => revoke(one)}>
                      Revoke
                    </Button>
                  )
                }
              />
              <Pager total={total} next={next} noun="invite" />
            </>
          )
        }
      </Loaded>
    </section>
  )
}

const None = ({ isFiltered }: { isFiltered: boolean }) =>
  isFiltered ? (
    <Empty title="No invite fits" postmark="ADDRESS UNKNOWN">
      <p>
        <a href={to(["access"])}>Show all</a>
      </p>
    </Empty>
  ) : (
    <Empty title="No invites yet">
      <p>An invite is a link or a QR code. Who has it gets a mailbox at once, without asking you.</p>
    </Empty>
  )
