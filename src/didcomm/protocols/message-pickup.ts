import * as v from "valibot"
import { toBase64url, toUtf8 } from "../../base/bytes.ts"
import { Fault } from "../../faults.ts"
import type { Mailboxes } from "../../mailbox/mailboxes.ts"
import type { Message, Registration } from "../../mailbox/model.ts"
import type { Connection } from "../../wire.ts"
import type { Party } from "../registry.ts"

/** What the versions of message pickup have in common. */

/** The most that one delivery carries; whoever wants more asks again. */
const LARGEST_DELIVERY = { messages: 100, bytes: 4 * 1024 * 1024 }

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

export const StatusRequest = v.looseObject({ recipient_did: recipient })
export const DeliveryRequest = v.looseObject({ limit: v.optional(wholeNumber, 0), recipient_did: recipient })
export const DeliveryRequest4 = v.looseObject({
  message_count_limit: v.optional(wholeNumber, 0),
  recipient_did: recipient,
})
export const MessagesReceived = v.looseObject({ message_id_list: v.pipe(v.array(v.string()), v.maxLength(10_000)) })
export const LiveDeliveryChange = v.looseObject({ live_delivery: flag })

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

/** Turns live mode on or off for a member on the socket that asked. Fault message.live_mode without a socket. */
export async function changeLiveMode(
  { live }: Pickup,
  wanted: boolean,
  request: Omit<LiveRequest, "connection"> & { connection: Connection | null },
): Promise<void> {
  const { connection, member } = request
  if (connection) return wanted ? live.start({ ...request, connection }) : live.stop(connection, member)
  if (wanted) throw new Fault("message.live_mode")
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

export const waiting = ({ mailboxes }: Pickup, member: Registration, address: string | null | undefined) =>
  mailboxes.standing({ mailbox: member.id, lane: "didcomm", address: address ?? null })

/** `recipient_did` must come back when it was asked with (strict parsers want it then, and only then). */
export const echo = (recipient_did: string | null | undefined) => (recipient_did ? { recipient_did } : {})

/** A message as it travels in a delivery. Clients drop attachments without an id, and acknowledge by it. */
export const enclosed = ({ id, content }: Message) => ({ id, data: { base64: toBase64url(toUtf8(content)) } })
