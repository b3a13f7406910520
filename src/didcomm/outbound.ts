import { toUtf8 } from "../base/bytes.ts"
import type { Log } from "../base/log.ts"
import type { Random } from "../base/random.ts"
import { sealJwe } from "../crypto/jwe.ts"
import { type DidDocument, didOf, type Service } from "../did/document.ts"
import type { Fetcher } from "../did/fetch.ts"
import type { Resolver } from "../did/resolver.ts"
import { Fault } from "../faults.ts"
import { mediaTypes } from "./message.ts"

/** How many deliveries to other agents may be under way at once; what comes on top is dropped, and logged. */
const UNDER_WAY = 64
/** Services of one DID that are tried, in their owner's order. */
const ATTEMPTS = 3
/** Mediators on the way to it, each of which costs a resolution and an envelope. */
const MAX_HOPS = 4
const ANSWER_BYTES = 64 * 1024

export type Outbound = ReturnType<typeof createOutbound>

type Ports = {
  readonly resolver: Resolver
  readonly fetcher: Pick<Fetcher, "post" | "push">
  readonly owns: (did: string) => boolean
  readonly random: Random
  readonly log: Log
}

/** Sends answers to agents that did not open a return route, to the services of their DID document (§transports, §routing). */
export function createOutbound({ resolver, fetcher, owns, random, log }: Ports) {
  let underWay = 0

  /** Sends a sealed message to a DID, in its own time. An answer that cannot be sent is dropped: nobody waits for it. */
  function send(did: string, sealed: string): void {
    if (underWay >= UNDER_WAY) {
      log.warn("didcomm.outbound_dropped", { to: did })
      return
    }
    underWay++
    deliver(did, sealed)
      .catch((error) => log.info("didcomm.outbound_failed", { to: did, error: String(error) }))
      .finally(() => underWay--)
  }

  async function deliver(did: string, sealed: string): Promise<void> {
    let failure: unknown = new Fault("outbound.failed", { detail: "no service that can be reached" })
    for (const service of (await resolver.resolve(did)).services.slice(0, ATTEMPTS)) {
      try {
        const hop = await route(service, did, sealed)
        if (!hop) continue
        const { status } = await hand(hop.url, hop.text)
        if (status === 101 || (status >= 200 && status < 300)) return
        failure = new Fault("outbound.failed", { detail: `HTTP status ${status}` })
      } catch (error) {
        failure = error
      }
    }
    throw failure
  }

  const hand = (url: string, text: string) =>
    /^ws/i.test(url)
      ? fetcher.push(url, text)
      : fetcher.post(url, { mediaType: mediaTypes.encrypted, text, maxBytes: ANSWER_BYTES })

  /** The URL and the text for one service: wrapped for its routing keys, and for the mediator when its uri is a DID. */
  async function route({ uri, routingKeys }: Service, did: string, sealed: string) {
    if (routingKeys.length > MAX_HOPS) return null
    const hops = [...routingKeys]
    let url = uri
    if (uri.startsWith("did:")) {
      // Our own resident: what was not asked for on its connection must not be queued.
      if (owns(didOf(uri))) return null
      const mediator = (await resolver.resolve(didOf(uri))).services.find((service) => isAddress(service.uri))
      if (!mediator) return null
      // One level of indirection only (§did-as-endpoint): the mediator's key comes before the recipient's routing keys.
      hops.unshift(didOf(uri))
      url = mediator.uri
    }
    if (!isAddress(url)) return null
    let text = sealed
    let next = did
    for (const hop of hops.reverse()) {
      text = await wrapForward(text, next, await resolver.resolve(didOf(hop)), random)
      next = hop
    }
    return { url, text }
  }

  return { send }
}

/** A sealed message in an anonymous forward to the mediator that takes mail for `next`. */
export async function wrapForward(
  sealed: string,
  next: string,
  mediator: DidDocument,
  random: Random,
): Promise<string> {
  const first = mediator.methods.find(({ id }) => mediator.keyAgreement.includes(id))
  if (!first) throw new Fault("did.unresolvable", { detail: "a routing DID without a key agreement key" })
  const forward = {
    id: random.id(),
    typ: mediaTypes.plain,
    type: "https://didcomm.org/routing/2.0/forward",
    to: [mediator.id],
    body: { next },
    attachments: [{ id: random.id(), media_type: mediaTypes.encrypted, data: { json: JSON.parse(sealed) as unknown } }],
  }
  return sealJwe(toUtf8(JSON.stringify(forward)), { recipients: [{ kid: first.id, key: first.key }] })
}

const isAddress = (uri: string): boolean => /^(https?|wss?):\/\//i.test(uri)
