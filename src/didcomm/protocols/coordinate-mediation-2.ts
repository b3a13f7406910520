import { LRUCache } from "lru-cache"
import { bounded } from "../../base/bounded.ts"
import { on, type Protocol, protocol } from "../registry.ts"
import {
  addressMessages,
  type Coordination,
  Nothing,
  recipientWords,
  requestMediation,
} from "./coordinate-mediation.ts"

const keylistWords = {
  update: "keylist-update",
  updated: "keylist-update-response",
  query: "keylist-query",
  list: "keylist",
  items: "keys",
} as const

/**
 * coordinate-mediation/2.0 — https://didcomm.org/coordinate-mediation/2.0. Two vocabularies have stood under this URI:
 * keylist-* (all deployed clients) and, for some months of its text, recipient-*. Each is answered in its own words.
 * `routingDid`: a string is what deployed clients parse, and strict ones fail on an array; but whoever has used the
 * recipient-* names reads the text that has the array, and gets it.
 */
export function coordinateMediation2(coordination: Coordination, given: { routingDid: "string" | "array" }): Protocol {
  const readers = new LRUCache<string, true>(bounded(10_000))
  const worded = (routingDid: string, reader: string) =>
    given.routingDid === "array" || readers.has(reader) ? [routingDid] : routingDid

  return protocol("https://didcomm.org/coordinate-mediation/2.0", ["mediator"], {
    "mediate-request": on("proven", Nothing, ({ sender, us, message }) =>
      requestMediation(
        coordination,
        { did: sender.did, invite: message.pthid },
        worded(coordination.routingDid(us.did), sender.did),
      ),
    ),
    ...addressMessages(coordination, keylistWords),
    ...addressMessages(coordination, recipientWords, (did) => readers.set(did, true)),
  })
}
