import { on, type Protocol, protocol } from "../registry.ts"
import {
  commonMessages,
  DeliveryRequest4,
  echo,
  enclosed,
  fetchOldest,
  MessagesReceived,
  type Pickup,
} from "./message-pickup.ts"

const URI = "https://didcomm.org/message-pickup/4.0"

/**
 * message-pickup/4.0 — https://didcomm.org/message-pickup/4.0 (with the hyphen): times in milliseconds; nothing to
 * deliver is an empty delivery; acknowledgements are not answered.
 */
export function messagePickup4(pickup: Pickup): Protocol {
  const common = commonMessages(pickup, URI, (oldestAt, newestAt) => ({
    newest_received_time: newestAt,
    oldest_received_time: oldestAt,
  }))

  const messages: Protocol["messages"] = {
    ...common.messages,
    "delivery-request": on(
      "member",
      DeliveryRequest4,
      async ({ body, member }) => {
        const wanted = { limit: body.message_count_limit, recipient_did: body.recipient_did }
        const found = await fetchOldest(pickup, member, wanted)
        return { type: "delivery", body: echo(body.recipient_did), attachments: found.map(enclosed) }
      },
      { fetches: true },
    ),
    "messages-received": on(
      "member",
      MessagesReceived,
      async ({ body, member }) => {
        await pickup.mailboxes.acknowledge({ mailbox: member.id, lane: "didcomm", ids: body.message_id_list })
        return null
      },
      { fetches: true },
    ),
  }
  return protocol(URI, ["mediator"], messages, { ownReports: true })
}
