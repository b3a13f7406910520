import * as v from "valibot"
import type { Clock } from "../base/clock.ts"
import type { JsonObject } from "../base/json.ts"
import type { Log } from "../base/log.ts"
import { Fault } from "../faults.ts"
import type { Courier, Round } from "../mailbox/courier.ts"
import type { Mailboxes } from "../mailbox/mailboxes.ts"
import type { Message, Registration } from "../mailbox/model.ts"
import type { Connection, Inbound, Occupants, Outbound } from "../wire.ts"
import { prove, readObject } from "./command.ts"
import { kinds, waitingPage } from "./commands/events.ts"
import type { Members } from "./members.ts"
import type { Nonces } from "./nonces.ts"
import type { Signers } from "./signers.ts"
import { AUTHENTICATE_WITHIN_MS, Authenticate, closing, frames, PAGE, pendingEvent, pendingRequest } from "./wire.ts"

type Ports = {
  readonly signers: Signers
  readonly nonces: Nonces
  readonly members: Members
  readonly mailboxes: Pick<Mailboxes, "peek" | "standing" | "latest">
  readonly courier: Pick<Courier, "listen">
  readonly occupants: Pick<Occupants, "listening">
  readonly enter: <T>(act: () => Promise<T>) => Promise<T>
  readonly clock: Clock
  readonly log: Log
}

export type Live = ReturnType<typeof createLive>

/** Sockets: each authenticates as one identity, and is pushed what comes for it. Pushing acknowledges nothing. */
export function createLive(ports: Ports) {
  const { nonces, members, mailboxes, courier, occupants, enter, clock, log } = ports
  const silent = new Map<Connection, Disposable>()
  const known = new WeakSet<Connection>()
  const listening = new Map<number, Set<Connection>>()

  /** A socket was opened: it has ten seconds to say who it is. */
  function greet(connection: Connection): void {
    const patience = clock.after(AUTHENTICATE_WITHIN_MS, () => connection.close(closing.silent, "no authentication"))
    silent.set(connection, patience)
    connection.onClose(() => {
      patience[Symbol.dispose]()
      silent.delete(connection)
    })
  }

  /** One frame; the only one that is understood is AUTHENTICATE, once. Never rejects. */
  async function hear({ bytes, connection }: Inbound): Promise<Outbound> {
    if (!connection) return { status: "accepted" }
    const frame = readObject(bytes)
    if (frame?.type !== "AUTHENTICATE" || known.has(connection)) {
      connection.close(closing.notUnderstood, "the only frame that is understood is AUTHENTICATE, once")
      return { status: "accepted", refusal: "command.malformed" }
    }
    try {
      const member = await enter(() => authenticate(frame))
      known.add(connection)
      silent.get(connection)?.[Symbol.dispose]()
      await serve(connection, member)
      // Whoever was sent away since then was not to be found here.
      if (!(await (await members()).find(member.did))) throw new Fault("registration.required")
    } catch (thrown) {
      const fault = Fault.from(thrown)
      if (fault.row.decentrl === "INTERNAL_ERROR")
        log.error("decentrl.failed", { code: fault.code, detail: fault.detail })
      connection.send(frames.refusal(fault.row.decentrl, fault.sentence))
      connection.close(closing.unauthenticated, fault.row.decentrl)
      return { status: "accepted", refusal: fault.code }
    }
    return { status: "accepted" }
  }

  async function authenticate(frame: NonNullable<ReturnType<typeof readObject>>): Promise<Registration> {
    const read = v.safeParse(Authenticate, frame, { abortEarly: true })
    if (!read.success) throw new Fault("command.malformed", { detail: read.issues[0].message })
    const { did, signing_key_id: keyId, timestamp, nonce, signature } = read.output
    const { signature: _, ...value } = frame
    await prove({ did, keyId, timestamp, value, signature }, ports)
    const fact = nonces.fresh(did, nonce)
    const member = await (await members()).owner(did)
    if (!member) throw new Fault("registration.required")
    await nonces.reserve(fact)
    return member
  }

  async function serve(connection: Connection, member: Registration): Promise<void> {
    const after = await mailboxes.latest()
    connection.send(frames.welcome)
    // The oldest page of what waited before; everything that came later is the courier's.
    const page = { limit: PAGE.usual, after: 0 }
    const { items: letters } = await waitingPage(mailboxes, kinds.event, member, page)
    const { items: requests } = await waitingPage(mailboxes, kinds.request, member, page)
    const isEarlier = ({ seq }: Message) => seq <= after
    say(connection, frames.events, letters.filter(isEarlier).map(pendingEvent))
    say(connection, frames.requests, requests.filter(isEarlier).map(pendingRequest))
    attend(connection, member, after)
  }

  function attend(connection: Connection, member: Registration, after: number): void {
    const round: Round = courier.listen(
      { mailbox: member.id, lane: "decentrl", after },
      { push: (message) => push(connection, message) },
    )
    const sockets = listening.get(member.id) ?? new Set()
    listening.set(member.id, sockets.add(connection))
    occupants.listening(connection, member.did)
    connection.onDrain(() => round.resume())
    connection.onClose(() => {
      round[Symbol.dispose]()
      sockets.delete(connection)
      if (sockets.size === 0 && listening.get(member.id) === sockets) listening.delete(member.id)
    })
  }

  // Whoever is no longer registered is sent nothing that could be pushed.
  const push = (connection: Connection, message: Message) =>
    message.kind === kinds.request
      ? connection.send(frames.requests([pendingRequest(message)]))
      : connection.send(frames.events([pendingEvent(message)]))

  /** A contract came by a RESPONSE: it is told to whoever listens now, and does not wait for others. */
  function announce(mailbox: number, contract: JsonObject): void {
    for (const connection of listening.get(mailbox) ?? []) connection.send(frames.contracts([contract]))
  }

  return { greet, hear, announce }
}

function say(connection: Connection, frame: (items: readonly JsonObject[]) => string, items: readonly JsonObject[]) {
  if (items.length > 0) connection.send(frame(items))
}
