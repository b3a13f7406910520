/** What every backend of the store must do: the sentences of src/mailbox/*ports.ts and src/base/ledger.ts, as tests. */

import { describe } from "bun:test"
import { accountContract } from "./accounts.ts"
import { activityContract } from "./activity.ts"
import { addressContract } from "./addresses.ts"
import { adminContract } from "./admins.ts"
import { auditContract } from "./audit.ts"
import { contractContract } from "./contracts.ts"
import { depositContract } from "./deposits.ts"
import { erasureContract } from "./erasure.ts"
import { eventContract } from "./events.ts"
import { holdingContract } from "./holdings.ts"
import { horizonContract } from "./horizon.ts"
import { idleContract } from "./idle.ts"
import { inviteContract } from "./invites.ts"
import { kindContract } from "./kinds.ts"
import { ledgerContract } from "./ledger.ts"
import { limitContract } from "./limits.ts"
import { modelContract } from "./model.ts"
import { noticeContract } from "./notices.ts"
import { onceContract } from "./once.ts"
import { publicEventContract } from "./public-events.ts"
import { queueContract } from "./queues.ts"
import { quotaContract } from "./quotas.ts"
import { readingContract } from "./reading.ts"
import { registrationContract } from "./registrations.ts"
import { rotationContract } from "./rotation.ts"
import { standingContract } from "./standing.ts"
import type { Place } from "./world.ts"

/** Declares the suite for one backend; `place` makes an empty place for its stores. */
export function storeContract(name: string, place: () => Promise<Place>): void {
  describe(name, () => {
    registrationContract(place)
    rotationContract(place)
    addressContract(place)
    depositContract(place)
    limitContract(place)
    quotaContract(place)
    horizonContract(place)
    standingContract(place)
    readingContract(place)
    kindContract(place)
    eventContract(place)
    contractContract(place)
    publicEventContract(place)
    ledgerContract(place)
    accountContract(place)
    holdingContract(place)
    activityContract(place)
    queueContract(place)
    erasureContract(place)
    idleContract(place)
    inviteContract(place)
    auditContract(place)
    adminContract(place)
    noticeContract(place)
    onceContract(place)
    modelContract(place)
  })
}
