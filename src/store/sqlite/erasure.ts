/** Taking a registration with everything of it, or only its mail: first counted, then done, by the same conditions. */

import type { Database } from "bun:sqlite"
import type { Erasure } from "../../mailbox/operator-ports.ts"
import { releasing } from "./addresses.ts"
import { markOf } from "./mark.ts"
import { rooms, type Sized } from "./room.ts"
import { readTags } from "./tags.ts"
import { waiting } from "./waiting.ts"

type Owner = { readonly id: number; readonly did: string }
type Total = { n: number; size: number }

const total = "SELECT count(*) AS n, coalesce(sum(size), 0) AS size FROM"
const mail = `message WHERE seq IN (${waiting("seq", "mailbox = ?1")})`
const early = `${mail} AND (?2 IS NULL OR created_at < ?2)`
// What the mediator itself keeps of its contracts with this DID is the DID's, too.
const agreed = `contract WHERE mailbox = ?1
  OR mailbox IN (SELECT id FROM registration WHERE own = 1) AND (one = ?2 OR other = ?2)`

const NOTHING: Erasure = { messages: 0, bytes: 0, addresses: 0, events: 0, contracts: 0, publicEvents: 0 }

/** What would be taken. */
export function measuring(db: Database) {
  const messages = db.query<Total, [number]>(`${total} ${mail}`)
  const earlyOnes = db.query<Total, [number, number | null]>(`${total} ${early}`)
  const events = db.query<Total, [number]>(`${total} event WHERE mailbox = ?1`)
  const contracts = db.query<Total, [number, string]>(`${total} ${agreed}`)
  const publicEvents = db.query<Total, [number]>(`${total} public_event WHERE mailbox = ?1`)
  const addresses = db.query<{ n: number }, [number]>(
    "SELECT count(*) AS n FROM address WHERE mailbox = ?1 AND released = 0",
  )
  const none = { n: 0, size: 0 }

  return {
    erasure({ id, did }: Owner): Erasure {
      const found = {
        messages: messages.get(id) ?? none,
        events: events.get(id) ?? none,
        contracts: contracts.get(id, did) ?? none,
        publicEvents: publicEvents.get(id) ?? none,
      }
      return {
        messages: found.messages.n,
        bytes: Object.values(found).reduce((sum, { size }) => sum + size, 0),
        addresses: addresses.get(id)?.n ?? 0,
        events: found.events.n,
        contracts: found.contracts.n,
        publicEvents: found.publicEvents.n,
      }
    },

    /** Of mail that came before `before`, or of all. */
    purging(mailbox: number, before: number | null): Erasure {
      const { n, size } = earlyOnes.get(mailbox, before) ?? none
      return { ...NOTHING, messages: n, bytes: size }
    },
  }
}

/** Takes it. */
export function erasing(db: Database) {
  const { erasure, purging } = measuring(db)
  const addresses = db.query<{ id: number; mailbox: number }, [number]>(
    "SELECT id, mailbox FROM address WHERE mailbox = ?1",
  )
  const contracts = db.query<Sized & { mailbox: number }, [number, string]>(
    `DELETE FROM ${agreed} RETURNING mailbox, size`,
  )
  const dropEarly = db.query<Sized, [number, number | null]>(`DELETE FROM ${early} RETURNING size`)
  const shown = db.query<{ seq: number; did: string; tags: string }, [number]>(
    "DELETE FROM public_event WHERE mailbox = ?1 RETURNING seq, did, tags",
  )
  const untie = db.query<null, [bigint, string, number]>(
    "DELETE FROM public_event_tag WHERE publisher = ?1 AND tag = ?2 AND event = ?3",
  )
  const rest = [
    `DELETE FROM ${mail}`,
    "DELETE FROM event_tag WHERE mailbox = ?1",
    "DELETE FROM event WHERE mailbox = ?1",
    "DELETE FROM notice WHERE mailbox = ?1",
    "DELETE FROM activity WHERE mailbox = ?1",
    "DELETE FROM mailbox WHERE id = ?1",
    "DELETE FROM registration WHERE successor = ?1",
    "DELETE FROM registration WHERE id = ?1",
  ].map((sql) => db.query<null, [number]>(sql))
  const release = releasing(db)
  const room = rooms(db)

  return {
    /** Erases the registration, its mail, archive and names, and what it was called before. */
    erase(owner: Owner): Erasure {
      const { id, did } = owner
      const taken = erasure(owner)
      for (const { seq, did: publisher, tags } of shown.all(id)) {
        for (const tag of readTags(tags)) untie.run(markOf(publisher), tag, seq)
      }
      for (const [mailbox, of] of Map.groupBy(contracts.all(id, did), (one) => one.mailbox)) room.giveBack(mailbox, of)
      const [dropMail, ...others] = rest
      dropMail?.run(id)
      // Without mail that waits for them, addresses go at once.
      for (const address of addresses.all(id)) release(address)
      for (const one of others) one.run(id)
      return taken
    },

    /** Deletes mail that came before `before`, or all of it. */
    purge(mailbox: number, before: number | null): Erasure {
      const taken = purging(mailbox, before)
      room.giveBack(mailbox, dropEarly.all(mailbox, before))
      return taken
    },
  }
}
