import type { WebSocketHandler } from "bun"
import type { Clock } from "../base/clock.ts"
import type { Log } from "../base/log.ts"
import type { createBudget } from "./budget.ts"
import type { ClientLimits } from "./limits.ts"
import { Socket, type SocketContext } from "./socket.ts"
import type { Tally } from "./tally.ts"

/** Some wallets give up after 15 s of silence. */
const PING_EVERY_MS = 10_000
/** What may wait in a socket's buffer before it is taken for dead. One delivery always fits. */
const BUFFER_BYTES = 16 * 1024 * 1024

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
  const open = new Set<Socket>()
  const pings = clock.every(PING_EVERY_MS, () => {
    for (const socket of open) socket.ping()
  })

  const handlers: WebSocketHandler<SocketContext> = {
    maxPayloadLength: maxFrame,
    idleTimeout: 0,
    backpressureLimit: BUFFER_BYTES,
    sendPings: false,
    open(raw) {
      const socket = new Socket(raw, { ...ports, place: budget.open() })
      raw.data.state = socket
      socket.onClose(() => {
        open.delete(socket)
        raw.data.held[Symbol.dispose]()
      })
      open.add(socket)
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
    /** Tells every client to come back in a moment. */
    closeAll: () => {
      pings[Symbol.dispose]()
      for (const socket of open) socket.restart()
    },
  }
}
