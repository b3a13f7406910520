import type { ServerWebSocket, WebSocketHandler } from "bun"
import { toUtf8 } from "../base/bytes.ts"
import type { Clock } from "../base/clock.ts"
import type { Log } from "../base/log.ts"
import type { Connection, Receiver } from "../wire.ts"

/** Some wallets give up after 15 s of silence. */
const PING_EVERY_MS = 10_000
/** A socket that answers no ping for this long is dead. */
const IDLE_S = 40
/** What may wait in a socket's buffer before it is taken for dead. One delivery always fits. */
const BUFFER_BYTES = 16 * 1024 * 1024
/** Frames of one socket that may wait to be processed, and bad ones in a row that are put up with. */
const FRAMES_WAITING = 64
const BAD_FRAMES = 8

/** Close codes (RFC 6455 §7.4.1, IANA registry). */
const CLOSE = { goingAway: 1001, policy: 1008, serviceRestart: 1012, tryAgainLater: 1013 } as const

/** What the server hands to `upgrade`. */
export type SocketContext = { readonly id: string; readonly remote: string; readonly receive: Receiver; state?: Socket }
type Raw = ServerWebSocket<SocketContext>

/** Our end of one socket: frames in order, sends with back-pressure, pings, and an end that is told once. */
class Socket implements Connection {
  readonly #raw: Raw
  readonly #log: Log
  readonly #drainListeners: (() => void)[] = []
  readonly #closeListeners: (() => void)[] = []
  #isClosed = false
  #waiting = 0
  #badFrames = 0
  #line: Promise<void> = Promise.resolve()

  constructor(raw: Raw, log: Log) {
    this.#raw = raw
    this.#log = log
  }

  get id(): string {
    return this.#raw.data.id
  }

  send(text: string): "sent" | "buffered" | "closed" {
    if (this.#isClosed) return "closed"
    const status = this.#raw.send(text)
    if (status > 0) return "sent"
    if (status === -1) return "buffered"
    // Zero means dropped: a peer that reads nothing is let go, and finds its mail where it was.
    this.#raw.close(CLOSE.tryAgainLater, "too slow")
    return "closed"
  }

  onDrain(listener: () => void): void {
    this.#drainListeners.push(listener)
  }

  onClose(listener: () => void): void {
    if (this.#isClosed) listener()
    else this.#closeListeners.push(listener)
  }

  /** One frame after the other: what a client sends in order happens in order. */
  frame(data: string | Buffer): void {
    if (this.#waiting >= FRAMES_WAITING) {
      this.#raw.close(CLOSE.policy, "too many frames at once")
      return
    }
    this.#waiting++
    this.#line = this.#line.then(() => this.#process(data)).finally(() => this.#waiting--)
  }

  async #process(data: string | Buffer): Promise<void> {
    if (this.#isClosed) return
    const { receive, remote } = this.#raw.data
    const bytes = typeof data === "string" ? toUtf8(data) : new Uint8Array(data)
    const outbound = await receive({ bytes, mediaType: null, remote, connection: this })
    if (outbound.status === "answered") this.send(outbound.text)
    this.#badFrames = outbound.status === "refused" ? this.#badFrames + 1 : 0
    if (this.#badFrames >= BAD_FRAMES) {
      this.#log.info("socket.refused", { id: this.id, remote })
      this.#raw.close(CLOSE.policy, "too many frames that could not be read")
    }
  }

  drained(): void {
    for (const listener of this.#drainListeners) listener()
  }

  closed(): void {
    this.#isClosed = true
    for (const listener of this.#closeListeners.splice(0)) listener()
  }

  ping(): void {
    if (!this.#isClosed) this.#raw.ping()
  }

  restart(): void {
    if (!this.#isClosed) this.#raw.close(CLOSE.serviceRestart, "the mediator restarts")
  }
}

/** The open sockets, and the handlers that Bun.serve wants for them. */
export function createSockets({ clock, log, maxFrame }: { clock: Clock; log: Log; maxFrame: number }) {
  const open = new Set<Socket>()
  const pings = clock.every(PING_EVERY_MS, () => {
    for (const socket of open) socket.ping()
  })

  const handlers: WebSocketHandler<SocketContext> = {
    maxPayloadLength: maxFrame,
    idleTimeout: IDLE_S,
    backpressureLimit: BUFFER_BYTES,
    sendPings: false,
    open(raw) {
      raw.data.state = new Socket(raw, log)
      open.add(raw.data.state)
    },
    message: (raw, data) => raw.data.state?.frame(data),
    drain: (raw) => raw.data.state?.drained(),
    close({ data: { state } }) {
      if (!state) return
      open.delete(state)
      state.closed()
    },
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
