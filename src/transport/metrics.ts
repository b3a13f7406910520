import { createHash, timingSafeEqual } from "node:crypto"
import { METRICS_TYPE } from "../base/metrics.ts"
import { Fault } from "../faults.ts"
import { pathOf } from "./routes.ts"

export type MetricsPage = (request: Request) => Promise<Response>

/** The page `/metrics`; a request must bear the token, unless that is empty. */
export function metricsPage({ render, token }: { render: () => Promise<string>; token: string }): MetricsPage {
  // Of equal length whatever was sent, so that the comparison tells nothing by its time.
  const digest = (text: string) => createHash("sha256").update(text).digest()
  const wanted = digest(token)
  return async ({ headers }) => {
    const [, given = ""] = /^bearer +(\S+) *$/i.exec(headers.get("authorization") ?? "") ?? []
    if (token !== "" && !timingSafeEqual(digest(given), wanted)) {
      return new Response(null, { status: 401, headers: { "WWW-Authenticate": 'Bearer realm="metrics"' } })
    }
    return new Response(await render(), { headers: { "Content-Type": METRICS_TYPE, "Cache-Control": "no-store" } })
  }
}

/** Serves the page, and nothing else, on an address of its own. Fault server.address when that cannot be had. */
export function listenForMetrics(
  { host, port }: { host: string; port: number },
  page: MetricsPage,
): AsyncDisposable & { readonly port: number } {
  try {
    const server = Bun.serve({
      hostname: host,
      port,
      maxRequestBodySize: 1024,
      fetch: (request) => (pathOf(request.url) === "/metrics" ? page(request) : new Response(null, { status: 404 })),
      error: () => new Response(null, { status: 500 }),
    })
    return { port: server.port ?? port, [Symbol.asyncDispose]: () => server.stop(true) }
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause)
    throw new Fault("server.address", { detail: `metrics on ${host}:${port}: ${reason}`, cause })
  }
}
