import type { Server } from "bun"
import type { Clock } from "../base/clock.ts"
import type { Network } from "../base/ip.ts"
import type { Log } from "../base/log.ts"
import { Fault } from "../faults.ts"
import { clientOf } from "./client-address.ts"
import type { ClientLimits } from "./limits.ts"
import type { Tally } from "./tally.ts"

export type EntrancePorts = {
  readonly clients: ClientLimits
  readonly trustedProxies: readonly Network[]
  readonly tally: Tally
  readonly clock: Clock
  readonly log: Log
}

/** A request that has been let in: by whom, and the place that it takes among its address's connections. */
export type Guest = { readonly remote: string; readonly place: Disposable }

/** What every request passes first: who sends it, whether it may come in, and what is noted of it. */
export function createEntrance({ clients, trustedProxies, tally, clock, log }: EntrancePorts) {
  let isTold = false

  function remoteOf(request: Request, server: Server<unknown>): string {
    const peer = server.requestIP(request)?.address ?? null
    const client = clientOf(peer, request.headers.get("x-forwarded-for"), trustedProxies)
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
    const response = await within(remoteOf(request, server), act, refuse)
    if (response) tally.answered(response.status, Math.max(0, clock.now() - start) / 1000)
    return response
  }

  async function within(
    remote: string,
    act: (guest: Guest) => Promise<Response | undefined>,
    refuse: (fault: Fault) => Response,
  ): Promise<Response | undefined> {
    let place: Disposable | null = null
    try {
      place = clients.connect(remote)
      await clients.admit(remote)
    } catch (thrown) {
      place?.[Symbol.dispose]()
      return refuse(Fault.from(thrown))
    }
    let isSocket = false
    try {
      const response = await act({ remote, place })
      isSocket = response === undefined
      return response
    } finally {
      if (!isSocket) place[Symbol.dispose]()
    }
  }

  return { pass }
}
