import type { Clock } from "../base/clock.ts"
import { type Network, parseNetwork } from "../base/ip.ts"
import type { Settings } from "../config/schema.ts"
import { createGate, throughBoth } from "../didcomm/gate.ts"
import { createLimits } from "../didcomm/limits.ts"
import type { FaultCode } from "../faults.ts"
import type { Lane } from "../mailbox/model.ts"
import { createClientLimits } from "../transport/limits.ts"
import type { Branch, Outbound, Receiver } from "../wire.ts"
import type { Meters } from "./meters.ts"

/** Envelopes that are opened at the same time, and that may wait for it; strangers never get more than half. */
const ENVELOPES = { atOnce: 256, waiting: 4_096 }

/** What took cryptography, or a look at somebody's document, and led to nothing. */
const costly: readonly FaultCode[] = [
  "envelope.malformed",
  "envelope.unreadable",
  "envelope.inconsistent",
  "did.malformed",
  "did.unresolvable",
  "message.unproven",
  "command.malformed",
  "command.signature",
]

const refusalOf = (outbound: Outbound): FaultCode | null =>
  outbound.refusal ?? (outbound.status === "refused" ? outbound.fault.code : null)

export type OpenLimits = ReturnType<typeof openLimits>

/** The limits that [limits] sets, in the rooms that keep them. */
export function openLimits({ limits, server }: Settings, { clock, meters }: { clock: Clock; meters: Meters }) {
  const rate = (perSecond: number) => ({ perSecond, burst: Math.max(1, (perSecond * limits.burst) / 1000) })
  const clients = createClientLimits({
    rate: rate(limits.per_address),
    connections: limits.connections_per_address,
    clock,
  })
  const known = createGate(ENVELOPES.atOnce, ENVELOPES.waiting)
  const strangers = throughBoth(createGate(ENVELOPES.atOnce / 2, ENVELOPES.waiting / 2), known)

  const didcomm = (isMember: (did: string) => Promise<boolean>) =>
    createLimits({
      gates: { known, strangers },
      perForwarder: rate(limits.forwards_per_address),
      perDid: rate(limits.per_did),
      addresses: clients,
      isMember,
      clock,
    })

  /** A language's receiver, counted, with what failed at its sender's expense. */
  const watched =
    (lane: Lane, receive: Receiver): Receiver =>
    async (inbound) => {
      const outbound = await receive(inbound)
      const refusal = refusalOf(outbound)
      meters.request(lane, outbound, refusal)
      if (refusal !== null && costly.includes(refusal)) clients.charge(inbound.remote)
      return outbound
    }

  const watchedBranch = (lane: Lane, branch: Branch): Branch => ({
    ...branch,
    receive: watched(lane, branch.receive),
    hear: watched(lane, branch.hear),
    async readPublic(did, query) {
      const outbound = await branch.readPublic(did, query)
      meters.request(lane, outbound, refusalOf(outbound))
      return outbound
    },
  })

  const trustedProxies: readonly Network[] = server.trusted_proxies.flatMap((text) => parseNetwork(text) ?? [])
  return { clients, trustedProxies, didcomm, strangers, watched, watchedBranch }
}
