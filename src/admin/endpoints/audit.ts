import * as v from "valibot"
import type { AuditStore } from "../../mailbox/operator-ports.ts"
import { endpoint } from "../endpoint.ts"
import { amount, beginning, digits, given, limit, moment, search } from "../shapes.ts"

export const auditLine = v.object({
  seq: amount,
  at: moment,
  actor: v.string(),
  action: v.string(),
  subject: v.string(),
  detail: v.string(),
  hash: v.string(),
})

export const auditEndpoints = (store: Pick<AuditStore, "auditLines" | "verifyAudit">) => [
  endpoint({
    method: "GET",
    path: "/audit",
    access: "read",
    summary: "Who did what: newest first before the line `before`, or oldest first after the line `after`.",
    query: v.strictObject({
      before: v.optional(digits),
      after: v.optional(digits),
      text: search,
      action: beginning,
      limit,
    }),
    answer: v.object({ items: v.array(auditLine), next: v.nullable(amount) }),
    async handle({ query: { limit, ...query } }) {
      // One more than asked for tells whether there are more.
      const read = await store.auditLines({ ...given(query), limit: limit + 1 })
      const items = [...read.slice(0, limit)]
      return { items, next: read.length > limit ? (items.at(-1)?.seq ?? null) : null }
    },
  }),
  endpoint({
    method: "POST",
    path: "/audit/verify",
    access: "read",
    summary: "Check that no line was changed or taken out.",
    answer: v.object({ ok: v.boolean(), lines: amount, broken: v.nullable(amount) }),
    async handle(_, { keepOpen }) {
      keepOpen()
      const { lines, broken } = await store.verifyAudit()
      return { ok: broken === null, lines, broken }
    },
  }),
]
