import { speakDecentrl } from "../decentrl/decentrl.ts"
import type { Branch } from "../wire.ts"
import type { JoseThreads } from "./jose/threads.ts"
import type { Ports, Rooms } from "./mailboxes.ts"

const HOUR_MS = 3_600_000

/** Decentrl with the settings of [decentrl]. */
export function openDecentrl({
  settings,
  self,
  store,
  over,
  limits,
  jose,
  ...rooms
}: Rooms & Ports & { jose: Pick<JoseThreads, "verify"> }): Branch {
  const { decentrl } = settings
  return speakDecentrl({
    ...rooms,
    store,
    enter: limits.strangers.enter,
    pace: limits.decentrl,
    within(fact) {
      const acts = store.once(fact)
      return { ...over(acts), reserve: acts.settle }
    },
    own: self,
    verify: jose.verify,
    senderMethods: decentrl.sender_methods,
    limits: {
      payload: decentrl.max_payload,
      eventsPerSave: decentrl.max_events,
      tagsPerEvent: decentrl.max_tags,
      tagLength: decentrl.max_tag_length,
    },
    strangers: {
      waitingOfKind: decentrl.max_contract_requests,
      perSender: { count: decentrl.contract_requests_per_hour, windowMs: HOUR_MS },
    },
  })
}
