import type { Registration } from "../../mailbox/model.ts"
import type { Connection } from "../../wire.ts"
import { on, type Protocol, protocol } from "../registry.ts"
import {
  changeLiveMode,
  DeliveryRequest4,
  echo,
  enclosed,
  fetchOldest,
  LiveDeliveryChange,
  MessagesReceived,
  type Pickup,
  StatusRequest,
  waiting,
} from "./message-pickup.ts"

const URI = "https://didcomm.org/message-pickup/4.0"

/** message-pickup/4.0 — https://didcomm.org/message-pickup/4.0 (with the hyphen): times in milliseconds, no status for acks. */
export function messagePickup4(pickup: Pickup): Protocol {
  async function status(member: Registration, connection: Connection | null, address?: string | null) {
    const { messages, bytes, oldestAt, newestAt } = await waiting(pickup, member, address)
    const times =
      oldestAt === null || newestAt === null ? {} : { newest_received_time: newestAt, oldest_received_time: oldestAt }
    const live_delivery = pickup.live.isOn(connection, member)
    return {
      type: "status",
      body: { ...echo(address), message_count: messages, ...times, total_bytes: bytes, live_delivery },
    }
  }

  const messages: Protocol["messages"] = {
    "status-request": on(
      "member",
      StatusRequest,
      ({ body, member, connection }) => status(member, connection, body.recipient_did),
      { fetches: true },
    ),
    "delivery-request": on(
      "member",
      DeliveryRequest4,
      async ({ body, member }) => {
        const wanted = { limit: body.message_count_limit, recipient_did: body.recipient_did }
        const messages = await fetchOldest(pickup, member, wanted)
        return { type: "delivery", body: echo(body.recipient_did), attachments: messages.map(enclosed) }
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
    "live-delivery-change": on(
      "member",
      LiveDeliveryChange,
      async ({ body, member, connection, us, sender }) => {
        const request = { connection, member, from: us, to: sender, type: `${URI}/delivery` }
        await changeLiveMode(pickup, body.live_delivery, request)
        return status(member, connection)
      },
      { opensSocket: true, once: true, fetches: true },
    ),
  }
  return protocol(URI, ["mediator"], messages, { ownReports: true })
}
