import { toHex } from "../../base/bytes.ts"
import type { Random } from "../../base/random.ts"
import type { Address, Kept, NewMessage } from "../../mailbox/model.ts"
import type { MailboxStore } from "../../mailbox/ports.ts"
import type { StoreActs } from "./acts.ts"
import type { Gate } from "./backlog.ts"
import { laneCode } from "./codes.ts"
import { type Moments, momentOf } from "./horizon.ts"
import { markOf } from "./mark.ts"
import { messageId, newTag } from "./message-id.ts"
import type { Parcel, Spot } from "./messages.ts"
import { onceRunner } from "./once.ts"
import type { MailboxReads } from "./reads.ts"
import { total } from "./room.ts"
import { STEP } from "./upkeep.ts"
import type { Runner } from "./writer.ts"

type Ports = Moments & { readonly random: Random; readonly gate: Gate }

export function mailboxWrites(
  writer: Runner<StoreActs>,
  { random, gate, ...moments }: Ports,
): Omit<MailboxStore, keyof MailboxReads> {
  return {
    bind: (binding) => writer.run("bind", { ...binding, lane: laneCode(binding.lane) }),
    unbind: (binding) => writer.run("unbind", { ...binding, lane: laneCode(binding.lane) }),

    async deposit({ address, messages, quota, limits = null, once }) {
      const { mailbox, id } = address
      const runner = once ? onceRunner(writer, once, moments.clock) : writer
      const moment = momentOf(moments)
      const pace = limits === null ? () => 0n : paceOf
      const parcels = messages.map((message) => parcelOf(message, { address, pace, random }))
      const outcome = await gate(total(parcels), () =>
        runner.run("deposit", { mailbox, address: id, parcels, quota, limits, ...moment }),
      )
      if (typeof outcome === "string") return outcome
      return messages.map((message, at) => {
        const [parcel, spot] = [parcels[at], outcome[at]]
        return parcel && spot ? keptOf(message, { ...spot, parcel, address, createdAt: moment.now }) : null
      })
    },

    acknowledge: ({ mailbox, lane, kind = null, ids }) =>
      writer.run("acknowledge", { mailbox, lane: laneCode(lane), kind, ids, ...momentOf(moments) }),

    handed: (given) => writer.run("handed", given),

    async expire(limit) {
      const moment = momentOf(moments)
      const dropped = await writer.run("expire", { limit, ...moment })
      while ((await writer.run("forgetEnded", moment)) === STEP);
      await writer.run("shrink", null)
      return dropped
    },
  }
}

type To = { address: Address; pace: (message: NewMessage, address: Address) => bigint; random: Random }

const parcelOf = (message: NewMessage, { address, pace, random }: To): Parcel => ({
  tag: newTag(random),
  mark: knownBy(message.fingerprint, address),
  pace: pace(message, address),
  lane: laneCode(message.lane),
  kind: message.kind,
  sender: message.sender,
  senderMark: message.sender === null ? null : markOf(message.sender),
  content: message.content,
  size: Buffer.byteLength(message.content),
  expiresAt: message.expiresAt,
})

type At = Spot & { parcel: Parcel; address: Address; createdAt: number }

/** The message as it would be read. */
const keptOf = (message: NewMessage, { seq, after, parcel, address, createdAt }: At): Kept => ({
  id: messageId(seq, parcel.tag),
  seq,
  after,
  mailbox: address.mailbox,
  address: address.did,
  lane: message.lane,
  kind: message.kind,
  content: message.content,
  sender: message.sender,
  size: parcel.size,
  createdAt,
  expiresAt: message.expiresAt,
})

/** By name and not by the address's id: bound again, an address still knows what it had. */
const knownBy = (fingerprint: Uint8Array, { mailbox, lane, did }: Address): bigint =>
  markOf(toHex(fingerprint), `${mailbox}`, lane, did)

const paceOf = ({ kind, sender }: NewMessage, { mailbox, lane, did }: Address): bigint =>
  markOf(`${mailbox}`, lane, did, kind, sender ?? "")
