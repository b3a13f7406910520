/** What the commands of the operator's desk have in common. */

import type { ArgsDef } from "citty"
import { type AccountQuery, type Actor, type Desk, openDesk } from "../app/desk.ts"
import { count, KiB, size } from "../config/kinds.ts"
import type { Settings } from "../config/schema.ts"
import { Fault } from "../faults.ts"
import { type Arguments, flagValue, settingsOf, textOf } from "./command.ts"
import { shortDid } from "./figures.ts"

/** As whom the command line changes things. */
export const operator: Actor = { name: "cli", address: null }

export const fullFlag: ArgsDef = {
  full: { type: "boolean", description: "Print DIDs whole; otherwise a terminal gets them shortened." },
}

export const pageFlags: ArgsDef = {
  limit: { type: "string", valueHint: "NUMBER", description: "How many to print; 50 unless given." },
  after: { type: "string", valueHint: "CURSOR", description: "Go on where the page before ended." },
}

export const dangerFlags: ArgsDef = {
  "dry-run": { type: "boolean", description: "Only print what it would take with it." },
  yes: { type: "boolean", description: "Do not ask first." },
}

export const didArgument: ArgsDef = {
  did: { type: "positional", description: "A DID, or as much of it as only one registration has." },
}

/** Opens the desk of the mediator that the settings name, does the work, and closes it. */
export async function atDesk<T>(args: Arguments, work: (desk: Desk, settings: Settings) => Promise<T>): Promise<T> {
  const { settings } = settingsOf(args)
  await using desk = await openDesk(settings)
  return await work(desk, settings)
}

const DEFAULT_PAGE = 50

/** How many rows `--limit` asks for. Throws Fault("usage"). */
export const limitOf = (args: Arguments): number => flagValue(args, "limit", count(1, 1000)) ?? DEFAULT_PAGE

/** Which page `--limit` and `--after` ask for. Throws Fault("usage"). */
export function pageOf(args: Arguments): Pick<AccountQuery, "limit" | "after"> {
  const after = textOf(args, "after")
  return { limit: limitOf(args), ...(after !== null && { after }) }
}

/** A page of registrations. Throws Fault("usage") for an `after` that no page gave. */
export async function accountPage({ accounts }: Desk, query: AccountQuery) {
  try {
    return await accounts.list(query)
  } catch (thrown) {
    if (Fault.from(thrown).code !== "request.malformed") throw thrown
    throw new Fault("usage", { detail: "--after must be what the page before named as the next", cause: thrown })
  }
}

/** Where a table that did not hold everything goes on. */
export const nextPage = ({ items, total, next }: { items: readonly unknown[]; total: number; next: string | null }) =>
  `${items.length} of ${total}; the next ones: --after ${next}`

/** How tables show a DID. */
export const didShower = (args: Arguments): ((did: string) => string) =>
  process.stdout.isTTY && args.full !== true ? shortDid : (did) => did

export const quotaFlags: ArgsDef = {
  "max-messages": { type: "string", valueHint: "NUMBER", description: "Messages the mailbox may hold." },
  "max-bytes": { type: "string", valueHint: "SIZE", description: "Bytes the mailbox may hold." },
}

/** A quota of its own: null stands for `default`, undefined for what was not given. Throws Fault("usage"). */
export function quotaOf(args: Arguments): { maxMessages?: number | null; maxBytes?: number | null } {
  const read = (name: "max-messages" | "max-bytes") => {
    if (args[name] === "default") return null
    return flagValue(args, name, name === "max-bytes" ? size(KiB) : count(1)) ?? undefined
  }
  const [maxMessages, maxBytes] = [read("max-messages"), read("max-bytes")]
  return { ...(maxMessages !== undefined && { maxMessages }), ...(maxBytes !== undefined && { maxBytes }) }
}
