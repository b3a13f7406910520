import type { Database } from "bun:sqlite"
import type { Quota, SavedEvent } from "../../mailbox/model.ts"
import type { ArchiveStore } from "../../mailbox/ports.ts"
import type { StoreActs } from "./acts.ts"
import type { Gate } from "./backlog.ts"
import { numberAt } from "./bound.ts"
import { type Moment, type Moments, momentOf } from "./horizon.ts"
import { atLeast0, pageOf, reading } from "./pages.ts"
import { rooms, type Sized, total } from "./room.ts"
import { bytesOf, readTags, tagSet, writeTags } from "./tags.ts"
import type { Runner } from "./writer.ts"

type NewEvent = SavedEvent & Sized
type Retagging = { readonly id: string; readonly tags: readonly string[] }

export function eventActs(db: Database) {
  const find = db.query<{ seq: number; tags: string }, [number, string]>(
    "SELECT seq, tags FROM event WHERE mailbox = ?1 AND id = ?2",
  )
  const insert = db.query<null, [number, string, number, number, string, string]>(
    "INSERT INTO event (mailbox, id, size, created_at, tags, payload) VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
  )
  const retag = db.query<null, [number, string, number]>("UPDATE event SET tags = ?2, size = size + ?3 WHERE seq = ?1")
  const tie = db.query<null, [number, string, number]>(
    "INSERT INTO event_tag (mailbox, tag, event) VALUES (?1, ?2, ?3)",
  )
  const untie = db.query<null, [number, string, number]>(
    "DELETE FROM event_tag WHERE mailbox = ?1 AND tag = ?2 AND event = ?3",
  )
  const room = rooms(db)

  return {
    saveEvents(given: { mailbox: number; events: readonly NewEvent[]; quota: Quota } & Moment): "stored" | "full" {
      const { mailbox, now, horizon } = given
      const byId = new Map(given.events.toReversed().map((event) => [event.id, event]))
      const fresh = given.events.filter((event) => byId.get(event.id) === event && find.get(mailbox, event.id) === null)
      if (!room.claim(mailbox, { items: fresh.length, bytes: total(fresh) }, given.quota, horizon)) return "full"
      for (const { id, size, tags, payload } of fresh) {
        const seq = Number(insert.run(mailbox, id, size, now, writeTags(tags), payload).lastInsertRowid)
        for (const tag of tags) tie.run(mailbox, tag, seq)
      }
      return "stored"
    },

    retagEvents(given: { mailbox: number; updates: readonly Retagging[]; quota: Quota } & Moment): number | "full" {
      const { mailbox } = given
      const updates = new Map(given.updates.map(({ id, tags }) => [id, tags]))
      const found = [...updates].flatMap(([id, tags]) => {
        const row = find.get(mailbox, id)
        if (row === null) return []
        const before = readTags(row.tags)
        return [{ seq: row.seq, before, tags, growth: bytesOf(tags) - bytesOf(before) }]
      })
      const bytes = found.reduce((sum, { growth }) => sum + growth, 0)
      if (!room.claim(mailbox, { items: 0, bytes }, given.quota, given.horizon)) return "full"
      for (const { seq, before, tags, growth } of found) {
        for (const tag of before) untie.run(mailbox, tag, seq)
        for (const tag of tags) tie.run(mailbox, tag, seq)
        retag.run(seq, writeTags(tags), growth)
      }
      return found.length
    },
  }
}

type Row = Sized & { seq: number; id: string; created_at: number; tags: string; payload: string }

const eventOf = (row: Row) => ({
  id: row.id,
  payload: row.payload,
  tags: readTags(row.tags),
  createdAt: row.created_at,
})

export function eventReads(db: Database): Pick<ArchiveStore, "queryEvents"> {
  const columns = "seq, id, size, created_at, tags, payload"
  const all = db.query<Row, [number, number, number]>(
    `SELECT ${columns} FROM event WHERE mailbox = ${numberAt(1)} AND seq > ?2 ORDER BY seq LIMIT ${numberAt(3)}`,
  )
  const countAll = db.query<{ n: number }, [number, number]>(
    "SELECT count(*) AS n FROM event WHERE mailbox = ?1 AND seq > ?2",
  )
  const tagged = `SELECT event FROM event_tag
    WHERE mailbox = ${numberAt(1)} AND event > ?2 AND tag IN (SELECT value FROM json_each(?3))
    GROUP BY event HAVING count(*) >= ?4`
  const some = db.query<Row, [number, number, string, number, number]>(
    `SELECT ${columns} FROM event WHERE seq IN (${tagged}) ORDER BY seq LIMIT ${numberAt(5)}`,
  )
  const countSome = db.query<{ n: number }, [number, number, string, number]>(`SELECT count(*) AS n FROM (${tagged})`)

  const readPage = db.transaction((query: Parameters<ArchiveStore["queryEvents"]>[0]) => {
    const { mailbox, after, match } = query
    const limit = atLeast0(query.limit)
    const tags = tagSet(query.tags)
    const [column, needed] = [writeTags(tags), match === "all" ? tags.length : 1]
    return pageOf(query, {
      rows:
        tags.length === 0 ? all.iterate(mailbox, after, limit) : some.iterate(mailbox, after, column, needed, limit),
      matching:
        (tags.length === 0 ? countAll.get(mailbox, after) : countSome.get(mailbox, after, column, needed))?.n ?? 0,
      item: eventOf,
    })
  })
  return { queryEvents: reading((query) => readPage(query)) }
}

export const eventWrites = (
  writer: Runner<StoreActs>,
  { gate, ...moments }: Moments & { gate: Gate },
): Pick<ArchiveStore, "saveEvents" | "retagEvents"> => ({
  saveEvents({ mailbox, events, quota }) {
    const sized = events.map(({ id, payload, tags: given }) => {
      const tags = tagSet(given)
      return { id, payload, tags, size: Buffer.byteLength(payload) + bytesOf(tags) }
    })
    return gate(total(sized), () => writer.run("saveEvents", { mailbox, events: sized, quota, ...momentOf(moments) }))
  },
  retagEvents({ mailbox, updates, quota }) {
    const sets = updates.map(({ id, tags }) => ({ id, tags: tagSet(tags) }))
    const bytes = sets.reduce((sum, { tags }) => sum + bytesOf(tags), 0)
    return gate(bytes, () => writer.run("retagEvents", { mailbox, updates: sets, quota, ...momentOf(moments) }))
  },
})
