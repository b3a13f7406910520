import type { WebSocketHandler } from "bun"
import type { Clock } from "../base/clock.ts"
import type { Log } from "../base/log.ts"
import type { createBudget } from "./budget.ts"
import type { ClientLimits } from "./limits.ts"
import { type OpenSocket, Socket, type SocketContext } from "./socket.ts"
import type { Tally } from "./tally.ts"

/** Some wallets give up after 15 s of silence. */
const PING_EVERY_MS = 10_000
/** What may wait in a socket's buffer before it is taken for dead. One delivery always fits. */
const BUFFER_BYTES = 16 * 1024 * 1024
/** Sockets that are asked to leave without spreading them out. */
const AT_ONCE = 20

export type SocketPorts = {
  readonly clock: Clock
  readonly log: Log
  readonly budget: ReturnType<typeof createBudget>
  readonly clients: ClientLimits
  readonly tally: Tally
  /** Bytes of one frame. */
  readonly maxFrame: number
}

/** The open sockets, and the handlers that Bun.serve wants for them. */
export function createSockets({ clock, budget, maxFrame, ...ports }: SocketPorts) {
  const open = new Map<string, Socket>()
  const pings = clock.every(PING_EVERY_MS, () => {
    for (const socket of open.values()) socket.ping()
  })

  /**
   * Tells every client to come back in a moment: a few at once, many spread over `spreadMs`, lest they return together.
   * Those who were not told yet when it is disposed may stay.
   */
  function leave(spreadMs: number): Disposable {
    const all = [...open.values()]
    for (const socket of all.slice(0, AT_ONCE)) socket.restart()
    const later = all.slice(AT_ONCE)
    const turns = later.map((socket, at) => clock.after(((at + 1) / later.length) * spreadMs, () => socket.restart()))
    return {
      [Symbol.dispose]() {
        for (const turn of turns) turn[Symbol.dispose]()
      },
    }
  }

  const handlers: WebSocketHandler<SocketContext> = {
    maxPayloadLength: maxFrame,
    idleTimeout: 0,
    backpressureLimit: BUFFER_BYTES,
    sendPings: false,
    open(raw) {
      const socket = new Socket(raw, { ...ports, place: budget.open() })
      raw.data.state = socket
      socket.onClose(() => {
        open.delete(socket.id)
        raw.data.held[Symbol.dispose]()
      })
      open.set(socket.id, socket)
      raw.data.greet?.(socket)
    },
    message: (raw, data) => raw.data.state?.frame(data),
    ping: (raw) => raw.data.state?.heard(),
    pong: (raw) => raw.data.state?.heard(),
    drain: (raw) => raw.data.state?.drained(),
    close: (raw) => raw.data.state?.closed(),
  }

  return {
    handlers,
    count: () => open.size,
    /** The oldest first. */
    list: (): readonly OpenSocket[] => [...open.values()].map((socket) => socket.describe()),
    /** Whether there was such a socket. `reason`: what its client is told, at most 123 bytes. */
    close(id: string, reason: string): boolean {
      const socket = open.get(id)
      socket?.sendAway(reason)
      return socket !== undefined
    },
    leave,
    /** The same, for the last time. */
    closeAll: (spreadMs: number) => {
      pings[Symbol.dispose]()
      leave(spreadMs)
    },
  }
}
