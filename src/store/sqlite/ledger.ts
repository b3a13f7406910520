import type { Database } from "bun:sqlite"
import type { Clock } from "../../base/clock.ts"
import type { Ledger } from "../../base/ledger.ts"
import type { StoreActs } from "./acts.ts"
import { markOf } from "./mark.ts"
import { marking } from "./marks.ts"
import type { Runner } from "./writer.ts"

export function ledgerActs(db: Database) {
  const { note } = marking(db, "fact")
  return {
    reserve: (fact: { kind: string; key: string; until: number; now: number }): boolean =>
      note(markOf(fact.kind, fact.key), fact.until, fact.now),
  }
}

export type LedgerActs = ReturnType<typeof ledgerActs>

export const ledger = (writer: Runner<StoreActs>, clock: Clock): Ledger => ({
  reserve: (kind, key, until) => writer.run("reserve", { kind, key, until, now: clock.now() }),
})
