import type { Server } from "bun"
import type { Network } from "../base/ip.ts"
import { Fault } from "../faults.ts"
import { readBody } from "./body.ts"
import { createBudget, type Place } from "./budget.ts"
import { clientOf } from "./client-address.ts"
import { pathOf } from "./routes.ts"

/** All bodies of a wing with an address of its own, bytes. */
const BUDGET = 4 * 1024 * 1024

/** What a wing learns of a request. */
export type WingGuest = {
  readonly path: string
  /** The client's address, as limits see it. */
  readonly remote: string
  /** The body of at most so many bytes. Faults: request.too_large, request.busy. */
  body(most: number): Promise<Uint8Array>
  /** No time limit any more: the answer is a stream. */
  keepOpen(): void
}

/** A part of the site that answers by itself whatever is asked below its prefix. */
export type Wing = {
  readonly prefix: string
  serve(request: Request, guest: WingGuest): Promise<Response>
}

export const isBelow = (prefix: string, path: string): boolean => path === prefix || path.startsWith(`${prefix}/`)
export const isIn = ({ prefix }: Wing, path: string): boolean => isBelow(prefix, path)

/** Leads a request into a wing. */
export const enter = (
  wing: Wing,
  request: Request,
  { server, remote, place }: { server: Pick<Server<unknown>, "timeout">; remote: string; place: Place },
): Promise<Response> =>
  wing.serve(request, {
    path: pathOf(request.url),
    remote,
    body: (most) => readBody(request, server, place, most),
    keepOpen: () => server.timeout(request, 0),
  })

/** Serves a wing, and nothing else, on an address of its own. Fault server.address when that cannot be had. */
export function listenForWing(
  { host, port }: { host: string; port: number },
  wing: Wing,
  { trustedProxies }: { trustedProxies: readonly Network[] },
): AsyncDisposable & { readonly port: number } {
  const budget = createBudget(BUDGET)
  async function answer(request: Request, server: Server<undefined>): Promise<Response> {
    const path = pathOf(request.url)
    // There is nothing else that whoever opens this address could be looking for.
    if (path === "/") return new Response(null, { status: 302, headers: { Location: `.${wing.prefix}/` } })
    if (!isIn(wing, path)) return new Response(null, { status: 404 })
    const peer = server.requestIP(request)?.address ?? null
    const { remote } = clientOf(peer, request.headers.get("x-forwarded-for"), trustedProxies)
    using place = budget.open()
    return await enter(wing, request, { server, remote, place })
  }
  try {
    const server = Bun.serve({
      hostname: host,
      port,
      development: false,
      reusePort: false,
      maxRequestBodySize: BUDGET,
      fetch: answer,
      error: () => new Response(null, { status: 500 }),
    })
    return { port: server.port ?? port, [Symbol.asyncDispose]: () => server.stop(true) }
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause)
    throw new Fault("server.address", { detail: `${wing.prefix} on ${host}:${port}: ${reason}`, cause })
  }
}
