import type { Server } from "bun"
import type { Random } from "../base/random.ts"
import { withMethod } from "../base/with-method.ts"
import { Fault } from "../faults.ts"
import { refusal, response } from "./answers.ts"
import { createBudget } from "./budget.ts"
import { createEntrance, type EntrancePorts, type Guest } from "./entrance.ts"
import { createListener } from "./listener.ts"
import { pathOf, routes, type Site } from "./routes.ts"
import type { OpenSocket, SocketContext } from "./socket.ts"
import { createTurns } from "./turns.ts"
import { createUnread } from "./unread.ts"
import { createSockets } from "./websocket.ts"
import { enter, isIn } from "./wing.ts"

/** Until a request's headers are there, and between two requests on one connection, seconds. */
const IDLE_S = 10
/** How long requests under way may take to end when the server stops. */
const STOP_MS = 5_000
/** Over how long many sockets are asked to leave: when the server stops, and when it is drained. */
const STOP_SPREAD_MS = 3_000
const DRAIN_SPREAD_MS = 10_000
/** Sockets may take this share of the connections, so that requests find room beside them. */
const SOCKETS_SHARE = 0.9
/** Bytes of messages that may be here at one time, but at least a few of the largest; and of large ones being opened. */
const BUDGET = 64 * 1024 * 1024
const OPENED = 8 * 1024 * 1024
/** Bytes of large answers that may be on their way to clients that read slowly: all together, and to one of them. */
const UNREAD = { most: 256 * 1024 * 1024, mostEach: 32 * 1024 * 1024 }

/** How many times larger than allowed a body must be for its sender to get no reason. */
const BARE_REFUSAL = 64

export type HttpOptions = EntrancePorts & {
  readonly host: string
  /** 0 lets the system choose. */
  readonly port: number
  /** Bytes of one request body or one frame. */
  readonly maxBody: number
  /** What to serve https with, asked whenever the port is opened; without it, http. */
  readonly tls?: () => { readonly cert: string; readonly key: string }
  readonly random: Random
}

/**
 * Disposing the door or what `open` returned stops it: no more connections, 1012 for every socket, and requests under
 * way get the time to end.
 */
export type Door = AsyncDisposable & {
  readonly port: number
  open(site: Site): AsyncDisposable
  /** Sockets that are open, and requests that are read or answered. */
  sockets(): number
  pending(): number
  /** Uses what `tls` says by now, for connections that are made from now on. */
  renew(): void
  /** The open sockets, the oldest first. */
  openSockets(): readonly OpenSocket[]
  /** Closes one of them; whether there was one. */
  closeSocket(id: string, reason: string): boolean
  /** Asks every socket to leave, and takes no new one until this is disposed. */
  drain(): Disposable
}

/** Listens at once and answers 503 until `open` is called. Fault server.address when the address cannot be had. */
export function listen(options: HttpOptions): Door {
  const { host, maxBody, clients, tally, clock, random, log } = options
  const budget = createBudget(Math.max(BUDGET, 4 * maxBody))
  const sockets = createSockets({ clock, log, budget, clients, tally, maxFrame: maxBody })
  const inTurn = createTurns(OPENED)
  const hold = createUnread({ ...UNREAD, clients })
  const entrance = createEntrance(options)
  let site: Site | null = null
  let isLeaving = false
  let app: ReturnType<typeof routes> | null = null

  const note = (fault: Fault) => tally.refused(fault.code)
  const refuse = (fault: Fault): Response => {
    note(fault)
    return refusal(fault)
  }
  const busy = () => refuse(new Fault("request.busy"))
  /** Whoever is beyond the limits reads why in the words of the language that is spoken there. */
  function refuseAt(path: string, fault: Fault): Response {
    const words = site?.decentrl && isDecentrl(path) ? site.decentrl.refused : null
    if (!words) return refuse(fault)
    note(fault)
    return response(words(fault))
  }

  function answer(request: Request, server: Server<SocketContext>): Promise<Response | undefined> {
    const act = (guest: Guest) => serveGuest(request, server, guest)
    return entrance.pass(request, server, act, (fault) => refuseAt(pathOf(request.url), fault))
  }

  async function serveGuest(request: Request, server: Server<SocketContext>, { remote, place: held }: Guest) {
    if (!site || !app || listener.pending() + sockets.count() > listener.most) return busy()
    const path = pathOf(request.url)
    const ears = earsAt(path, site)
    if (ears && wantsSocket(request)) {
      if (isLeaving) return refuse(new Fault("intake.draining"))
      if (sockets.count() >= Math.ceil(listener.most * SOCKETS_SHARE)) return busy()
      const isOpen = server.upgrade(request, { data: { id: random.id(), since: clock.now(), remote, held, ...ears } })
      return isOpen ? undefined : refuse(new Fault("request.malformed"))
    }
    using place = budget.open()
    if (site.wing && isIn(site.wing, path)) return await enter(site.wing, request, { server, remote, place })
    // Bun leaves the body out of an answer to HEAD, and counts it before.
    const asked = request.method === "HEAD" ? withMethod("GET", request) : request
    return await app.fetch(asked, { server, remote, place, maxBody, hold })
  }

  const listener = createListener((port) => serve(port), options)

  function serve(port: number): Server<SocketContext> {
    try {
      return Bun.serve<SocketContext>({
        hostname: host,
        port,
        ...(options.tls && { tls: options.tls() }),
        // Else Bun prints every failure itself, with our source around it.
        development: false,
        // `development: false` alone would let a second server share the port.
        reusePort: false,
        idleTimeout: IDLE_S,
        // Beyond this Bun answers by itself, with a bare 413; readBody refuses what is larger than it may be.
        maxRequestBodySize: BARE_REFUSAL * maxBody,
        websocket: sockets.handlers,
        fetch: answer,
        error: (error) => {
          log.error("http.failed", { error: error.stack ?? String(error) })
          return refuse(new Fault("internal"))
        },
      })
    } catch (cause) {
      const reason = cause instanceof Error ? cause.message : String(cause)
      throw new Fault("server.address", { detail: `${host}:${port}: ${reason}`, cause })
    }
  }

  /** No new sockets, and those that are open are asked to leave, until disposed. */
  function drain(): Disposable {
    isLeaving = true
    const leaving = sockets.leave(DRAIN_SPREAD_MS)
    return {
      [Symbol.dispose]() {
        leaving[Symbol.dispose]()
        isLeaving = false
      },
    }
  }

  let stopped: Promise<void> | null = null
  async function stop(): Promise<void> {
    isLeaving = true
    sockets.closeAll(STOP_SPREAD_MS)
    using _tooLong = clock.after(STOP_MS, listener.abort)
    await listener.stop()
  }
  const ending = { [Symbol.asyncDispose]: () => (stopped ??= stop()) }

  return {
    port: listener.port,
    sockets: sockets.count,
    pending: listener.pending,
    renew: listener.renew,
    openSockets: sockets.list,
    closeSocket: sockets.close,
    drain,
    open(given) {
      const { didcomm, decentrl } = given
      site = {
        ...given,
        didcomm: inTurn(didcomm),
        ...(decentrl && { decentrl: { ...decentrl, receive: inTurn(decentrl.receive), hear: inTurn(decentrl.hear) } }),
      }
      app = routes(site, { log, note })
      return ending
    },
    ...ending,
  }
}

/** Who listens to a socket that is opened at this path, or null where none can be. */
function earsAt(path: string, { didcomm, decentrl }: Site): Pick<SocketContext, "lane" | "receive" | "greet"> | null {
  if (path === "/" || path === "/ws") return { lane: "didcomm", receive: didcomm }
  if (path !== "/decentrl" || !decentrl) return null
  return { lane: "decentrl", receive: decentrl.hear, greet: decentrl.greet }
}

const isDecentrl = (path: string): boolean => path === "/decentrl" || path.startsWith("/public/")

const wantsSocket = ({ method, headers }: Request): boolean =>
  method === "GET" && headers.get("upgrade")?.toLowerCase() === "websocket"
