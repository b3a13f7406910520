import type { Database } from "bun:sqlite"
import type { AccountStore, Counts, Tally } from "../../mailbox/operator-ports.ts"
import { accountByDid } from "./account-reads.ts"
import type { StoreActs } from "./acts.ts"
import { reading } from "./pages.ts"
import type { Runner } from "./writer.ts"

export function activityActs(db: Database) {
  const add = db.query<null, [number, number, number, number, number]>(
    `INSERT INTO activity (mailbox, day, received, fetched, refused)
       SELECT id, ?2, ?3, ?4, ?5 FROM mailbox WHERE id = ?1
     ON CONFLICT DO UPDATE SET received = received + excluded.received, fetched = fetched + excluded.fetched,
       refused = refused + excluded.refused`,
  )
  return {
    tally(given: readonly Tally[]): void {
      for (const { mailbox, day, received, fetched, refused } of given)
        add.run(mailbox, day, received, fetched, refused)
    },
  }
}

export const activityWrites = (writer: Runner<StoreActs>): Pick<AccountStore, "tally"> => ({
  tally: (given) => writer.run("tally", given),
})

export function activityReads(db: Database): Pick<AccountStore, "activity"> {
  const find = accountByDid(db)
  const days = db.query<Counts & { day: number }, [number]>(
    "SELECT day, received, fetched, refused FROM activity WHERE mailbox = ?1 ORDER BY day",
  )
  const read = db.transaction((did: string) => {
    const known = find.get(did)
    return known && days.all(known.id)
  })
  return { activity: reading(read) }
}
