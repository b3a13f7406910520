import type { Server } from "bun"
import { type Context, Hono } from "hono"
import { etag } from "hono/etag"
import { secureHeaders } from "hono/secure-headers"
import type { Log } from "../base/log.ts"
import { Fault } from "../faults.ts"
import type { Branch, Inbound, Receiver } from "../wire.ts"
import { refusal, response } from "./answers.ts"
import { readBody } from "./body.ts"
import type { Place } from "./budget.ts"
import { invitationImage, landingPage, landingStyle, type Profile } from "./landing.ts"
import type { MetricsPage } from "./metrics.ts"
import type { SocketContext } from "./socket.ts"
import type { Hold } from "./unread.ts"
import type { Wing } from "./wing.ts"

/** What is served; given once the port is known, because the public URL may depend on it. */
export type Site = {
  readonly didcomm: Receiver
  readonly decentrl?: Branch
  readonly profile: Profile
  /** Whether a message could be kept right now. */
  readonly isReady: () => Promise<boolean>
  /** The page of figures, where it is served here. */
  readonly metrics?: MetricsPage
  /** What answers by itself below its prefix. */
  readonly wing?: Wing
}

/** What a request brings along; `place` counts its body. */
export type Bindings = {
  readonly server: Server<SocketContext>
  readonly remote: string
  readonly place: Place
  readonly maxBody: number
  readonly hold: Hold
}
type Env = { Bindings: Bindings }

/** The path of a request's URL, which has no host when the client named none or a nonsensical one. */
export const pathOf = (url: string): string => /^(?:[a-z]+:\/\/[^/?#]*)?([^?#]*)/i.exec(url)?.[1] || "/"

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

/** What a short link names: out-of-band/2.0, "Short URL Message Retrieval". */
const UUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/

/** `note`: what is refused here, without a language. */
type Books = { readonly log: Log; readonly note: (fault: Fault) => void }

export function routes({ didcomm, decentrl, profile, isReady, metrics }: Site, { log, note }: Books): Hono<Env> {
  const app = new Hono<Env>({ getPath: ({ url }) => pathOf(url) })
  // Browser wallets are clients like any other; nothing here depends on who asks from where.
  app.use(async (c, next) => {
    await next()
    // Hono's own `header` would copy the whole answer each time.
    const { headers } = c.res
    headers.set("Access-Control-Allow-Origin", "*")
    headers.set("Access-Control-Expose-Headers", "ETag, Retry-After")
    headers.set("X-Content-Type-Options", "nosniff")
  })

  app.get("/", pageHeaders, (c) => {
    const id = c.req.query("_oobid") ?? ""
    return UUID.test(id) ? c.redirect(profile.inviteUrl(id)) : c.html(landingPage(profile))
  })
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

  if (metrics) app.get("/metrics", ({ req }) => metrics(req.raw))
  if (decentrl) app.route("/", branch(decentrl, note))

  app.options("*", (c) => {
    c.header("Access-Control-Allow-Methods", "GET, POST, OPTIONS")
    c.header("Access-Control-Allow-Headers", "Content-Type, If-None-Match")
    c.header("Access-Control-Max-Age", "86400")
    return c.body(null, 204)
  })
  // Wallets post to whatever the DID document says, and a proxy may or may not have cut the path.
  app.post("*", async (c) => response(await didcomm(await inbound(c)), holding(c)))
  app.all("*", (c) => {
    throw new Fault(c.req.method === "GET" ? "request.not_found" : "request.method")
  })

  app.onError((thrown) => {
    const fault = Fault.from(thrown)
    if (fault.code === "internal") log.error("http.failed", { error: fault.detail })
    note(fault)
    return refusal(fault)
  })
  return app
}

/** The addresses of a language that has some of its own. */
function branch({ receive, readPublic, refused }: Branch, note: Books["note"]): Hono<Env> {
  const app = new Hono<Env>()
  app.post("/decentrl", async (c) => response(await receive(await inbound(c)), holding(c)))
  app.get("/public/*", etag(), async ({ req }) => {
    const did = decoded(req.path.slice("/public/".length))
    return response(did === null ? refused(new Fault("command.body")) : await readPublic(did, req.query()))
  })
  // Its clients read a code even where the door answers by itself.
  app.onError((thrown) => {
    const fault = Fault.from(thrown)
    note(fault)
    return response(refused(fault))
  })
  return app
}

function decoded(text: string): string | null {
  try {
    return decodeURIComponent(text)
  } catch {
    return null
  }
}

// Hono's own `text` loses its content type once a middleware sets another header.
const text = (c: Context<Env>, words: string, status: 200 | 503 = 200) =>
  c.body(words, status, { "Content-Type": "text/plain; charset=utf-8" })

const holding =
  ({ req, env: { hold, remote } }: Context<Env>) =>
  (text: string) =>
    hold(text, { remote, signal: req.raw.signal })

async function inbound({ req, env: { server, remote, place, maxBody } }: Context<Env>): Promise<Inbound> {
  const { headers } = req.raw
  if (headers.has("content-encoding")) throw new Fault("request.media_type")
  const mediaType = headers.get("content-type")?.split(";", 1)[0]?.trim().toLowerCase() ?? ""
  return { bytes: await readBody(req.raw, server, place, maxBody), mediaType, remote, connection: null }
}
