import type { Archive } from "../../mailbox/archive.ts"
import { acts, type Command, direct, reads } from "../registry.ts"
import { dated, type Limits, paged, Query, Retag, Save, savedEvent, success } from "../wire.ts"

/** What an identity keeps for itself: saved events, found by their tags. */
export const savedEvents = ({ archive, limits }: { archive: Pick<Archive, "query">; limits: Limits }): Command[] => [
  acts(direct("SAVE_EVENTS"), Save(limits), async ({ header, member, body, turn }) => {
    const kept = body.events.map((event) => ({ ...event, payload: dated(header.timestamp, event.payload) }))
    return success({ event_ids: await turn.archive.save(member.id, kept) })
  }),

  reads(direct("QUERY_EVENTS"), Query(limits), async ({ member, body: { tags, match, pagination } }) => {
    const { items, remaining, next } = await archive.query({ mailbox: member.id, tags, match, ...pagination })
    return success({ events: items.map(savedEvent), ...paged(items.length, remaining, next) })
  }),

  acts(direct("UPDATE_EVENT_TAGS"), Retag(limits), async ({ member, body, turn }) =>
    success({ updated: await turn.archive.retag(member.id, body.updates) }),
  ),
]
