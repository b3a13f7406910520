import type { Server } from "bun"
import { type Context, Hono } from "hono"
import { secureHeaders } from "hono/secure-headers"
import type { Clock } from "../base/clock.ts"
import type { Log } from "../base/log.ts"
import type { Random } from "../base/random.ts"
import { Fault } from "../faults.ts"
import type { Outbound, Receiver } from "../wire.ts"
import { invitationImage, landingPage, landingStyle, type Profile } from "./landing.ts"
import { createSockets, type SocketContext } from "./websocket.ts"

/** An honest client on a bad line may take this long for one request, seconds. */
const REQUEST_S = 120
/** How long requests under way may take to end when the server stops. */
const STOP_MS = 5_000

export type HttpOptions = {
  readonly host: string
  /** 0 lets the system choose. */
  readonly port: number
  /** Bytes of one request body or one frame. */
  readonly maxBody: number
  /** Requests and sockets together. */
  readonly maxConnections: number
  readonly clock: Clock
  readonly random: Random
  readonly log: Log
}

/** What is served; given once the port is known, because the public URL may depend on it. */
export type Site = {
  readonly didcomm: Receiver
  readonly profile: Profile
  /** Whether a message could be kept right now. */
  readonly isReady: () => Promise<boolean>
}

export type Door = { readonly port: number; open(site: Site): void; [Symbol.asyncDispose](): Promise<void> }

type Env = { Bindings: { server: Server<SocketContext> } }

/** Listens at once and answers 503 until `open` is called. Fault server.address when the address cannot be had. */
export function listen(options: HttpOptions): Door {
  const { host, port, maxBody, maxConnections, clock, random, log } = options
  const sockets = createSockets({ clock, log, maxFrame: maxBody })
  let app: Hono<Env> | null = null
  let receive: Receiver | null = null

  function upgrade(request: Request, server: Server<SocketContext>): boolean {
    if (!receive || request.headers.get("upgrade")?.toLowerCase() !== "websocket") return false
    const remote = server.requestIP(request)?.address ?? "unknown"
    return server.upgrade(request, { data: { id: random.id(), remote, receive } })
  }

  function serve() {
    try {
      return Bun.serve<SocketContext>({
        hostname: host,
        port,
        maxRequestBodySize: maxBody,
        websocket: sockets.handlers,
        async fetch(request, server) {
          if (!app || server.pendingRequests + sockets.count() > maxConnections)
            return refusal(new Fault("request.busy"))
          const { pathname } = new URL(request.url)
          if ((pathname === "/" || pathname === "/ws") && upgrade(request, server)) return undefined
          return app.fetch(request, { server })
        },
        error: (error) => {
          log.error("http.failed", { error: error.stack ?? String(error) })
          return refusal(new Fault("internal"))
        },
      })
    } catch (cause) {
      const reason = cause instanceof Error ? cause.message : String(cause)
      throw new Fault("server.address", { detail: `${host}:${port}: ${reason}`, cause })
    }
  }

  const server = serve()
  return {
    port: server.port ?? port,
    open(site) {
      receive = site.didcomm
      app = routes(site, log)
    },
    async [Symbol.asyncDispose]() {
      sockets.closeAll()
      const giveUp = clock.after(STOP_MS, () => void server.stop(true))
      await server.stop()
      giveUp[Symbol.dispose]()
    },
  }
}

const pageHeaders = secureHeaders({
  // Whoever puts https before this server also decides for how long browsers must insist on it.
  strictTransportSecurity: false,
  contentSecurityPolicy: {
    defaultSrc: ["'none'"],
    styleSrc: ["'self'"],
    imgSrc: ["'self'"],
    baseUri: ["'none'"],
    formAction: ["'none'"],
    frameAncestors: ["'none'"],
  },
})

function routes({ didcomm, profile, isReady }: Site, log: Log): Hono<Env> {
  const app = new Hono<Env>()
  // Browser wallets are clients like any other; nothing here depends on who asks from where.
  app.use(async (c, next) => {
    await next()
    c.header("Access-Control-Allow-Origin", "*")
    c.header("X-Content-Type-Options", "nosniff")
  })

  app.get("/", pageHeaders, (c) => c.html(landingPage(profile)))
  app.get("/landing.css", (c) => c.body(landingStyle, 200, { "Content-Type": "text/css; charset=utf-8" }))
  app.get("/invitation.svg", pageHeaders, (c) =>
    c.body(invitationImage(profile), 200, { "Content-Type": "image/svg+xml" }),
  )
  app.get("/did", (c) => {
    const wantsJson = c.req.header("accept")?.includes("application/json")
    return wantsJson ? c.json({ did: profile.did, dids: profile.dids }) : text(c, profile.did)
  })
  app.on("GET", ["/.well-known/did.json", "/did.json"], (c) => {
    if (!profile.webDocument) throw new Fault("request.not_found")
    return c.json(profile.webDocument)
  })
  app.get("/invitation", (c) => c.json(profile.invitation))
  app.get("/invitationOOB", (c) => text(c, profile.invitationUrl))
  app.on("GET", ["/healthz", "/health"], (c) => text(c, "ok"))
  app.get("/readyz", async (c) => ((await isReady()) ? text(c, "ready") : text(c, "not ready", 503)))
  app.get("/version", (c) => c.json({ name: "restante", version: profile.version }))

  app.options("*", (c) => {
    c.header("Access-Control-Allow-Methods", "GET, POST, OPTIONS")
    c.header("Access-Control-Allow-Headers", "Content-Type")
    c.header("Access-Control-Max-Age", "86400")
    return c.body(null, 204)
  })
  // Wallets post to whatever the DID document says, and a proxy may or may not have cut the path.
  app.post("*", async (c) => response(await didcomm(await inbound(c))))
  app.all("*", (c) => refusal(new Fault(c.req.method === "GET" ? "request.not_found" : "request.method")))

  app.onError((thrown) => {
    const fault = Fault.from(thrown)
    if (fault.code === "internal") log.error("http.failed", { error: fault.detail })
    return refusal(fault)
  })
  return app
}

// Hono's own `text` loses its content type once a middleware sets another header.
const text = (c: Context<Env>, words: string, status: 200 | 503 = 200) =>
  c.body(words, status, { "Content-Type": "text/plain; charset=utf-8" })

async function inbound(c: Context<Env>) {
  const { raw } = c.req
  if (raw.headers.has("content-encoding")) throw new Fault("request.media_type")
  const { server } = c.env
  // Bun's time-out counts from the last byte received, not from the first: see `idleTimeout`.
  server.timeout(raw, REQUEST_S)
  const remote = server.requestIP(raw)?.address ?? "unknown"
  const mediaType = raw.headers.get("content-type")?.split(";", 1)[0]?.trim().toLowerCase() ?? ""
  return { bytes: await body(raw), mediaType, remote, connection: null }
}

async function body(request: Request): Promise<Uint8Array> {
  try {
    return await request.bytes()
  } catch (cause) {
    // The client went away, or sent more than the limit in chunks.
    throw new Fault("request.too_large", { cause })
  }
}

function response(outbound: Outbound): Response {
  if (outbound.status === "refused") return refusal(outbound.fault)
  if (outbound.status === "accepted") return new Response(null, { status: 202 })
  return new Response(outbound.text, { status: 200, headers: { "Content-Type": outbound.mediaType } })
}

/** A bare status: some wallets try to unpack whatever body they are given. */
function refusal({ row }: Fault): Response {
  const headers = new Headers({ "Access-Control-Allow-Origin": "*" })
  if (row.retry !== undefined) headers.set("Retry-After", String(row.retry))
  if (row.http === 405) headers.set("Allow", "GET, POST, OPTIONS")
  return new Response(null, { status: row.http, headers })
}
