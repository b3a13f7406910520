/** A registration as commands print it. */

import type { Account, Erasure } from "../app/desk.ts"
import { ageText, countText, momentText, sizeText } from "./figures.ts"
import { table } from "./terminal.ts"

/** A registration for machines: times in epoch milliseconds, null in `overrides` for what is as configured. */
export const accountDocument = (account: Account) => ({
  did: account.did,
  state: account.state,
  lanes: account.lanes,
  label: account.label,
  note: account.note,
  invite: account.invite,
  overrides: { maxMessages: account.overrides.maxMessages, maxBytes: account.overrides.maxBytes },
  addresses: account.addresses,
  messages: account.messages,
  bytes: account.bytes,
  oldestAt: account.oldestAt,
  createdAt: account.createdAt,
  changedAt: account.changedAt,
  lastSeenAt: account.lastSeenAt,
  pruneAt: account.pruneAt,
})

/** A table of registrations. */
export const accountTable = (accounts: readonly Account[], showDid: (did: string) => string, now: number): string =>
  table([
    ["STATE", "LABEL", "PROTOCOLS", "HOLDS", "SINCE", "SEEN", "DID"],
    ...accounts.map((account) => [
      account.state,
      account.label || "-",
      account.lanes.join("+"),
      account.messages === 0 ? "-" : `${account.messages} (${sizeText(account.bytes)})`,
      ageText(account.changedAt, now),
      ageText(account.lastSeenAt, now),
      showDid(account.did),
    ]),
  ])

/** Everything about one registration. */
export function accountText(account: Account): string {
  const facts: [string, string | null][] = [
    ["state", `${account.state}, since ${momentText(account.changedAt)}`],
    ["label", account.label || null],
    ["note", account.note || null],
    ["protocols", account.lanes.join(", ")],
    ["asked", momentText(account.createdAt)],
    ["last seen", account.lastSeenAt === null ? "never" : momentText(account.lastSeenAt)],
    [
      "goes idle",
      account.pruneAt === null ? null : `it is erased on ${momentText(account.pruneAt)} unless its owner calls`,
    ],
    ["invite", account.invite],
    ["addresses", String(account.addresses)],
    ["holds", `${countText(account.messages, "item")}, ${sizeText(account.bytes)}`],
    ["oldest", account.oldestAt === null ? null : momentText(account.oldestAt)],
    ["may hold", quotaText(account.overrides)],
  ]
  const lines = facts.flatMap(([term, fact]) => (fact === null ? [] : [[`  ${term}`, fact]]))
  return `${account.did}\n\n${table(lines)}`
}

function quotaText({ maxMessages, maxBytes }: Account["overrides"]): string {
  const items = maxMessages === null ? "items as configured" : countText(maxMessages, "item")
  return `${items}, ${maxBytes === null ? "bytes as configured" : sizeText(maxBytes)}`
}

/** What an erasure takes, as a phrase: `3 messages, 1 address (4 KiB)`. */
export function erasureText(erasure: Erasure): string {
  const parts = [
    [erasure.messages, "message", "messages"],
    [erasure.addresses, "address", "addresses"],
    [erasure.events, "saved event", "saved events"],
    [erasure.contracts, "contract", "contracts"],
    [erasure.publicEvents, "public event", "public events"],
  ] as const
  const counted = parts.filter(([count]) => count > 0).map(([count, one, many]) => countText(count, one, many))
  if (counted.length === 0) return "nothing"
  return `${counted.join(", ")}${erasure.bytes > 0 ? ` (${sizeText(erasure.bytes)})` : ""}`
}
