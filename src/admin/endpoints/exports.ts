import * as v from "valibot"
import type { Clock } from "../../base/clock.ts"
import type { Accounts } from "../../mailbox/accounts.ts"
import type { Account, AuditLine, AuditStore } from "../../mailbox/operator-ports.ts"
import { attachment } from "../attachment.ts"
import { csvLine } from "../csv.ts"
import { raw } from "../endpoint.ts"
import { beginning, given, search } from "../shapes.ts"
import { account } from "./registrations.ts"

const PAGE = 500

const jsonl = "application/jsonl"
const csv = "text/csv; charset=utf-8"
const json = "application/json"

type Ports = {
  readonly accounts: Pick<Accounts, "list">
  readonly store: Pick<AuditStore, "auditLines">
  readonly clock: Clock
}

/** Lists as files, read in pages: none is ever whole in memory. */
export function exportEndpoints({ accounts, store, clock }: Ports) {
  const nameOf = (what: string, ending: string) =>
    `restante-${what}-${new Date(clock.now()).toISOString().slice(0, 10)}.${ending}`

  async function* auditPages(filters: { text?: string; action?: string }): AsyncGenerator<readonly AuditLine[]> {
    let after = 0
    for (;;) {
      const page = await store.auditLines({ after, limit: PAGE, ...filters })
      if (page.length > 0) yield page
      if (page.length < PAGE) return
      after = page.at(-1)?.seq ?? after
    }
  }

  async function* accountPages(): AsyncGenerator<readonly Account[]> {
    let after: string | null = null
    do {
      const page: Awaited<ReturnType<Accounts["list"]>> = await accounts.list({
        limit: PAGE,
        ...(after !== null && { after }),
      })
      if (page.items.length > 0) yield page.items
      after = page.next
    } while (after !== null)
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
      summary: "All registrations as a file, the newest first.",
      query: v.strictObject({ format: v.optional(v.picklist(["csv", "json"]), "csv") }),
      media: [csv, json],
      async handle({ query: { format } }, visit) {
        visit.keepOpen()
        const pages = accountPages()
        const chunks = format === "csv" ? csvOf(pages, accountColumns) : jsonArray(pages)
        return attachment(nameOf("registrations", format), format === "csv" ? csv : json, chunks)
      },
    }),
  ]
}

async function* jsonLines(pages: AsyncIterable<readonly unknown[]>): AsyncGenerator<string> {
  for await (const page of pages) yield page.map((one) => `${JSON.stringify(one)}\n`).join("")
}

async function* jsonArray(pages: AsyncIterable<readonly Account[]>): AsyncGenerator<string> {
  let before = "["
  for await (const page of pages) {
    yield `${before}\n${page.map((one) => JSON.stringify(v.parse(account, one))).join(",\n")}`
    before = ","
  }
  yield before === "[" ? "[]\n" : "\n]\n"
}

type Columns<Item> = Readonly<Record<string, (item: Item) => string | number | null>>

async function* csvOf<Item>(pages: AsyncIterable<readonly Item[]>, columns: Columns<Item>): AsyncGenerator<string> {
  yield csvLine(Object.keys(columns))
  const cells = Object.values(columns)
  for await (const page of pages) yield page.map((item) => csvLine(cells.map((cell) => cell(item)))).join("")
}

const moment = (at: number | null): string | null => (at === null ? null : new Date(at).toISOString())

const auditColumns: Columns<AuditLine> = {
  seq: ({ seq }) => seq,
  at: ({ at }) => moment(at),
  actor: ({ actor }) => actor,
  action: ({ action }) => action,
  subject: ({ subject }) => subject,
  detail: ({ detail }) => detail,
  hash: ({ hash }) => hash,
}

const accountColumns: Columns<Account> = {
  did: ({ did }) => did,
  state: ({ state }) => state,
  lanes: ({ lanes }) => lanes.join(" "),
  label: ({ label }) => label,
  note: ({ note }) => note,
  invite: ({ invite }) => invite,
  addresses: ({ addresses }) => addresses,
  messages: ({ messages }) => messages,
  bytes: ({ bytes }) => bytes,
  max_messages: ({ overrides }) => overrides.maxMessages,
  max_bytes: ({ overrides }) => overrides.maxBytes,
  oldest_at: ({ oldestAt }) => moment(oldestAt),
  created_at: ({ createdAt }) => moment(createdAt),
  changed_at: ({ changedAt }) => moment(changedAt),
  last_seen_at: ({ lastSeenAt }) => moment(lastSeenAt),
  prune_at: ({ pruneAt }) => moment(pruneAt),
}
