/** The mediator as wallets reach it: through its public URL, and whatever lies between. */

import { lookup } from "node:dns/promises"
import { isIP } from "node:net"
import { connect } from "node:tls"
import { isDeepStrictEqual } from "node:util"
import type { Clock } from "../../base/clock.ts"
import { isLoopback } from "../../config/loopback.ts"
import type { Settings } from "../../config/schema.ts"
import type { Self } from "../../did/self.ts"
import { webDid } from "../../did/web.ts"
import { type Check, type Finding, failure, fine, warning } from "./check.ts"

const DAY_MS = 86_400_000
const WITHIN_MS = 6_000

type Given = {
  readonly settings: Settings
  /** Null when there is none yet. */
  readonly self: () => Pick<Self, "dids" | "webDocument"> | null
  /** Whether the mediator runs. */
  readonly isRunning: () => Promise<boolean>
  readonly clock: Clock
}

export function reachChecks({ settings, self, isRunning, clock }: Given): readonly Check[] {
  const url = settings.server.public_url
  /** Without a mediator there is nothing to reach. */
  const whileRunning = (look: () => Promise<Finding>) => async () =>
    (await isRunning())
      ? look()
      : warning("It could not be looked at: the mediator does not run.", "Start it, and run this again.")
  return [
    { id: "address", title: "Public address", look: whileRunning(() => address(url, self()?.dids ?? [])) },
    { id: "certificate", title: "Certificate", look: whileRunning(() => certificate(url, clock)) },
    { id: "did", title: "DID document", look: whileRunning(() => document(url, self()?.webDocument() ?? null)) },
    { id: "websocket", title: "WebSockets", look: whileRunning(() => socket(url)) },
  ]
}

const get = (url: string): Promise<Response> =>
  fetch(url, { signal: AbortSignal.timeout(WITHIN_MS), redirect: "manual" })
const said = (thrown: unknown): string => (thrown instanceof Error ? thrown.message : String(thrown))

async function address(url: string, dids: readonly string[]): Promise<Finding> {
  const { hostname } = new URL(url)
  const fix = "Check server.public_url, the name's DNS entries, the proxy, and the port forwarding of your router."
  if (isIP(hostname) === 0 && !hostname.startsWith("[")) {
    const found = await lookup(hostname, { all: true }).catch(() => [])
    if (found.length === 0) return failure(`The name ${hostname} has no address.`, fix)
  }
  try {
    const names = (await (await get(`${url}/did`)).text()).split(/\s+/)
    if (names.some((name) => dids.includes(name))) return fine(`${url} leads here.`)
    return failure(`Something else answers at ${url}.`, fix)
  } catch (thrown) {
    return failure(`Nobody answers at ${url}: ${said(thrown)}.`, fix)
  }
}

async function certificate(url: string, clock: Clock): Promise<Finding> {
  const { protocol, hostname, port } = new URL(url)
  if (protocol !== "https:") {
    if (isLoopback(url)) return fine("None is needed on your own machine.")
    return failure(
      "The public URL is http: whoever is in between sees who writes when, and many wallets refuse it.",
      "Put a proxy with TLS in front, or set server.tls, and make server.public_url an https address.",
    )
  }
  const host = hostname.replace(/^\[|\]$/g, "")
  const { until, problem } = await presented(host, Number(port || 443), clock)
  const fix = "Renew the certificate, with its whole chain; look at the proxy's log."
  if (problem !== null) return failure(`The certificate is not accepted: ${problem}.`, fix)
  const days = Math.floor((until - clock.now()) / DAY_MS)
  const facts = { days }
  if (days < 0) return failure("The certificate has expired.", fix, facts)
  if (days < 14) return warning(`The certificate ends in ${days} days.`, fix, facts)
  return fine(`The certificate is good for ${days} days.`, facts)
}

type Presented = { readonly until: number; readonly problem: string | null }

async function presented(host: string, port: number, clock: Clock): Promise<Presented> {
  const { promise, resolve } = Promise.withResolvers<Presented>()
  // Looked at before it is judged, so that also a bad one can be told about.
  const socket = connect({ host, port, ...(isIP(host) === 0 && { servername: host }), rejectUnauthorized: false })
  using _limit = clock.after(WITHIN_MS, () => resolve({ until: 0, problem: "no answer in time" }))
  socket.on("error", (error) => resolve({ until: 0, problem: error.message }))
  socket.on("secureConnect", () => {
    const until = Date.parse(socket.getPeerCertificate().valid_to)
    const refused = socket.authorizationError
    const problem = socket.authorized || !refused ? null : String(refused instanceof Error ? refused.message : refused)
    resolve({ until, problem })
  })
  try {
    return await promise
  } finally {
    socket.destroy()
  }
}

async function document(url: string, ours: object | null): Promise<Finding> {
  if (ours === null) return fine("did:web is not used.")
  const path = new URL(url).pathname === "/" ? "/.well-known/did.json" : "/did.json"
  const at = `${url}${path}`
  const fix = `Let the proxy hand on ${path}, or take "web" out of identity.methods.`
  try {
    const response = await get(at)
    if (!response.ok) return failure(`${at} answers ${response.status}.`, fix)
    const theirs: unknown = await response.json()
    if (isDeepStrictEqual(theirs, ours)) return fine(`${webDid(new URL(url)) ?? at} is what it should be.`)
    return failure(`What is served at ${at} is not this mediator's document.`, fix)
  } catch (thrown) {
    return failure(`${at} cannot be read: ${said(thrown)}.`, fix)
  }
}

async function socket(url: string): Promise<Finding> {
  const at = `${url.replace(/^http/, "ws")}/ws`
  const { promise, resolve } = Promise.withResolvers<boolean>()
  const socket = new WebSocket(at)
  socket.onopen = () => resolve(true)
  socket.onerror = () => resolve(false)
  socket.onclose = () => resolve(false)
  const isOpen = await promise
  socket.close()
  if (isOpen) return fine("A WebSocket can be opened.")
  return failure(
    `No WebSocket can be opened at ${at}; wallets would have to poll.`,
    "Let the proxy hand on Upgrade and Connection for / and /ws.",
  )
}
