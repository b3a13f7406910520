import type { ServerWebSocket } from "bun"
import { toUtf8 } from "../base/bytes.ts"
import type { Log } from "../base/log.ts"
import type { FaultCode } from "../faults.ts"
import type { Connection, Outbound, Receiver } from "../wire.ts"
import type { Place } from "./budget.ts"
import type { ClientLimits } from "./limits.ts"
import type { Tally } from "./tally.ts"

/** Frames of one socket that may wait to be processed, and bad ones in a row that are put up with. */
const FRAMES_WAITING = 256
const BAD_FRAMES = 8
/** A socket that lets so many pings pass in silence is dead. */
const PINGS_UNANSWERED = 3

/** Close codes (RFC 6455 §7.4.1, IANA registry). */
const CLOSE = { policy: 1008, serviceRestart: 1012, tryAgainLater: 1013 } as const

/** What the server hands to `upgrade`. */
export type SocketContext = {
  readonly id: string
  readonly remote: string
  readonly lane: "didcomm" | "decentrl"
  /** When it was opened, epoch ms. */
  readonly since: number
  readonly receive: Receiver
  readonly greet?: (connection: Connection) => void
  /** Its place among the connections of its address. */
  readonly held: Disposable
  state?: Socket
}
type Raw = ServerWebSocket<SocketContext>

/** What could be taken another time is nothing that the client does wrong. */
const isBad = (outbound: Outbound): boolean =>
  outbound.status === "refused" && outbound.fault.retry === null && outbound.fault.row.http < 500

/** A socket as the operator sees it. */
export type OpenSocket = Pick<SocketContext, "id" | "lane" | "since"> & {
  readonly address: string
  /** What waits to be read by the other end. */
  readonly bufferedBytes: number
}

type Ports = {
  readonly log: Log
  /** Counts its frames. */
  readonly place: Place
  readonly clients: Pick<ClientLimits, "pace">
  readonly tally: Pick<Tally, "refused">
}

/** Our end of one socket: frames in order, sends with back-pressure, pings, and an end that is told once. */
export class Socket implements Connection {
  readonly #raw: Raw
  readonly #ports: Ports
  readonly #drainListeners: (() => void)[] = []
  readonly #closeListeners: (() => void)[] = []
  #isClosed = false
  #waiting = 0
  #badFrames = 0
  #pingsUnanswered = 0
  #line: Promise<void> = Promise.resolve()
  #full: PromiseWithResolvers<void> | null = null

  constructor(raw: Raw, ports: Ports) {
    this.#raw = raw
    this.#ports = ports
  }

  get id(): string {
    return this.#raw.data.id
  }

  describe(): OpenSocket {
    const { id, lane, since, remote } = this.#raw.data
    return { id, lane, since, address: remote, bufferedBytes: this.#raw.getBufferedAmount() }
  }

  send(text: string): "sent" | "buffered" | "closed" {
    if (this.#isClosed) return "closed"
    const status = this.#raw.send(text)
    if (status > 0) return "sent"
    if (status === 0) {
      // Dropped: a peer that reads nothing is let go, and finds its mail where it was.
      this.#raw.terminate()
      return "closed"
    }
    this.#full ??= Promise.withResolvers()
    return "buffered"
  }

  close(code: number, reason: string): void {
    if (!this.#isClosed) this.#raw.close(code, reason)
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
    this.heard()
    if (this.#waiting >= FRAMES_WAITING) {
      this.#refuse("request.too_often", CLOSE.policy, "too many frames at once")
      return
    }
    const bytes = typeof data === "string" ? toUtf8(data) : new Uint8Array(data)
    try {
      this.#ports.place.grow(bytes.byteLength)
    } catch {
      this.#refuse("request.busy", CLOSE.tryAgainLater, "the mediator is at its limit")
      return
    }
    this.#waiting++
    this.#line = this.#line.then(() => this.#process(bytes)).finally(() => this.#done(bytes))
  }

  async #process(bytes: Uint8Array): Promise<void> {
    // Whoever does not read the answers is not given more of them.
    while (this.#full) await this.#full.promise
    const { receive, remote } = this.#raw.data
    await this.#ports.clients.pace(remote)
    if (this.#isClosed) return
    const outbound = await receive({ bytes, mediaType: null, remote, connection: this })
    if (outbound.status === "answered") this.send(outbound.text)
    this.#badFrames = isBad(outbound) ? this.#badFrames + 1 : 0
    if (this.#badFrames >= BAD_FRAMES) this.#close(CLOSE.policy, "too many frames that could not be read")
  }

  #done({ byteLength }: Uint8Array): void {
    this.#waiting--
    this.#ports.place.shrink(byteLength)
  }

  /** The other end gave a sign of life. */
  heard(): void {
    this.#pingsUnanswered = 0
  }

  drained(): void {
    this.#goOn()
    for (const listener of this.#drainListeners) listener()
  }

  closed(): void {
    this.#isClosed = true
    this.#goOn()
    for (const listener of this.#closeListeners.splice(0)) listener()
  }

  #goOn(): void {
    this.#full?.resolve()
    this.#full = null
  }

  // Our own pings count as activity to Bun's idle time-out, so it would never find a dead socket.
  ping(): void {
    if (this.#isClosed) return
    if (this.#pingsUnanswered++ < PINGS_UNANSWERED) this.#raw.ping()
    else this.#raw.terminate()
  }

  restart(): void {
    this.close(CLOSE.serviceRestart, "the mediator restarts")
  }

  /** The operator wants it closed. */
  sendAway(reason: string): void {
    this.close(CLOSE.policy, reason)
  }

  #refuse(why: FaultCode, code: number, reason: string): void {
    if (!this.#isClosed) this.#ports.tally.refused(why)
    this.#close(code, reason)
  }

  #close(code: number, reason: string): void {
    if (this.#isClosed) return
    this.#ports.log.info("socket.refused", { id: this.id, remote: this.#raw.data.remote, reason })
    this.#raw.close(code, reason)
  }
}
