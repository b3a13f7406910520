import { hash } from "node:crypto"
import type { Mailboxes } from "../../mailbox/mailboxes.ts"
import type { Registration } from "../../mailbox/model.ts"
import { acknowledging, acts, type Command, direct, reads } from "../registry.ts"
import { dated, type Header, Ids, Letter, type Limits, Paged, paged, pendingEvent, success, TWO_WAY } from "../wire.ts"

/** Letters between identities: TWO_WAY_PRIVATE leaves one, its recipient fetches and acknowledges it. */

/** What kinds of mail there are on this lane. */
export const kinds = { event: "event", request: "contract-request" } as const
type Kind = (typeof kinds)[keyof typeof kinds]

/** Of the content of one page: a page of large letters ends early, and the next one goes on where it ended. */
const PAGE_BYTES = 1024 * 1024

type Waiting = Pick<Mailboxes, "peek" | "standing">

/** A page of one kind of mail, oldest first. */
export async function waitingPage(
  mailboxes: Waiting,
  kind: Kind,
  { id }: Registration,
  { limit, after }: { limit: number; after: number },
) {
  const query = { mailbox: id, lane: "decentrl", address: null, kind } as const
  const items = await mailboxes.peek({ ...query, after, limit, bytes: PAGE_BYTES })
  const last = items.at(-1)?.seq ?? after
  const { messages: remaining } = await mailboxes.standing({ ...query, after: last })
  return { items, ...paged(items.length, remaining, remaining > 0 ? last : null) }
}

/** A parcel from the sender of a command; its nonce makes it one of its kind. */
export const parcel = (kind: Kind, { sender_did, nonce }: Header, content: string) => ({
  kind,
  content,
  sender: sender_did,
  fingerprint: hash("sha256", `${nonce.toLowerCase()} ${sender_did}`, "buffer"),
})

export const events = ({ mailboxes, limits }: { mailboxes: Waiting; limits: Limits }): Command[] => [
  acts(
    { channel: TWO_WAY, type: null, from: "anyone", to: "member" },
    Letter(limits),
    async ({ header, body, turn }) => {
      const content = dated(header.timestamp, body.payload)
      const parcels = [parcel(kinds.event, header, content)]
      const [id = null] = await turn.deposit({
        lane: "decentrl",
        to: [header.recipient_did],
        parcels,
        expiresAt: null,
      })
      return success({ id })
    },
  ),

  reads(direct("QUERY_PENDING_EVENTS"), Paged, async ({ member, body }) => {
    const { items, pagination } = await waitingPage(mailboxes, kinds.event, member, body.pagination)
    return success({ pending_events: items.map(pendingEvent), pagination })
  }),

  acts(acknowledging("ACKNOWLEDGE_PENDING_EVENTS"), Ids, async ({ member, body, turn }) => {
    const given = { mailbox: member.id, lane: "decentrl", kind: kinds.event, ids: body.ids } as const
    return success({ acknowledged: await turn.mailboxes.acknowledge(given) })
  }),
]
