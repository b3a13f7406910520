import { createHash } from "node:crypto"
import { LRUCache } from "lru-cache"
import { bounded } from "../base/bounded.ts"
import { toHex } from "../base/bytes.ts"
import type { Clock } from "../base/clock.ts"
import type { Self } from "../did/self.ts"
import { Fault } from "../faults.ts"
import type { Registration } from "../mailbox/model.ts"
import type { RegistrationStore } from "../mailbox/ports.ts"
import { checkOffer, countersign, kept, openRequest } from "./contract.ts"
import type { Turn } from "./registry.ts"
import type { Signers } from "./signers.ts"
import { type Answer, type Header, pending, success } from "./wire.ts"

const HOUR_MS = 3_600_000
const REMEMBERED = 10_000
const NO_QUOTA = { messages: Number.MAX_SAFE_INTEGER, bytes: Number.MAX_SAFE_INTEGER }

type Asked = { readonly requestor_ephemeral_public_key: string; readonly encrypted_contract_request: string }

/** Answers a request for a contract with the mediator itself: the contract, or that it waits for the operator. */
export type Register = (header: Header, asked: Asked, turn: Turn) => Promise<Answer>

export type RegistrationPorts = {
  readonly store: Pick<RegistrationStore, "ask" | "findRegistration">
  readonly signers: Signers
  /** `did`: under which the mediator keeps its own side of the contracts. */
  readonly own: Pick<Self, "did" | "decentrl">
  /** How many contracts one DID may make with the mediator in an hour. */
  readonly perHour: number
  readonly clock: Clock
}

export function createRegistration(ports: RegistrationPorts): Register {
  const { store, own, clock } = ports
  const made = new LRUCache<string, readonly number[]>(bounded(REMEMBERED))
  let account: Promise<Registration> | null = null

  // The mediator's own copy lies in a mailbox of its own: it is no member's archive, and in nobody's quota.
  function ownMailbox(): Promise<Registration> {
    const audit = { actor: own.did, action: "registration.approved", subject: own.did }
    account ??= store.ask({ did: own.did, lane: "decentrl", state: "approved", audit })
    account.catch(() => (account = null))
    return account
  }

  async function open({ sender_did, recipient_did }: Header, asked: Asked) {
    const ephemeral = asked.requestor_ephemeral_public_key
    const { preKey } = own.decentrl(recipient_did)
    const { offer, invite } = await openRequest(preKey, ephemeral, asked.encrypted_contract_request)
    const isTheirs = offer.requestor_did === sender_did && offer.recipient_did === recipient_did
    if (!isTheirs || offer.requestor_ephemeral_public_key !== ephemeral) {
      throw new Fault("contract.invalid", { detail: "the terms are not those of the command" })
    }
    await checkOffer(offer, ports)
    return { offer, invite: invite ?? undefined }
  }

  function pace(did: string): void {
    const recent = (made.get(did) ?? []).filter((at) => at > clock.now() - HOUR_MS)
    if (recent.length >= ports.perHour) throw new Fault("request.rate")
    made.set(did, [...recent, clock.now()])
  }

  async function register(header: Header, asked: Asked, turn: Turn): Promise<Answer> {
    const did = header.sender_did
    const { offer, invite } = await open(header, asked)
    const state = await turn.registrations.ask(did, "decentrl", { invite })
    const registration = await store.findRegistration(did)
    if (state === "pending" && registration) {
      await turn.reserve()
      return pending(requestId(registration))
    }
    if (state !== "approved" || !registration) throw new Fault("registration.denied", { detail: state })
    // In this order: whoever is registered, because the contract is there, has an address; and replays do not count.
    await turn.mailboxes.bind({ mailbox: registration.id, lane: "decentrl", did, aliases: [] })
    pace(did)
    const contract = countersign(offer, own.decentrl(header.recipient_did).signer)
    const { id: mailbox } = await ownMailbox()
    const entry = kept(contract)
    await turn.store.saveContract({ mailbox, contract: entry, quota: NO_QUOTA })
    return success({ contract, contract_id: entry.id })
  }

  return register
}

/** A UUIDv7 that is the same whenever this registration is asked about. */
function requestId({ id, did, createdAt }: Registration): string {
  const time = createdAt.toString(16).padStart(12, "0")
  const hash = toHex(createHash("sha256").update(`${id} ${did}`).digest())
  const variant = "89ab"[Number.parseInt(hash.slice(0, 1), 16) & 3]
  return `${time.slice(0, 8)}-${time.slice(8)}-7${hash.slice(1, 4)}-${variant}${hash.slice(4, 7)}-${hash.slice(7, 19)}`
}
