import { type Clock, toSeconds } from "../../base/clock.ts"
import type { Registration } from "../../mailbox/model.ts"
import type { Connection } from "../../wire.ts"
import { on, type Protocol, protocol } from "../registry.ts"
import {
  changeLiveMode,
  DeliveryRequest,
  echo,
  enclosed,
  fetchOldest,
  LiveDeliveryChange,
  MessagesReceived,
  type Pickup,
  StatusRequest,
  waiting,
} from "./message-pickup.ts"

const URI = "https://didcomm.org/messagepickup/3.0"

/** messagepickup/3.0 — https://didcomm.org/messagepickup/3.0 */
export function messagePickup3(pickup: Pickup, clock: Clock): Protocol {
  async function status(member: Registration, connection: Connection | null, address?: string | null) {
    const { messages, bytes, oldestAt, newestAt } = await waiting(pickup, member, address)
    const times =
      oldestAt === null || newestAt === null
        ? {}
        : {
            longest_waited_seconds: Math.max(0, toSeconds(clock.now() - oldestAt)),
            newest_received_time: toSeconds(newestAt),
            oldest_received_time: toSeconds(oldestAt),
          }
    const live_delivery = pickup.live.isOn(connection, member)
    return {
      type: "status",
      body: { ...echo(address), message_count: messages, ...times, total_bytes: bytes, live_delivery },
    }
  }

  return protocol(URI, ["mediator"], {
    "status-request": on(
      "member",
      StatusRequest,
      ({ body, member, connection }) => status(member, connection, body.recipient_did),
      { fetches: true },
    ),
    "delivery-request": on(
      "member",
      DeliveryRequest,
      async ({ body, member, connection }) => {
        const messages = await fetchOldest(pickup, member, body)
        if (messages.length === 0) return status(member, connection, body.recipient_did)
        return { type: "delivery", body: echo(body.recipient_did), attachments: messages.map(enclosed) }
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
  })
}
