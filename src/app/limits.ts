import type { LimitsState } from "../admin/endpoints/limits.ts"
import type { Rate } from "../base/bucket.ts"
import type { Clock } from "../base/clock.ts"
import { type Network, parseNetwork } from "../base/ip.ts"
import { createPace } from "../decentrl/pace.ts"
import { createGate, throughBoth } from "../didcomm/gate.ts"
import { createLimits, type Limits } from "../didcomm/limits.ts"
import type { FaultCode } from "../faults.ts"
import type { Lane } from "../mailbox/model.ts"
import { createClientLimits } from "../transport/limits.ts"
import type { Branch, Outbound, Receiver } from "../wire.ts"
import type { LiveSettings } from "./live-settings.ts"
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
export function openLimits(live: LiveSettings, { clock, meters }: { clock: Clock; meters: Meters }) {
  const rateOf = (name: "per_address" | "forwards_per_address" | "per_did") =>
    live.derived(({ limits }) => {
      const perSecond = limits[name]
      return { perSecond, burst: Math.max(1, (perSecond * limits.burst) / 1000) }
    })
  const rates = {
    perAddress: rateOf("per_address"),
    perForwarder: rateOf("forwards_per_address"),
    perDid: rateOf("per_did"),
  }
  const clients = createClientLimits({
    rate: rates.perAddress,
    connections: () => live.now().limits.connections_per_address,
    clock,
  })
  const known = createGate(ENVELOPES.atOnce, ENVELOPES.waiting)
  const strangers = throughBoth(createGate(ENVELOPES.atOnce / 2, ENVELOPES.waiting / 2), known)

  let ofMessages: Limits | null = null
  const didcomm = (isMember: (did: string) => Promise<boolean>) => {
    ofMessages = createLimits({
      gates: { known, strangers },
      perForwarder: rates.perForwarder,
      perDid: rates.perDid,
      addresses: clients,
      isMember,
      clock,
    })
    return ofMessages
  }

  const decentrl = createPace({ perDid: rates.perDid, clock })

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

  const trustedProxies: readonly Network[] = live
    .now()
    .server.trusted_proxies.flatMap((text) => parseNetwork(text) ?? [])

  /** Who is limited and how full it is, for the operator. */
  function state(): LimitsState {
    const { requests, connections, mostLimited } = clients.state()
    const none = { tracked: 0, limited: 0 }
    const { forwards, asking, fetching } = ofMessages?.state() ?? { forwards: none, asking: none, fetching: none }
    const ofCommands = decentrl.state()
    const sum = (a: typeof none, b: typeof none) => ({ tracked: a.tracked + b.tracked, limited: a.limited + b.limited })
    const rated = (rate: () => Rate, counted: typeof none) => ({
      rate: rate().perSecond,
      burst: rate().burst,
      ...counted,
    })
    const most = live.now().limits.connections_per_address
    const { atOnce, waiting } = ENVELOPES
    return {
      perAddress: rated(rates.perAddress, requests),
      forwardsPerAddress: rated(rates.perForwarder, forwards),
      perDid: rated(rates.perDid, sum(asking, ofCommands.asking)),
      fetchesPerDid: rated(rates.perDid, sum(fetching, ofCommands.fetching)),
      connections: { most, ...connections },
      crypto: { ...known.state(), atOnce, mostWaiting: waiting },
      cryptoStrangers: { ...strangers.state(), atOnce: atOnce / 2, mostWaiting: waiting / 2 },
      mostLimited,
    }
  }

  return { clients, trustedProxies, didcomm, decentrl, strangers, watched, watchedBranch, state }
}
