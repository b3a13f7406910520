import type { Database } from "bun:sqlite"
import { createHash } from "node:crypto"
import type { Clock } from "../../base/clock.ts"
import type { Random } from "../../base/random.ts"
import { Fault } from "../../faults.ts"
import type { Address, NewMessage } from "../../mailbox/model.ts"
import type { MailboxStore } from "../../mailbox/ports.ts"
import type { StoreActs } from "./acts.ts"
import { laneCode } from "./codes.ts"
import { newTag } from "./message-id.ts"
import type { Parcel } from "./messages.ts"
import { mailboxReads } from "./reads.ts"
import { STEP } from "./upkeep.ts"
import type { Writer } from "./writer.ts"

/** How much may wait for the disk before deposits are turned away: calls, and bytes of content. */
export type Backlog = { readonly deposits: number; readonly bytes: number }

export function mailboxes(given: {
  reader: Database
  writer: Writer<StoreActs>
  clock: Clock
  random: Random
  backlog: Backlog
}): MailboxStore {
  const { writer, clock, random, backlog } = given
  let deposits = 0
  let bytes = 0

  return {
    ...mailboxReads(given.reader, clock),
    bind: (binding) => writer.run("bind", { ...binding, lane: laneCode(binding.lane) }),
    unbind: (binding) => writer.run("unbind", { ...binding, lane: laneCode(binding.lane) }),

    async deposit({ address, messages, quota }) {
      const parcels = messages.map((message) => parcelOf(message, address, random))
      const weight = parcels.reduce((total, { size }) => total + size, 0)
      if (deposits >= backlog.deposits || (deposits > 0 && bytes + weight > backlog.bytes)) {
        throw new Fault("request.busy", { detail: `${deposits} deposits wait for the disk` })
      }
      deposits++
      bytes += weight
      try {
        const { mailbox, id } = address
        return await writer.run("deposit", { mailbox, address: id, parcels, quota, now: clock.now() })
      } finally {
        deposits--
        bytes -= weight
      }
    },

    acknowledge: ({ mailbox, lane, ids }) =>
      writer.run("acknowledge", { mailbox, lane: laneCode(lane), ids, now: clock.now() }),

    async expire(limit) {
      const now = clock.now()
      const dropped = await writer.run("expire", { limit, now })
      while ((await writer.run("forget", { now })) === STEP);
      await writer.run("shrink", null)
      return dropped
    },
  }
}

const parcelOf = (message: NewMessage, address: Address, random: Random): Parcel => ({
  tag: newTag(random),
  mark: markOf(message.fingerprint, address),
  lane: laneCode(message.lane),
  kind: message.kind,
  sender: message.sender,
  content: message.content,
  size: Buffer.byteLength(message.content),
  expiresAt: message.expiresAt,
})

/** By name and not by the address's id: bound again, an address still knows what it had. */
function markOf(fingerprint: Uint8Array, { mailbox, lane, did }: Address): bigint {
  const hash = createHash("sha256").update(fingerprint).update(`${mailbox} ${lane} ${did}`)
  return hash.digest().readBigInt64BE(0)
}
