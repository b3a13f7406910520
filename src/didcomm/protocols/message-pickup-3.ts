import { type Clock, toSeconds } from "../../base/clock.ts"
import { on, type Protocol, protocol } from "../registry.ts"
import {
  commonMessages,
  DeliveryRequest,
  echo,
  enclosed,
  fetchOldest,
  MessagesReceived,
  type Pickup,
} from "./message-pickup.ts"

const URI = "https://didcomm.org/messagepickup/3.0"

/** messagepickup/3.0 — https://didcomm.org/messagepickup/3.0: times in seconds; nothing to deliver is answered by a status. */
export function messagePickup3(pickup: Pickup, clock: Clock): Protocol {
  const { status, messages } = commonMessages(pickup, URI, (oldestAt, newestAt) => ({
    longest_waited_seconds: Math.max(0, toSeconds(clock.now() - oldestAt)),
    newest_received_time: toSeconds(newestAt),
    oldest_received_time: toSeconds(oldestAt),
  }))

  return protocol(URI, ["mediator"], {
    ...messages,
    "delivery-request": on(
      "member",
      DeliveryRequest,
      async ({ body, member, connection }) => {
        const found = await fetchOldest(pickup, member, body)
        if (found.length === 0) return status(member, connection, body.recipient_did)
        return { type: "delivery", body: echo(body.recipient_did), attachments: found.map(enclosed) }
      },
      { fetches: true },
    ),
    "messages-received": on(
      "member",
      MessagesReceived,
      async ({ body, member, connection }) => {
        await pickup.mailboxes.acknowledge({ mailbox: member.id, lane: "didcomm", ids: body.message_id_list })
        return status(member, connection)
      },
      { fetches: true },
    ),
  })
}
