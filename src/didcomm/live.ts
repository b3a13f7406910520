import type { Clock } from "../base/clock.ts"
import type { Log } from "../base/log.ts"
import type { Random } from "../base/random.ts"
import type { Courier } from "../mailbox/courier.ts"
import type { Mailboxes } from "../mailbox/mailboxes.ts"
import type { Message, Registration } from "../mailbox/model.ts"
import type { Connection, Occupants } from "../wire.ts"
import type { Envelopes } from "./envelope.ts"
import { enclosed, type Live, type LiveRequest } from "./protocols/message-pickup.ts"
import { compose } from "./reply.ts"

/** How long a socket that turned live mode on may take to fetch its backlog itself before it is pushed. */
const BACKLOG_GRACE_MS = 3_000

type Ports = {
  readonly envelopes: Pick<Envelopes, "seal">
  readonly courier: Pick<Courier, "listen">
  readonly mailboxes: Pick<Mailboxes, "latest">
  readonly occupants: Pick<Occupants, "listening">
  readonly clock: Clock
  readonly random: Random
  readonly log: Log
  /** `never`: what waited before live mode must be asked for, as the specification says and some wallets never do. */
  readonly backlog: "after-grace" | "never"
}

/** One member's live mode on one socket. */
type Session = { resume(): void; keepBacklog(): void; end(): void }

/** Live mode: which members have their mail pushed on which sockets. A new socket starts with it off. */
export function createLive({ envelopes, courier, mailboxes, occupants, clock, random, log, backlog }: Ports): Live {
  const onSocket = new Map<Connection, Map<number, Session>>()
  const ofMember = new Map<number, Set<Session>>()

  async function start(request: LiveRequest): Promise<void> {
    const { connection, member } = request
    if (isOn(connection, member)) return
    const session = createSession(request, await mailboxes.latest())
    ofMember.set(member.id, (ofMember.get(member.id) ?? new Set()).add(session))
    const sessions = onSocket.get(connection)
    if (sessions) sessions.set(member.id, session)
    else attach(connection, new Map([[member.id, session]]))
  }

  function attach(connection: Connection, sessions: Map<number, Session>): void {
    onSocket.set(connection, sessions)
    connection.onDrain(() => {
      for (const session of sessions.values()) session.resume()
    })
    connection.onClose(() => {
      for (const member of sessions.keys()) drop(connection, member)
      onSocket.delete(connection)
    })
  }

  function drop(connection: Connection, member: number): void {
    const session = onSocket.get(connection)?.get(member)
    if (!session) return
    session.end()
    onSocket.get(connection)?.delete(member)
    const others = ofMember.get(member)
    others?.delete(session)
    if (others?.size === 0) ofMember.delete(member)
  }

  function createSession({ connection, member, from, to, type }: LiveRequest, latest: number): Session {
    const push = async (message: Message) => {
      const delivery = compose({ type, body: {}, attachments: [enclosed(message)] }, { from, to, clock, random })
      try {
        return connection.send(await envelopes.seal(delivery, from, to))
      } catch (error) {
        log.warn("didcomm.push_failed", { to: to.did, error: String(error) })
        return "closed"
      }
    }
    const listen = (after: number, until?: number) =>
      courier.listen({ mailbox: member.id, lane: "didcomm", after, ...(until !== undefined && { until }) }, { push })
    const rounds = [listen(latest)]
    const grace = clock.after(BACKLOG_GRACE_MS, () => {
      if (backlog === "after-grace") rounds.push(listen(0, latest))
    })
    const keepBacklog = () => grace[Symbol.dispose]()
    const listening = occupants.listening(connection, member.did)
    return {
      resume: () => {
        for (const round of rounds) round.resume()
      },
      keepBacklog,
      end: () => {
        keepBacklog()
        listening[Symbol.dispose]()
        for (const round of rounds) round[Symbol.dispose]()
      },
    }
  }

  const stop = (connection: Connection, member: Registration): void => drop(connection, member.id)

  const isOn = (connection: Connection | null, member: Registration): boolean =>
    connection !== null && (onSocket.get(connection)?.has(member.id) ?? false)

  const asked = (member: Registration): void => {
    for (const session of ofMember.get(member.id) ?? []) session.keepBacklog()
  }

  return { start, stop, isOn, asked }
}
