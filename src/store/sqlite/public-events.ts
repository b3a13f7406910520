import type { Database } from "bun:sqlite"
import type { PublicEvent, Quota } from "../../mailbox/model.ts"
import type { ArchiveStore } from "../../mailbox/ports.ts"
import type { StoreActs } from "./acts.ts"
import type { Gate } from "./backlog.ts"
import { numberAt, textAt } from "./bound.ts"
import { type Moment, type Moments, momentOf } from "./horizon.ts"
import { markOf } from "./mark.ts"
import { atLeast0, pageOf, reading } from "./pages.ts"
import { rooms, type Sized } from "./room.ts"
import { bytesOf, readTags, tagSet, writeTags } from "./tags.ts"
import type { Runner } from "./writer.ts"

type NewPublicEvent = PublicEvent & Sized & { readonly mark: bigint }

export function publicEventActs(db: Database) {
  const find = db.query<{ 1: number }, [number, string]>("SELECT 1 FROM public_event WHERE mailbox = ?1 AND id = ?2")
  const insert = db.query<null, [number, bigint, number, string, string, string, string, string]>(
    `INSERT INTO public_event (mailbox, publisher, size, id, did, channel, tags, content)
     VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)`,
  )
  const tie = db.query<null, [bigint, string, number]>(
    "INSERT INTO public_event_tag (publisher, tag, event) VALUES (?1, ?2, ?3)",
  )
  const drop = db.query<Sized & { seq: number; did: string; tags: string }, [number, string]>(
    "DELETE FROM public_event WHERE mailbox = ?1 AND id = ?2 RETURNING seq, size, did, tags",
  )
  const untie = db.query<null, [bigint, string, number]>(
    "DELETE FROM public_event_tag WHERE publisher = ?1 AND tag = ?2 AND event = ?3",
  )
  const room = rooms(db)

  return {
    publish(given: { mailbox: number; event: NewPublicEvent; quota: Quota } & Moment): "stored" | "full" {
      const { mailbox, event, quota, horizon } = given
      const { mark, size, id, publisher, channel, tags, content } = event
      if (find.get(mailbox, id)) return "stored"
      if (!room.claim(mailbox, { items: 1, bytes: size }, quota, horizon)) return "full"
      const kept = insert.run(mailbox, mark, size, id, publisher, channel, writeTags(tags), content)
      for (const tag of tags) tie.run(mark, tag, Number(kept.lastInsertRowid))
      return "stored"
    },

    unpublish({ mailbox, id }: { mailbox: number; id: string }): boolean {
      const dropped = drop.all(mailbox, id)
      for (const { seq, did, tags } of dropped) {
        for (const tag of readTags(tags)) untie.run(markOf(did), tag, seq)
      }
      room.giveBack(mailbox, dropped)
      return dropped.length > 0
    },
  }
}

type Row = Sized & { seq: number; id: string; did: string; channel: string; tags: string; content: string }

const eventOf = (row: Row): PublicEvent => ({
  id: row.id,
  publisher: row.did,
  channel: row.channel,
  tags: readTags(row.tags),
  content: row.content,
})

type Filter = { readonly channel: string | null; readonly tag: string | null }
type Where = [publisher: bigint, channel: string | null, tag: string | null, before: number]

/** A publisher's events, as `FROM … WHERE …` over ?1 publisher, ?2 channel, ?3 tag, ?4 before. */
function shown({ channel, tag }: Filter): string {
  const inChannel = channel === null ? "" : `AND channel = ${textAt(2)}`
  if (tag === null) return `FROM public_event e WHERE publisher = ${numberAt(1)} ${inChannel} AND seq < ?4`
  return `FROM public_event_tag t CROSS JOIN public_event e ON e.seq = t.event
    WHERE t.publisher = ${numberAt(1)} AND t.tag = ${textAt(3)} AND t.event < ?4 ${inChannel}`
}

export function publicEventReads(db: Database): Pick<ArchiveStore, "published"> {
  // `query` prepares each of the four texts once.
  const rows = (filter: Filter) =>
    db.query<Row, [...Where, did: string, limit: number]>(
      `SELECT e.* ${shown(filter)} AND did = ${textAt(5)} ORDER BY ${filter.tag === null ? "seq" : "t.event"} DESC LIMIT ${numberAt(6)}`,
    )
  const count = (filter: Filter) => db.query<{ n: number }, Where>(`SELECT count(*) AS n ${shown(filter)}`)

  const readPage = db.transaction((query: Parameters<ArchiveStore["published"]>[0]) => {
    const { publisher, channel, tag, after, limit } = query
    const where: Where = [markOf(publisher), channel, tag, after === 0 ? Number.MAX_SAFE_INTEGER : after]
    return pageOf(query, {
      rows: rows(query).iterate(...where, publisher, atLeast0(limit)),
      matching: count(query).get(...where)?.n ?? 0,
      item: eventOf,
    })
  })
  return { published: reading((query) => readPage(query)) }
}

export const publicEventWrites = (
  writer: Runner<StoreActs>,
  { gate, ...moments }: Moments & { gate: Gate },
): Pick<ArchiveStore, "publish" | "unpublish"> => ({
  publish({ mailbox, event: given, quota }) {
    const tags = tagSet(given.tags)
    const size = Buffer.byteLength(given.content) + bytesOf(tags)
    const event = { ...given, tags, size, mark: markOf(given.publisher) }
    return gate(size, () => writer.run("publish", { mailbox, event, quota, ...momentOf(moments) }))
  },
  unpublish: (given) => writer.run("unpublish", given),
})
