import * as v from "valibot"
import { Fault } from "../../faults.ts"
import type { Archive } from "../../mailbox/archive.ts"
import type { Outbound } from "../../wire.ts"
import { refused } from "../endpoint.ts"
import { acts, type Command, oneWay } from "../registry.ts"
import type { Signers } from "../signers.ts"
import { EventId, type Limits, mediaType, PublicQuery, Publish, paged, publicEvent, success } from "../wire.ts"

/** What a publisher shows everybody (DCTRL-0007). */
export const publicEvents = ({ signers, limits }: { signers: Signers; limits: Limits }): Command[] => [
  acts(oneWay("PUBLISH_PUBLIC_EVENT"), Publish(limits), async ({ header, document, member, body, turn }) => {
    const { event_signature, ...event } = body
    if (!(await signers.isGenuine(document, header.sender_signing_key_id, event, event_signature))) {
      throw new Fault("command.signature", { detail: "the event's" })
    }
    const shown = {
      publisher: header.sender_did,
      channel: event.channel_id,
      tags: [...new Set(event.tags)],
      content: JSON.stringify(body),
    }
    return success({ public_event_id: await turn.archive.publish(member.id, shown) })
  }),

  acts(oneWay("DELETE_PUBLIC_EVENT"), EventId, async ({ member, body, turn }) => {
    const isDone = await turn.archive.unpublish({ mailbox: member.id, id: body.public_event_id })
    return success({ deleted: isDone ? 1 : 0 })
  }),
]

/** `GET /public/{did}`: what the DID shows, newest first; nothing for one that is not known. Never rejects. */
export const readPublic =
  ({ archive }: { archive: Pick<Archive, "published"> }) =>
  async (did: string, given: Readonly<Record<string, string>>): Promise<Outbound> => {
    try {
      const query = v.safeParse(PublicQuery, given, { abortEarly: true })
      if (!query.success) throw new Fault("command.body", { detail: query.issues[0].message })
      const { channel_id: channel = null, tag = null, limit, cursor: after } = query.output
      const { items, remaining, next } = await archive.published({ publisher: did, channel, tag, limit, after })
      const page = { events: items.map(publicEvent), ...paged(items.length, remaining, next) }
      return { status: "answered", mediaType, text: JSON.stringify(page) }
    } catch (thrown) {
      return refused(Fault.from(thrown))
    }
  }
