import { on, type Protocol, protocol } from "../registry.ts"
import {
  addressMessages,
  type Coordination,
  Nothing,
  recipientWords,
  requestMediation,
} from "./coordinate-mediation.ts"

/** coordinate-mediation/3.0 — https://didcomm.org/coordinate-mediation/3.0: recipient-* only, routing_did an array. */
export function coordinateMediation3(coordination: Coordination): Protocol {
  return protocol("https://didcomm.org/coordinate-mediation/3.0", ["mediator"], {
    "mediate-request": on("proven", Nothing, ({ sender, us, message }) =>
      requestMediation(coordination, { did: sender.did, invite: message.pthid }, [coordination.routingDid(us.did)]),
    ),
    ...addressMessages(coordination, recipientWords),
  })
}
