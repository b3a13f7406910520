/** What no client asks for: forgetting, giving pages back, and noticing others. */

import type { Database } from "bun:sqlite"
import { auditing } from "./audit.ts"
import { erasing } from "./erasure.ts"
import type { Moment } from "./horizon.ts"
import { settling } from "./marks.ts"
import { rooms, type Sized } from "./room.ts"
import { waiting } from "./waiting.ts"

// Marks are swept slice by slice: an index on their end would cost every deposit, and a deletion in that order
// would touch a page for each of them.
const SLICES = 64n
const SLICE = 2n ** 64n / SLICES
const LOWEST = -(2n ** 63n)

/** How many expired contracts, counts and the like one act of upkeep forgets at most. */
export const STEP = 2000
const PAGES = 256
const THIRTY_DAYS = 30 * 86_400_000

export function upkeepActs(db: Database) {
  const forgetMarks = db.query<null, [bigint, bigint, number]>(
    "DELETE FROM seen WHERE mark BETWEEN ?1 AND ?2 AND until <= ?3",
  )
  const forgetPaces = db.query<null, [number, number]>(
    "DELETE FROM pace WHERE (mark, until) IN (SELECT mark, until FROM pace WHERE until <= ?1 ORDER BY until LIMIT ?2)",
  )
  const forgetContracts = db.query<Sized & { mailbox: number }, [number, number]>(
    `DELETE FROM contract WHERE seq IN
       (SELECT seq FROM contract WHERE expires_at <= ?1 ORDER BY expires_at LIMIT ?2)
     RETURNING mailbox, size`,
  )
  const forgetAddresses = db.query<null, [number]>(
    `DELETE FROM address WHERE id IN
       (SELECT id FROM address a WHERE released = 1 AND NOT EXISTS
         (${waiting("1", "mailbox = a.mailbox AND address = a.id")}) LIMIT ?1)`,
  )
  const forgetDesk = db.query<null, [number, number]>(
    "DELETE FROM desk WHERE (kind, key) IN (SELECT kind, key FROM desk WHERE until <= ?1 ORDER BY until LIMIT ?2)",
  )
  const forgetActivity = db.query<null, [number, number]>(
    `DELETE FROM activity WHERE (mailbox, day) IN
       (SELECT mailbox, day FROM activity WHERE day <= ?1 - ${THIRTY_DAYS} ORDER BY day LIMIT ?2)`,
  )
  const unanswered = db.query<{ id: number; did: string }, [number, number]>(
    "SELECT id, did FROM registration WHERE state = 'pending' AND expires_at <= ?1 ORDER BY expires_at LIMIT ?2",
  )
  const settle = settling(db)
  const note = auditing(db)
  const { erase } = erasing(db)
  const probe = db.query<null, [number]>("INSERT OR REPLACE INTO seen_lately (mark, until, fact) VALUES (0, ?1, 0)")
  const freePages = db.query<{ freelist_count: number }, []>("PRAGMA freelist_count")
  const allPages = db.query<{ page_count: number }, []>("PRAGMA page_count")
  const dataVersion = db.query<{ data_version: number }, []>("PRAGMA data_version")

  const room = rooms(db)

  function forgetUnanswered({ now, horizon }: Moment): number {
    const ended = unanswered.all(horizon, STEP)
    for (const owner of ended) {
      erase(owner)
      note({ actor: "upkeep", action: "registration.expired", subject: owner.did }, now)
    }
    return ended.length
  }

  let slice = 0n
  let version = dataVersion.get()?.data_version
  let changes = 0

  return {
    /** Forgets a slice of the marks, and up to STEP of whatever else has ended; the most it forgot of one sort. */
    forgetEnded(moment: Moment): number {
      const { horizon } = moment
      const from = LOWEST + slice * SLICE
      slice = (slice + 1n) % SLICES
      settle()
      forgetMarks.run(from, from + SLICE - 1n, horizon)
      forgetAddresses.run(STEP)
      const contracts = forgetContracts.all(horizon, STEP)
      for (const [mailbox, of] of Map.groupBy(contracts, (one) => one.mailbox)) room.giveBack(mailbox, of)
      const others = [forgetPaces, forgetDesk, forgetActivity].map((query) => query.run(horizon, STEP).changes)
      return Math.max(contracts.length, forgetUnanswered(moment), ...others)
    },

    /** Gives up to 256 free pages back to the disk once they are a quarter of the file: below that they get used again. */
    shrink(_: null): void {
      const free = freePages.get()?.freelist_count ?? 0
      if (free > PAGES && free * 4 > (allPages.get()?.page_count ?? 0)) db.run(`PRAGMA incremental_vacuum(${PAGES})`)
    },

    /** Writes a row, to see whether that can be done. */
    probe: ({ now }: { now: number }): void => void probe.run(now),

    /** A number that rises when another connection has changed the database since it was last asked. */
    foreignChanges(_: null): number {
      const seen = dataVersion.get()?.data_version
      if (seen !== version) changes++
      version = seen
      return changes
    },
  }
}
