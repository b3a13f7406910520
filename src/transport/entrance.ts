import type { Server } from "bun"
import { LRUCache } from "lru-cache"
import { bounded } from "../base/bounded.ts"
import type { Clock } from "../base/clock.ts"
import type { Network } from "../base/ip.ts"
import type { Log } from "../base/log.ts"
import { Fault } from "../faults.ts"
import { clientOf } from "./client-address.ts"
import type { ClientLimits } from "./limits.ts"
import type { Tally } from "./tally.ts"

/** A request that had to wait has so long to be read and answered; what reads its body sets this anew. */
const ANSWER_S = 30
/** A refusal comes late, so that whoever waits for answers floods no faster than that. */
const REFUSAL_S = 0.5
/** The share of all connections that may be kept waiting for their refusal. */
const LATE_SHARE = 0.1
/** Addresses of connections that are remembered with the clients they stand for. */
const REMEMBERED = 1_000

export type EntrancePorts = {
  readonly clients: ClientLimits
  readonly trustedProxies: readonly Network[]
  /** Requests and sockets together; four fifths of the process's descriptors when that is less. */
  readonly maxConnections: number
  readonly tally: Tally
  readonly clock: Clock
  readonly log: Log
}

/** A request that has been let in: by whom, and the place that it takes among its address's connections. */
export type Guest = { readonly remote: string; readonly place: Disposable }

/** What every request passes first: who sends it, whether it may come in, and what is noted of it. */
export function createEntrance({ clients, trustedProxies, maxConnections, tally, clock, log }: EntrancePorts) {
  let isTold = false
  let late = 0

  // Most come again: to read an address costs as much as a small look-up in the database.
  const remotes = new LRUCache<string, string>(bounded(REMEMBERED))

  function remoteOf(request: Request, server: Server<unknown>): string {
    const peer = server.requestIP(request)?.address ?? null
    const forwardedFor = request.headers.get("x-forwarded-for")
    const known = forwardedFor === null && peer !== null ? remotes.get(peer) : undefined
    if (known !== undefined) return known
    const client = clientOf(peer, forwardedFor, trustedProxies)
    if (forwardedFor === null && peer !== null) remotes.set(peer, client.remote)
    if (client.isUnknownProxy && !isTold) {
      isTold = true
      log.warn("http.unknown_proxy", { peer, advice: "name it in server.trusted_proxies, or its clients count as one" })
    }
    return client.remote
  }

  /**
   * Does `act` for a request within the limits, `refuse` for one beyond. An act that resolves with undefined keeps the
   * place: it became a socket.
   */
  async function pass(
    request: Request,
    server: Server<unknown>,
    act: (guest: Guest) => Promise<Response | undefined>,
    refuse: (fault: Fault) => Response,
  ): Promise<Response | undefined> {
    const start = clock.now()
    const wait = (seconds: number): Promise<void> => {
      server.timeout(request, Math.ceil(seconds) + ANSWER_S)
      return new Promise((resolve) => clock.after(seconds * 1000, resolve))
    }
    const outcome = await within(remoteOf(request, server), wait, act)
    if (outcome instanceof Fault) await beLate(wait)
    const response = outcome instanceof Fault ? refuse(outcome) : outcome
    if (response) tally.answered(response.status, Math.max(0, clock.now() - start) / 1000)
    return response
  }

  async function within(
    remote: string,
    wait: (seconds: number) => Promise<void>,
    act: (guest: Guest) => Promise<Response | undefined>,
  ): Promise<Response | undefined | Fault> {
    const place = clients.connect(remote)
    if (place instanceof Fault) return place
    let isSocket = false
    try {
      const turn = clients.admit(remote)
      if (turn instanceof Fault) return turn
      if (turn > 0) await wait(turn)
      const response = await act({ remote, place })
      isSocket = response === undefined
      return response
    } finally {
      if (!isSocket) place[Symbol.dispose]()
    }
  }

  async function beLate(wait: (seconds: number) => Promise<void>): Promise<void> {
    if (late >= maxConnections * LATE_SHARE) return
    late++
    await wait(REFUSAL_S)
    late--
  }

  return { pass }
}
