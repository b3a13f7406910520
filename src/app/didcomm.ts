import { accountDid, agreementNames, spellings } from "../did/document.ts"
import { createBreaker } from "../didcomm/breaker.ts"
import { createEndpoint } from "../didcomm/endpoint.ts"
import { createEnvelopes } from "../didcomm/envelope.ts"
import type { Jose } from "../didcomm/jose.ts"
import { createLive } from "../didcomm/live.ts"
import { createOutbound } from "../didcomm/outbound.ts"
import { basicMessage } from "../didcomm/protocols/basicmessage-2.ts"
import { coordinateMediation2 } from "../didcomm/protocols/coordinate-mediation-2.ts"
import { coordinateMediation3 } from "../didcomm/protocols/coordinate-mediation-3.ts"
import { discoverFeatures } from "../didcomm/protocols/discover-features-2.ts"
import { empty } from "../didcomm/protocols/empty-1.ts"
import { mailNotice } from "../didcomm/protocols/mail-notice-1.ts"
import { messagePickup3 } from "../didcomm/protocols/message-pickup-3.ts"
import { messagePickup4 } from "../didcomm/protocols/message-pickup-4.ts"
import { reportProblem } from "../didcomm/protocols/report-problem-2.ts"
import { routing } from "../didcomm/protocols/routing-2.ts"
import { trustPing } from "../didcomm/protocols/trust-ping-2.ts"
import { createRegistry, type Party } from "../didcomm/registry.ts"
import { createReplayGuard } from "../didcomm/replay.ts"
import { createReturnRoutes } from "../didcomm/return-routes.ts"
import { Fault } from "../faults.ts"
import type { Registration } from "../mailbox/model.ts"
import type { NoticeDesk } from "../mailbox/notice-ports.ts"
import type { Receiver } from "../wire.ts"
import type { Ports, Rooms } from "./mailboxes.ts"

/** DIDComm with the settings of [didcomm]: every protocol of it is named here. */
export function openDidcomm(rooms: Rooms & Ports & { noticeDesk: NoticeDesk; jose: Jose }): Receiver {
  const { settings, self, store, courier, mailboxes, registrations, occupants, fetcher, resolver, limits } = rooms
  const { clock, random, log, noticeDesk, jose } = rooms
  const ports = { clock, random, log }
  const { server, didcomm, notify } = settings
  const envelopes = createEnvelopes({ keys: self, resolver, clock }, jose)
  const outbound = createOutbound({ resolver, fetcher, owns: self.owns, random, log })
  const live = createLive({ envelopes, courier, mailboxes, occupants, ...ports, backlog: didcomm.live_backlog })
  const coordination = {
    registrations,
    mailboxes,
    owns: self.owns,
    routingDid: self.successorOf,
    fullForm: resolver.fullForm,
    aliasesOf: async (did: string) => [...spellings(did), ...agreementNames(await resolver.resolve(did))],
  }
  const protocols = [
    routing({ mailboxes, owns: self.owns, receive: (text, hops) => endpoint.receiveForwarded(text, hops) }),
    coordinateMediation2(coordination, { routingDid: didcomm.routing_did }),
    coordinateMediation3(coordination),
    messagePickup3({ mailboxes, live }, clock),
    messagePickup4({ mailboxes, live }),
    ...(notify.wallets && notify.outbound !== "off" ? [mailNotice(noticeDesk)] : []),
    trustPing(),
    basicMessage(),
    reportProblem(log),
    empty(),
  ]
  const discovery = discoverFeatures(protocols, { maxReceiveBytes: server.max_body })
  const isMember = async (did: string) => (await registrations.find(accountDid(did), "didcomm")) !== null
  /** Null for a stranger; whoever is none is told why. Faults registration.waiting, registration.closed. */
  async function memberOf(did: string, us: Party): Promise<Registration | null> {
    const found = await registrations.member(accountDid(did), "didcomm", self.generationOf(us.kid))
    if (found) return found
    const state = await registrations.standing(accountDid(did))
    if (state === null || state === "approved") return null
    throw new Fault(state === "pending" ? "registration.waiting" : "registration.closed", { args: [did] })
  }
  const endpoint = createEndpoint({
    envelopes,
    registry: createRegistry([...protocols, discovery], memberOf),
    routes: createReturnRoutes(),
    replays: createReplayGuard({ ledger: store, clock }),
    breaker: createBreaker(),
    occupants,
    rotate: (from, to, at) => registrations.rotate(accountDid(from), accountDid(to), at, resolver.fullForm(to)),
    resolver,
    limits: limits.didcomm(isMember),
    outbound,
    self,
    reportUnknownRecipients: didcomm.report_unknown_recipients,
    ...ports,
  })
  return endpoint.receive
}
