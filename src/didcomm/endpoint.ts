import { toUtf8 } from "../base/bytes.ts"
import { type Clock, toSeconds } from "../base/clock.ts"
import type { Log } from "../base/log.ts"
import type { Random } from "../base/random.ts"
import type { PrivateKey } from "../crypto/keys.ts"
import { accountDid } from "../did/document.ts"
import type { Resolver } from "../did/resolver.ts"
import { Fault } from "../faults.ts"
import type { Connection, Inbound, Occupants, Outbound, Receiver } from "../wire.ts"
import type { createBreaker } from "./breaker.ts"
import { type Envelopes, type Opened, sign } from "./envelope.ts"
import type { Arrival, Limits } from "./limits.ts"
import { mediaTypes } from "./message.ts"
import type { Outbound as Sending } from "./outbound.ts"
import type { Party, Registry, Reply } from "./registry.ts"
import type { createReplayGuard } from "./replay.ts"
import { compose, isProblemReport, problemReport, threadOf } from "./reply.ts"
import type { createReturnRoutes } from "./return-routes.ts"
import { checkRotation } from "./rotation.ts"

/** Forwards to ourselves inside forwards to ourselves: two hops happen (a routing DID of ours), more do not. */
const MAX_HOPS = 3
/** How far clocks may disagree before a message counts as expired, seconds. */
const EXPIRY_TOLERANCE_S = 60

export type EndpointPorts = {
  readonly envelopes: Envelopes
  readonly registry: Registry
  readonly routes: ReturnType<typeof createReturnRoutes>
  readonly replays: ReturnType<typeof createReplayGuard>
  readonly limits: Limits
  readonly breaker: ReturnType<typeof createBreaker>
  readonly occupants: Pick<Occupants, "arrived">
  /** Moves an account to the DID that its owner rotated to. */
  readonly rotate: (from: string, to: string, at: number) => Promise<void>
  readonly resolver: Resolver
  readonly outbound: Sending
  /** How we appear when nobody's key says which of our DIDs was meant. */
  readonly self: {
    readonly did: string
    everOwned(did: string): boolean
    agreementKid(did: string): string
    signer(did: string): { readonly kid: string; readonly key: PrivateKey }
  }
  readonly reportUnknownRecipients: boolean
  readonly clock: Clock
  readonly random: Random
  readonly log: Log
}

/** The only path of a DIDComm message: bytes → open → dispatch → seal → bytes. */
export function createEndpoint(ports: EndpointPorts): {
  receive: Receiver
  receiveForwarded(text: string, hops: number): Promise<void>
} {
  const { envelopes, registry, routes, replays, limits, breaker, occupants, outbound, self, clock, random, log } = ports
  // Asked each time: our keys may be rotated while we run.
  const ourselves = (): Party => ({ did: self.did, kid: self.agreementKid(self.did) })

  async function receive(inbound: Inbound): Promise<Outbound> {
    try {
      checkMediaType(inbound.mediaType)
      return await limits.enter(inbound.remote, (aside) => take(inbound.bytes, { ...inbound, aside }))
    } catch (thrown) {
      return refused(Fault.from(thrown))
    }
  }

  async function take(bytes: Uint8Array, arrival: Arrival): Promise<Outbound> {
    const { connection } = arrival
    const opened = await envelopes.open(bytes)
    // A sender that proved no key may still be answered on the spot, sealed for the DID that it claims.
    const claimed = opened.message.from === undefined ? null : { did: opened.message.from, kid: opened.message.from }
    const back: Back = { us: opened.us ?? ourselves(), to: opened.sender ?? claimed, isOpen: false, connection }
    try {
      back.isOpen = routes.allows(opened.message, opened.sender, connection, opensSocket(opened))
      const reply = await dispatch(opened, bytes, arrival, 0)
      return reply ? await answer(reply, opened, back) : { status: "accepted" }
    } catch (thrown) {
      const fault = Fault.from(thrown)
      return { ...(await report(fault, opened, back)), refusal: fault.code }
    }
  }

  const opensSocket = ({ message }: Opened) => registry.find(message.type)?.message.opensSocket ?? false

  /** Takes a message that was forwarded to one of our own DIDs. What it says is done; its answer goes by itself. */
  async function receiveForwarded(text: string, hops: number): Promise<void> {
    if (hops > MAX_HOPS) throw new Fault("envelope.malformed", { detail: "too many forwards to ourselves" })
    const bytes = toUtf8(text)
    const opened = await envelopes.open(bytes)
    const reply = await dispatch(opened, bytes, null, hops)
    if (reply && opened.sender) await sendOut(reply, opened, opened.us ?? ourselves(), opened.sender)
  }

  async function dispatch(opened: Opened, bytes: Uint8Array, arrival: Arrival | null, hops: number) {
    const { message, sender, us } = opened
    const connection = arrival?.connection ?? null
    // We never write to ourselves: whoever does has keys of ours.
    if (sender && self.everOwned(sender.did)) throw new Fault("envelope.inconsistent", { detail: "from our own DID" })
    const found = registry.find(message.type)
    if (!found) throw new Fault("message.unsupported", { args: [message.type] })
    const { repeatable = false, once = false } = found.message
    if (isExpired(opened)) {
      if (repeatable) return null
      throw new Fault("message.expired")
    }
    // Before the caller is looked at: it may be a member under the DID that it rotated from.
    await followRotation(opened)
    const request = { body: message.body, message, us: us ?? ourselves(), connection, hops, sender }
    const act = await registry.admit(found, request)
    // A replay is not counted against the one who is replayed.
    const run = async () => {
      await limits.admit(found.message, sender, arrival)
      // What may be a replay proves nobody to be here.
      const isNew = connection && sender && !repeatable && occupants.arrived(connection, accountDid(sender.did))
      // Whoever was sent away since then was not to be found here.
      return isNew ? (await registry.admit(found, request))() : act()
    }
    const reply = await (sender && !repeatable ? replays.once(opened.proof ?? bytes, once, run) : run())
    if (arrival && found.message.from === "member") limits.vouch(arrival.remote)
    return reply && { ...reply, type: `${found.protocol.uri}/${reply.type}` }
  }

  // §did-rotation: only a sealed message of the new DID may carry it.
  async function followRotation({ message: { from_prior }, layers, sender }: Opened): Promise<void> {
    if (from_prior === undefined) return
    if (!sender || !layers.some(({ kind }) => kind === "authcrypt")) {
      throw new Fault("envelope.inconsistent", { detail: "from_prior without a sealed sender" })
    }
    const { prior, at } = await checkRotation(from_prior, sender, ports)
    await ports.rotate(prior, sender.did, at)
  }

  // §expires_time: what is no longer valid is not executed; a forward of that kind vanishes without a word.
  function isExpired({ message: { created_time, expires_time } }: Opened): boolean {
    if (expires_time === undefined) return false
    const isPast = expires_time + EXPIRY_TOLERANCE_S < toSeconds(clock.now())
    return isPast || (created_time !== undefined && expires_time <= created_time)
  }

  async function answer(reply: Reply, opened: Opened, back: Back): Promise<Outbound> {
    if (!back.to) return { status: "accepted" }
    if (!back.isOpen) {
      if (opened.sender) await sendOut(reply, opened, back.us, opened.sender)
      return { status: "accepted" }
    }
    const message = compose(reply, { from: back.us, to: back.to, ...threading(reply, opened), clock, random })
    return {
      status: "answered",
      mediaType: mediaTypes.encrypted,
      text: await envelopes.seal(message, back.us, back.to),
    }
  }

  async function sendOut(reply: Reply, opened: Opened, us: Party, to: Party): Promise<void> {
    const message = compose(reply, { from: us, to, ...threading(reply, opened), clock, random })
    outbound.send(to.did, await envelopes.seal(message, us, to))
  }

  /** A refusal in the most telling form its receiver may have: sealed, signed, or a bare status. */
  async function report(fault: Fault, opened: Opened, back: Back): Promise<Outbound> {
    note(fault, opened)
    const { message, sender } = opened
    if (isProblemReport(message.type)) return { status: "accepted" }
    if (fault.code === "recipient.unknown" && !ports.reportUnknownRecipients) return { status: "accepted" }
    const { tell, http, retry } = fault.row
    if (tell === "nobody") return { status: "refused", fault }
    const verdict = breaker.next(sender?.did ?? "", threadOf(message))
    if (verdict === "silence") return { status: "accepted" }
    const told = verdict === "last" ? new Fault("message.too_many_errors") : fault
    const problem = problemReport(told, message, registry.find(message.type)?.protocol)
    if (back.isOpen && sender) return answer(problem, opened, back)
    // A socket has no status and no Retry-After to say it with.
    if (tell === "anyone" && (retry === undefined || back.connection)) return signedAnswer(problem, opened, back.us)
    if (http >= 500 || !sender) return { status: "refused", fault }
    await sendOut(problem, opened, back.us, sender)
    return { status: "accepted" }
  }

  async function signedAnswer(problem: Reply, opened: Opened, us: Party): Promise<Outbound> {
    const message = compose(problem, { from: us, to: null, ...threading(problem, opened), clock, random })
    const text = await sign(message, self.signer(us.did))
    return { status: "answered", mediaType: mediaTypes.signed, text }
  }

  function refused(fault: Fault): Outbound {
    note(fault, null)
    return { status: "refused", fault }
  }

  function note(fault: Fault, opened: Opened | null): void {
    const fields = { code: fault.code, detail: fault.detail, type: opened?.message.type, by: opened?.sender?.did }
    const cause = fault.cause instanceof Error ? fault.cause.stack : undefined
    if (isTrouble(fault)) log.error("didcomm.failed", { ...fields, cause })
    else log.debug("didcomm.refused", fields)
  }

  return { receive, receiveForwarded }
}

/** Something went wrong here. All else is refused as it should be, and whoever floods a full mailbox must not fill the log. */
const isTrouble = ({ code }: Fault): boolean => code === "internal" || code.startsWith("store.")

/** Whom an answer is for, and whether it may go back the way the message came. */
type Back = { readonly us: Party; readonly to: Party | null; isOpen: boolean; readonly connection: Connection | null }

// A reply belongs to the request's thread; a problem report opens its own below it.
const threading = ({ type }: Reply, { message }: Opened) =>
  isProblemReport(type) ? { pthid: threadOf(message) } : { thid: threadOf(message) }

function checkMediaType(mediaType: string | null): void {
  if (mediaType === null || mediaType === mediaTypes.encrypted || mediaType === mediaTypes.signed) return
  throw new Fault(mediaType === mediaTypes.plain ? "request.malformed" : "request.media_type")
}
