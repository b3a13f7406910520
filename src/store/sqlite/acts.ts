import type { Database } from "bun:sqlite"
import { addressActs } from "./addresses.ts"
import { ledgerActs } from "./ledger.ts"
import { messageActs } from "./messages.ts"
import { registrationActs } from "./registrations.ts"
import { upkeepActs } from "./upkeep.ts"

/** Every change there is, prepared on one write connection. The writer runs them inside its transactions. */
export const storeActs = (db: Database) => ({
  ...registrationActs(db),
  ...addressActs(db),
  ...messageActs(db),
  ...ledgerActs(db),
  ...upkeepActs(db),
})

export type StoreActs = ReturnType<typeof storeActs>
