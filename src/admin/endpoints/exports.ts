import * as v from "valibot"
import type { Clock } from "../../base/clock.ts"
import type { Accounts } from "../../mailbox/accounts.ts"
import type { Invites } from "../../mailbox/invites.ts"
import type { AccountStore, AuditLine, AuditStore } from "../../mailbox/operator-ports.ts"
import { attachment } from "../attachment.ts"
import { raw, type Visit } from "../endpoint.ts"
import { type Columns, csvOf, jsonArray, jsonLines, PAGE, pagesOf } from "../list-file.ts"
import { beginning, given, lanes, search, states } from "../shapes.ts"
import { type Connections, connection, connectionFinder, whose } from "./connections.ts"
import { accountColumns, auditColumns, connectionColumns, inviteColumns, queueColumns } from "./export-columns.ts"
import { invite, inviteShower } from "./invites.ts"
import { queue } from "./queues.ts"
import { account } from "./registrations.ts"

const jsonl = "application/jsonl"
const csv = "text/csv; charset=utf-8"
const json = "application/json"
const media = [csv, json]
const format = v.optional(v.picklist(["csv", "json"]), "csv")

type Ports = {
  readonly accounts: Pick<Accounts, "found" | "list">
  readonly connections: Connections
  readonly invites: Invites
  readonly inviteUrl: (id: string) => string
  readonly store: Pick<AuditStore, "auditLines"> & Pick<AccountStore, "queues">
  readonly clock: Clock
}

/** What a list is as a file: which, the columns of a row in CSV, and its members in JSON. */
type Form<Item> = { readonly name: string; readonly columns: Columns<Item>; readonly item: v.GenericSchema }

export function exportEndpoints(ports: Ports) {
  const { accounts, invites, store, clock } = ports
  const connected = connectionFinder(ports)
  const shown = inviteShower(ports)

  const nameOf = (what: string, ending: string) =>
    `restante-${what}-${new Date(clock.now()).toISOString().slice(0, 10)}.${ending}`

  function file<Item>(
    { keepOpen }: Visit,
    format: "csv" | "json",
    pages: AsyncIterable<readonly Item[]>,
    { name, columns, item }: Form<Item>,
  ): Response {
    keepOpen()
    const chunks = format === "csv" ? csvOf(pages, columns) : jsonArray(pages, item)
    return attachment(nameOf(name, format), format === "csv" ? csv : json, chunks)
  }

  async function* auditPages(filters: { text?: string; action?: string }): AsyncGenerator<readonly AuditLine[]> {
    let after = 0
    for (;;) {
      const page = await store.auditLines({ after, limit: PAGE, ...filters })
      if (page.length > 0) yield page
      if (page.length < PAGE) return
      after = page.at(-1)?.seq ?? after
    }
  }

  return [
    raw({
      method: "GET",
      path: "/audit/export",
      access: "read",
      summary: "The audit as a file, the oldest line first.",
      query: v.strictObject({
        format: v.optional(v.picklist(["jsonl", "csv"]), "jsonl"),
        text: search,
        action: beginning,
      }),
      media: [jsonl, csv],
      async handle({ query: { format, ...filters } }, visit) {
        visit.keepOpen()
        const pages = auditPages(given(filters))
        const lines = format === "csv" ? csvOf(pages, auditColumns) : jsonLines(pages)
        return attachment(nameOf("audit", format), format === "csv" ? csv : jsonl, lines)
      },
    }),
    raw({
      method: "GET",
      path: "/registrations/export",
      access: "read",
      summary: "Registrations as a file, the newest first.",
      query: v.strictObject({
        format,
        state: v.optional(v.picklist(states)),
        lane: v.optional(v.picklist(lanes)),
        text: search,
      }),
      media,
      async handle({ query: { format, state, ...filters } }, visit) {
        const query = { ...given(filters), ...(state && { states: [state] }) }
        const pages = pagesOf((place) => accounts.list({ ...query, ...place }))
        return file(visit, format, pages, { name: "registrations", columns: accountColumns, item: account })
      },
    }),
    raw({
      method: "GET",
      path: "/queues/export",
      access: "read",
      summary: "Mailboxes in which mail waits as a file, the newest registration first.",
      query: v.strictObject({ format, text: search }),
      media,
      async handle({ query: { format, ...filters } }, visit) {
        // In the list's orders a mailbox whose mail changes could be there twice, or not at all.
        const query = { ...given(filters), sort: "newest" as const }
        const pages = pagesOf((place) => store.queues({ ...query, ...place }))
        return file(visit, format, pages, { name: "queues", columns: queueColumns, item: queue })
      },
    }),
    raw({
      method: "GET",
      path: "/connections/export",
      access: "read",
      summary: "Open sockets as a file, the oldest first.",
      query: v.strictObject({ format, did: whose, text: search }),
      media,
      async handle({ query: { format, ...query } }, visit) {
        const pages = inPages(await connected(query))
        return file(visit, format, pages, { name: "connections", columns: connectionColumns, item: connection })
      },
    }),
    raw({
      method: "GET",
      path: "/invites/export",
      // Whoever sees an invite can use it.
      access: "invites",
      summary: "Invites with their links as a file, the newest first.",
      query: v.strictObject({ format, text: search }),
      media,
      async handle({ query: { format, ...filters } }, visit) {
        const pages = pagesOf(async (place) => {
          const page = await invites.list({ ...given(filters), ...place })
          return { ...page, items: page.items.map(shown) }
        })
        return file(visit, format, pages, { name: "invites", columns: inviteColumns, item: invite })
      },
    }),
  ]
}

/** What is in memory anyway, for a file that is written no faster than it is read. */
async function* inPages<Item>(all: readonly Item[]): AsyncGenerator<readonly Item[]> {
  for (let from = 0; from < all.length; from += PAGE) yield all.slice(from, from + PAGE)
}
