import * as v from "valibot"
import type { AccountStore } from "../../mailbox/operator-ports.ts"
import { endpoint } from "../endpoint.ts"
import { after, amount, given, lanes, limit, listing, moment, search } from "../shapes.ts"

const sorts = ["messages", "bytes", "oldest", "unacknowledged"] as const

export const queue = v.object({
  did: v.string(),
  label: v.string(),
  lanes: v.array(v.picklist(lanes)),
  messages: amount,
  bytes: amount,
  oldestAt: moment,
  unacknowledged: v.pipe(amount, v.metadata({ description: "Handed out, and not acknowledged since." })),
})

/** Mail that waits, by who owns it. */
export const queueEndpoints = (store: Pick<AccountStore, "queues">) => [
  endpoint({
    method: "GET",
    path: "/queues",
    access: "read",
    summary: "Mailboxes in which mail waits, after a cursor: those with most of what `sort` names first.",
    query: v.strictObject({ sort: v.optional(v.picklist(sorts), "messages"), text: search, after, limit }),
    answer: listing(queue),
    handle: async ({ query: { limit, ...query } }) => store.queues({ ...given(query), limit }),
  }),
]
