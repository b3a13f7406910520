import type { Database } from "bun:sqlite"
import type { Clock } from "../../base/clock.ts"
import type { Ledger } from "../../base/ledger.ts"
import type { StoreActs } from "./acts.ts"
import type { Runner } from "./writer.ts"

export function ledgerActs(db: Database) {
  const note = db.query<null, [string, string, number, number]>(
    `INSERT INTO ledger (kind, key, until) VALUES (?1, ?2, ?3)
     ON CONFLICT DO UPDATE SET until = excluded.until WHERE until <= ?4`,
  )
  return {
    reserve: (fact: { kind: string; key: string; until: number; now: number }): boolean =>
      note.run(fact.kind, fact.key, fact.until, fact.now).changes > 0,
  }
}

export type LedgerActs = ReturnType<typeof ledgerActs>

export const ledger = (writer: Runner<StoreActs>, clock: Clock): Ledger => ({
  reserve: (kind, key, until) => writer.run("reserve", { kind, key, until, now: clock.now() }),
})
