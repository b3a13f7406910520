import * as v from "valibot"
import type { Accounts } from "../../mailbox/accounts.ts"
import type { Account } from "../../mailbox/operator-ports.ts"
import { endpoint } from "../endpoint.ts"
import { after, amount, erasure, given, limit, listing, maybeMoment, overrides, search, states } from "../shapes.ts"
import { sorts } from "./registrations.ts"

/** What a mailbox is like from outside; what is in it, only its owner can read. */
const mailbox = v.object({
  did: v.string(),
  label: v.string(),
  state: v.picklist(states),
  addresses: amount,
  messages: amount,
  bytes: amount,
  oldestAt: maybeMoment,
  overrides,
})

/** The operator's ports of one mailbox. */
export const mailboxes = (accounts: Accounts) => [
  endpoint({
    method: "GET",
    path: "/mailboxes",
    access: "read",
    summary: "Mailboxes after a cursor, those that hold most first.",
    query: v.strictObject({ text: search, sort: v.optional(v.picklist(sorts), "bytes"), after, limit }),
    answer: listing(mailbox),
    handle: async ({ query: { limit, ...query } }) =>
      accounts.list({ ...given(query), states: ["approved", "suspended"], limit }),
  }),
  endpoint({
    method: "GET",
    path: "/mailboxes/:did",
    access: "read",
    summary: "One mailbox.",
    answer: mailbox,
    handle: async (_, { param }): Promise<Account> => accounts.found(param("did")),
  }),
  endpoint({
    method: "POST",
    path: "/mailboxes/:did/purge",
    access: "mailboxes",
    isDangerous: true,
    summary: "Delete waiting mail, all of it or what is older than `olderThan` ms; or only say what that would be.",
    body: v.strictObject({
      dryRun: v.boolean(),
      olderThan: v.optional(v.pipe(v.number(), v.safeInteger(), v.minValue(0)), 0),
    }),
    answer: v.object({ dryRun: v.boolean(), erased: erasure }),
    handle: async ({ body: { dryRun, olderThan } }, { param, caller }) => ({
      dryRun,
      erased: await accounts.purge(param("did"), olderThan, dryRun ? null : caller.actor),
    }),
  }),
]
