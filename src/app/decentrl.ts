import { speakDecentrl } from "../decentrl/decentrl.ts"
import type { Fact } from "../mailbox/ports.ts"
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
  const { mailboxes } = rooms
  const viewOf = (fact: Fact) => over(store.once(fact))
  return speakDecentrl({
    ...rooms,
    store,
    enter: limits.strangers.enter,
    pace: limits.decentrl,
    // Letters are most of what comes, and need no view made for them.
    within(fact) {
      let made: ReturnType<typeof viewOf> | null = null
      const view = () => {
        made ??= viewOf(fact)
        return made
      }
      return {
        deposit: (given) => mailboxes.deposit({ ...given, once: fact }),
        get mailboxes() {
          return view().mailboxes
        },
        get registrations() {
          return view().registrations
        },
        get archive() {
          return view().archive
        },
        get store() {
          return view().store
        },
        reserve: () => view().store.settle(),
      }
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
