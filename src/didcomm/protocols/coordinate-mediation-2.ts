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
 * `routingDid`: a string is what deployed clients parse; strict ones fail on an array.
 */
export function coordinateMediation2(coordination: Coordination, given: { routingDid: "string" | "array" }): Protocol {
  return protocol("https://didcomm.org/coordinate-mediation/2.0", ["mediator"], {
    "mediate-request": on("proven", Nothing, ({ sender, us }) =>
      requestMediation(coordination, sender.did, given.routingDid === "array" ? [us.did] : us.did),
    ),
    ...addressMessages(coordination, keylistWords),
    ...addressMessages(coordination, recipientWords),
  })
}
