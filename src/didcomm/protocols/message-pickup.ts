import * as v from "valibot"
import { toBase64url, toUtf8 } from "../../base/bytes.ts"
import { Fault } from "../../faults.ts"
import type { Mailboxes } from "../../mailbox/mailboxes.ts"
import type { Message, Registration } from "../../mailbox/model.ts"
import type { Connection } from "../../wire.ts"
import { on, type Party, type Protocol, type Reply } from "../registry.ts"

/** What the versions of message pickup have in common. */

/** The most that one delivery carries; whoever wants more asks again. */
const LARGEST_DELIVERY = { messages: 100, bytes: 1024 * 1024 }

const recipient = v.optional(v.nullable(v.pipe(v.string(), v.maxLength(2048))))
// Some clients write the number or the boolean as a string.
const wholeNumber = v.pipe(
  v.union([v.number(), v.pipe(v.string(), v.regex(/^-?\d{1,9}$/), v.transform(Number))]),
  v.integer(),
)
const flag = v.union([
  v.boolean(),
  v.pipe(
    v.picklist(["true", "false"]),
    v.transform((text) => text === "true"),
  ),
])

const StatusRequest = v.looseObject({ recipient_did: recipient })
export const DeliveryRequest = v.looseObject({ limit: v.optional(wholeNumber, 0), recipient_did: recipient })
export const DeliveryRequest4 = v.looseObject({
  message_count_limit: v.optional(wholeNumber, 0),
  recipient_did: recipient,
})
export const MessagesReceived = v.looseObject({ message_id_list: v.pipe(v.array(v.string()), v.maxLength(10_000)) })
const LiveDeliveryChange = v.looseObject({ live_delivery: flag })

/** Who wants mail pushed: over which socket, sealed from and to whom, in which version's words. */
export type LiveRequest = {
  readonly connection: Connection
  readonly member: Registration
  readonly from: Party
  readonly to: Party
  /** The message type of a pushed delivery. */
  readonly type: string
}

export interface Live {
  start(request: LiveRequest): Promise<void>
  stop(connection: Connection, member: Registration): void
  isOn(connection: Connection | null, member: Registration): boolean
  /** The member fetches for itself: its backlog need not be pushed. */
  asked(member: Registration): void
}

export type Pickup = {
  readonly mailboxes: Pick<Mailboxes, "peek" | "standing" | "acknowledge">
  readonly live: Live
}

/** The oldest messages that wait for a member, or for one of its addresses; none when the limit is not positive. */
export async function fetchOldest(
  { mailboxes, live }: Pickup,
  member: Registration,
  wanted: { limit: number; recipient_did?: string | null | undefined },
): Promise<readonly Message[]> {
  live.asked(member)
  if (wanted.limit < 1) return []
  return mailboxes.peek({
    mailbox: member.id,
    lane: "didcomm",
    address: wanted.recipient_did ?? null,
    after: 0,
    limit: Math.min(wanted.limit, LARGEST_DELIVERY.messages),
    bytes: LARGEST_DELIVERY.bytes,
  })
}

const waiting = ({ mailboxes }: Pickup, member: Registration, address: string | null | undefined) =>
  mailboxes.standing({ mailbox: member.id, lane: "didcomm", address: address ?? null })

/** `recipient_did` must come back when it was asked with (strict parsers want it then, and only then). */
export const echo = (recipient_did: string | null | undefined) => (recipient_did ? { recipient_did } : {})

/** A message as it travels in a delivery. Clients drop attachments without an id, and acknowledge by it. */
export const enclosed = ({ id, content }: Message) => ({ id, data: { base64: toBase64url(toUtf8(content)) } })

/** What a version says of the times in a status, by when the oldest and the newest message came (epoch ms). */
type Times = (oldestAt: number, newestAt: number) => Readonly<Record<string, number>>

/** The messages that differ between versions by their URI and by how a status words its times only. */
export function commonMessages(pickup: Pickup, uri: string, timesOf: Times) {
  const { live } = pickup

  /** What waits for a member, or for one of its addresses, as a `status` message. */
  async function status(member: Registration, connection: Connection | null, address?: string | null): Promise<Reply> {
    const { messages, bytes, oldestAt, newestAt } = await waiting(pickup, member, address)
    const times = oldestAt === null || newestAt === null ? {} : timesOf(oldestAt, newestAt)
    const live_delivery = live.isOn(connection, member)
    const body = { ...echo(address), message_count: messages, ...times, total_bytes: bytes, live_delivery }
    return { type: "status", body }
  }

  const messages: Protocol["messages"] = {
    "status-request": on(
      "member",
      StatusRequest,
      ({ body, member, connection }) => status(member, connection, body.recipient_did),
      { fetches: true },
    ),
    "live-delivery-change": on(
      "member",
      LiveDeliveryChange,
      async ({ body: { live_delivery }, member, connection, us, sender }) => {
        if (!connection && live_delivery) throw new Fault("message.live_mode")
        if (connection && !live_delivery) live.stop(connection, member)
        if (connection && live_delivery) {
          await live.start({ connection, member, from: us, to: sender, type: `${uri}/delivery` })
        }
        return status(member, connection)
      },
      { opensSocket: true, once: true, fetches: true },
    ),
  }
  return { status, messages }
}
