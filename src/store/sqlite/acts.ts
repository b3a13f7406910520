import type { Database } from "bun:sqlite"
import { accountActs } from "./accounts.ts"
import { activityActs } from "./activity.ts"
import { addressActs } from "./addresses.ts"
import { adminActs } from "./admins.ts"
import { archiveActs } from "./archive.ts"
import { auditActs } from "./audit.ts"
import { inviteActs } from "./invites.ts"
import { ledgerActs } from "./ledger.ts"
import { messageActs } from "./messages.ts"
import { noticeActs } from "./notices.ts"
import { onceActs } from "./once.ts"
import { registrationActs } from "./registrations.ts"
import { upkeepActs } from "./upkeep.ts"

/** Every change there is, prepared on one write connection. The writer runs them inside its transactions. */
export function storeActs(db: Database) {
  const acts = {
    ...registrationActs(db),
    ...accountActs(db),
    ...activityActs(db),
    ...inviteActs(db),
    ...auditActs(db),
    ...noticeActs(db),
    ...adminActs(db),
    ...addressActs(db),
    ...messageActs(db),
    ...archiveActs(db),
    ...ledgerActs(db),
    ...upkeepActs(db),
  }
  return { ...acts, ...onceActs(acts) }
}

export type StoreActs = ReturnType<typeof storeActs>
