import type { Server } from "bun"
import type { Clock } from "../base/clock.ts"
import type { Log } from "../base/log.ts"
import { descriptorLimit, openDescriptors } from "./descriptors.ts"

const LOOK_EVERY_MS = 200
/** The share of the descriptors that connections may take: the rest is for files, lookups and replies. */
const SHARE = 0.8
/** Once full, so much room must there be before new connections are taken again. */
const ROOM = 0.9

export type Listener = {
  readonly port: number
  /** How many connections there may be: the setting, or less where the system allows less. */
  readonly most: number
  /** Requests that are read or answered right now. */
  pending(): number
  /** Listens anew, with what `serve` uses by now; connections that are open stay as they are. */
  renew(): void
  /** Takes no more connections; resolves when the last has ended, of itself or because `abort` was called. */
  stop(): Promise<void>
  abort(): void
}

/**
 * Keeps `serve`'s server listening, except while there are too many connections: at the end of its descriptors Bun's
 * accept loop spins, and nothing in it can refuse a connection. So the port is closed until some have gone.
 */
export function createListener<T>(
  serve: (port: number) => Server<T>,
  { port, maxConnections, clock, log }: { port: number; maxConnections: number; clock: Clock; log: Log },
): Listener {
  const most = Math.min(maxConnections, Math.floor((descriptorLimit() ?? Number.POSITIVE_INFINITY) * SHARE))
  if (most < maxConnections) log.warn("http.connections_capped", { max_connections: maxConnections, most })
  let current: Server<T> | null = serve(port)
  const bound = current.port ?? port
  const own = openDescriptors()
  const ended = new Map<Server<T>, Promise<void>>()

  const connections = () => openDescriptors() - own

  function close(server: Server<T>): void {
    const gone = server.stop().finally(() => ended.delete(server))
    ended.set(server, gone)
    current = null
  }

  function look(): void {
    if (current === null) {
      if (connections() >= most * ROOM) return
      reopen()
      if (current) log.info("http.room_again")
      return
    }
    if (connections() <= most) return
    current.closeIdleConnections()
    if (connections() <= most) return
    log.warn("http.full", { most })
    close(current)
  }

  function reopen(): void {
    try {
      current = serve(bound)
    } catch (error) {
      log.error("http.port_lost", { port: bound, error: String(error) })
    }
  }

  const looks = clock.every(LOOK_EVERY_MS, look)
  const servers = () => [...ended.keys(), ...(current ? [current] : [])]
  return {
    port: bound,
    most,
    pending: () => servers().reduce((sum, { pendingRequests }) => sum + pendingRequests, 0),
    // The port is never shared, so that no second mediator can take it: in between, newcomers find it closed for a moment.
    renew() {
      if (!current) return
      close(current)
      reopen()
    },
    async stop() {
      looks[Symbol.dispose]()
      if (current) close(current)
      await Promise.all(ended.values())
    },
    abort() {
      for (const server of servers()) void server.stop(true)
    },
  }
}
