import type { Clock } from "../../base/clock.ts"
import { Fault } from "../../faults.ts"
import type { Archive } from "../../mailbox/archive.ts"
import type { Mailboxes } from "../../mailbox/mailboxes.ts"
import type { DepositLimits, Registration } from "../../mailbox/model.ts"
import { checkContract, kept } from "../contract.ts"
import type { Register } from "../registration.ts"
import { acknowledging, acts, type Command, direct, reads } from "../registry.ts"
import type { Signers } from "../signers.ts"
import {
  DIRECT,
  Ids,
  keptContract,
  keptRequest,
  type Limits,
  Paged,
  paged,
  pendingRequest,
  Request,
  Signed,
  success,
} from "../wire.ts"
import { kinds, parcel, waitingPage } from "./events.ts"

export type ContractPorts = {
  readonly mailboxes: Pick<Mailboxes, "peek" | "standing">
  readonly archive: Pick<Archive, "contracts">
  readonly signers: Signers
  readonly register: Register
  /** A contract came for somebody who may be listening. */
  readonly announce: (mailbox: number, contract: ReturnType<typeof keptContract>) => void
  readonly strangers: DepositLimits
  readonly limits: Limits
  readonly clock: Clock
}

/** Agreements between identities, and with the mediator: asking, answering, keeping. */
export const contracts = (ports: ContractPorts): Command[] => [
  acts(
    { channel: DIRECT, type: "REQUEST_COMMUNICATION_CONTRACT", from: "anyone", to: "either" },
    Request(ports.limits),
    async ({ header, body, recipient, turn }) => {
      if (!recipient) return ports.register(header, body, turn)
      const parcels = [parcel(kinds.request, header, keptRequest(header.timestamp, body))]
      const to = [header.recipient_did]
      const [id = null] = await turn.deposit({
        lane: "decentrl",
        to,
        parcels,
        expiresAt: null,
        limits: ports.strangers,
      })
      return success({ request_id: id })
    },
  ),

  acts(
    { channel: DIRECT, type: "COMMUNICATION_CONTRACT_RESPONSE", from: "anyone", to: "member" },
    Signed,
    async ({ header, body: { contract }, recipient, turn }) => {
      if (contract.requestor_did !== header.recipient_did) throw new Fault("command.addressee")
      if (contract.recipient_did !== header.sender_did)
        throw new Fault("contract.invalid", { detail: "not the sender's" })
      await checkContract(contract, ports)
      const id = await keep(turn.archive, recipient, contract)
      ports.announce(recipient.id, keptContract({ ...kept(contract), createdAt: ports.clock.now() }))
      return success({ contract_id: id })
    },
  ),

  reads(direct("QUERY_PENDING_COMMUNICATION_CONTRACT_REQUESTS"), Paged, async ({ member, body }) => {
    const { items, pagination } = await waitingPage(ports.mailboxes, kinds.request, member, body.pagination)
    return success({ contract_requests: items.map(pendingRequest), pagination })
  }),

  acts(acknowledging("ACKNOWLEDGE_PENDING_COMMUNICATION_CONTRACT_REQUESTS"), Ids, async ({ member, body, turn }) => {
    const given = { mailbox: member.id, lane: "decentrl", kind: kinds.request, ids: body.ids } as const
    return success({ acknowledged: await turn.mailboxes.acknowledge(given) })
  }),

  acts(direct("SAVE_COMMUNICATION_CONTRACT"), Signed, async ({ header, body: { contract }, member, turn }) => {
    const parties = [contract.requestor_did, contract.recipient_did]
    if (!parties.includes(header.sender_did)) throw new Fault("contract.invalid", { detail: "not the sender's" })
    await checkContract(contract, ports)
    return success({ contract_id: await keep(turn.archive, member, contract) })
  }),

  reads(direct("QUERY_COMMUNICATION_CONTRACTS"), Paged, async ({ member, body }) => {
    const { items, remaining, next } = await ports.archive.contracts({ mailbox: member.id, ...body.pagination })
    return success({ contracts: items.map(keptContract), ...paged(items.length, remaining, next) })
  }),
]

async function keep(archive: Pick<Archive, "keepContract">, owner: Registration, signed: Parameters<typeof kept>[0]) {
  const contract = kept(signed)
  await archive.keepContract(owner.id, contract)
  return contract.id
}
