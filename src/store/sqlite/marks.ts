/** What came before: marks that are known until they end, the latest of them in a table of their own (001-first.sql). */

import type { Database } from "bun:sqlite"

/** So many lie close together before they are moved, in order: then many share a page of where they go. */
const MOST_LATELY = 2000

const codes = { message: 0, fact: 1 } as const

export function marking(db: Database, sort: keyof typeof codes) {
  const add = db.query<null, [mark: bigint, until: number, now: number]>(
    `INSERT INTO seen_lately (mark, until, fact) SELECT ?1, ?2, ${codes[sort]}
       WHERE NOT EXISTS (SELECT 1 FROM seen WHERE mark = ?1 AND until > ?3)
     ON CONFLICT DO UPDATE SET until = excluded.until WHERE until <= ?3`,
  )
  const remove = ["seen_lately", "seen"].map((table) =>
    db.query<null, [bigint]>(`DELETE FROM ${table} WHERE mark = ?1`),
  )
  const settle = settling(db)
  let lately = 0

  return {
    /** Whether a mark is new at `now`; from then on it is known until `until`. Epoch ms. */
    note(mark: bigint, until: number, now: number): boolean {
      if (add.run(mark, until, now).changes === 0) return false
      lately = (lately + 1) % MOST_LATELY
      if (lately === 0) settle()
      return true
    },
    unnote(mark: bigint): void {
      for (const query of remove) query.run(mark)
    },
  }
}

/** Moves the latest marks to all the others. */
export function settling(db: Database): () => void {
  // What a disk has made something else of is left behind: it would stop all the others.
  const move = db.query(
    `INSERT OR REPLACE INTO seen SELECT mark, until, fact FROM seen_lately
     WHERE typeof(mark) = 'integer' AND typeof(until) = 'integer' AND typeof(fact) = 'integer'`,
  )
  const empty = db.query("DELETE FROM seen_lately")
  return () => {
    if (move.run().changes > 0) empty.run()
  }
}
