import type { Account } from "../app/desk.ts"
import { systemClock } from "../base/clock.ts"
import { choice } from "../config/kinds.ts"
import type { Settings } from "../config/schema.ts"
import { accountNamed } from "./account-lookup.ts"
import { type Command, flagValue, json, textOf } from "./command.ts"
import { accountPage, atDesk, didArgument, didShower, fullFlag, nextPage, pageFlags, pageOf } from "./desk.ts"
import { ageText, countText, momentText, sizeText } from "./figures.ts"
import { purge } from "./mailbox-purge.ts"
import { notes, print, printJson, table } from "./terminal.ts"

const orders = ["bytes", "messages", "oldest-message", "last-seen"] as const
const owners = ["approved", "suspended", "revoked"] as const

/** What a mailbox holds and may hold, for machines: times in epoch milliseconds. */
const mailboxDocument = (account: Account, { mailbox }: Settings) => ({
  did: account.did,
  state: account.state,
  label: account.label,
  messages: account.messages,
  bytes: account.bytes,
  maxMessages: account.overrides.maxMessages ?? mailbox.max_messages,
  maxBytes: account.overrides.maxBytes ?? mailbox.max_bytes,
  addresses: account.addresses,
  oldestAt: account.oldestAt,
  lastSeenAt: account.lastSeenAt,
})
type Mailbox = ReturnType<typeof mailboxDocument>

const list: Command = {
  meta: { name: "list", description: "Print the mailboxes and what they hold, the biggest first." },
  args: {
    sort: { type: "string", valueHint: orders.join("|"), description: "What comes first; bytes unless given." },
    ...pageFlags,
    ...fullFlag,
    ...json,
  },
  settings: true,
  async run(args) {
    const sort = flagValue(args, "sort", choice(orders)) ?? "bytes"
    const query = { ...pageOf(args), states: owners, sort }
    const page = await atDesk(args, async (desk, settings) => {
      const listed = await accountPage(desk, query)
      return { ...listed, items: listed.items.map((account) => mailboxDocument(account, settings)) }
    })
    if (args.json === true) printJson(page)
    else if (page.items.length === 0) print("There are no mailboxes.")
    else print(mailboxTable(page.items, didShower(args)))
    if (page.next !== null && args.json !== true) notes.info(nextPage(page))
    return 0
  },
}

function mailboxTable(mailboxes: readonly Mailbox[], showDid: (did: string) => string): string {
  const now = systemClock.now()
  return table([
    ["ITEMS", "SIZE", "FULL", "OLDEST", "SEEN", "LABEL", "DID"],
    ...mailboxes.map((mailbox) => [
      String(mailbox.messages),
      sizeText(mailbox.bytes),
      fullness(mailbox),
      ageText(mailbox.oldestAt, now),
      ageText(mailbox.lastSeenAt, now),
      mailbox.label || "-",
      showDid(mailbox.did),
    ]),
  ])
}

const fullness = ({ messages, bytes, maxMessages, maxBytes }: Mailbox): string =>
  `${Math.floor(100 * Math.max(messages / maxMessages, bytes / maxBytes))}%`

const show: Command = {
  meta: { name: "show", description: "Print what one mailbox holds and may hold; what it holds stays sealed." },
  args: { ...didArgument, ...json },
  settings: true,
  async run(args) {
    const mailbox = await atDesk(args, async (desk, settings) => {
      const account = await accountNamed(desk, textOf(args, "did") ?? "")
      const { messages, bytes } = await desk.accounts.purge(account.did, 0, null)
      return { ...mailboxDocument(account, settings), waiting: { messages, bytes } }
    })
    if (args.json === true) printJson(mailbox)
    else print(mailboxText(mailbox))
    return 0
  },
}

function mailboxText(mailbox: Mailbox & { waiting: { messages: number; bytes: number } }): string {
  const { messages, bytes, maxMessages, maxBytes, waiting, oldestAt, lastSeenAt } = mailbox
  const facts: [string, string][] = [
    ["state", mailbox.state],
    ["label", mailbox.label || "-"],
    ["waiting", `${countText(waiting.messages, "message")}, ${sizeText(waiting.bytes)}`],
    ["oldest", oldestAt === null ? "-" : momentText(oldestAt)],
    ["holds in all", `${messages} of ${countText(maxMessages, "item")}, ${sizeText(bytes)} of ${sizeText(maxBytes)}`],
    ["addresses", String(mailbox.addresses)],
    ["last seen", lastSeenAt === null ? "never" : momentText(lastSeenAt)],
  ]
  return `${mailbox.did}\n\n${table(facts.map(([term, fact]) => [`  ${term}`, fact]))}`
}

export const mailboxCommand: Command = {
  meta: { name: "mailbox", description: "See how full mailboxes are, and empty them; also beside a running mediator." },
  subCommands: { list, show, purge },
}
