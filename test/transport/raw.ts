/** A bare TCP connection: for everything that a well-behaved client library refuses to send. */

import { connect, type Socket } from "node:net"

export type Wire = Disposable & {
  send(data: string | Uint8Array): void
  /** Says that nothing more will be sent, and goes on listening. */
  finish(): void
  /** Everything received, one character a byte. */
  received(): string
  /** Resolves with everything received once that matches or contains `wanted`; rejects when the connection ends or the time is up before. */
  until(wanted: RegExp | string, ms?: number): Promise<string>
  /** Resolves with everything received once the other side has closed. */
  ended(ms?: number): Promise<string>
  readonly socket: Socket
}

const WAIT_MS = 5_000

/** Connects to the host and port of `url`. */
export async function dial(url: string): Promise<Wire> {
  const { hostname, port } = new URL(url)
  const socket = connect({ host: hostname, port: Number(port), allowHalfOpen: true, noDelay: true })
  const changes = new Set<() => void>()
  const changed = () => {
    for (const look of changes) look()
  }
  let text = ""
  let isOver = false
  socket.on("data", (data: Buffer) => {
    text += data.toString("latin1")
    changed()
  })
  const over = () => {
    isOver = true
    changed()
  }
  for (const event of ["end", "close", "error"]) socket.on(event, over)
  await new Promise<void>((resolve, reject) => {
    socket.once("connect", resolve)
    socket.once("error", reject)
  })

  function when(isThere: () => boolean, what: string, ms: number): Promise<string> {
    const { promise, resolve, reject } = Promise.withResolvers<string>()
    const describe = () => new Error(`${what}; received: ${JSON.stringify(text.slice(0, 400))}`)
    const timer = setTimeout(() => reject(describe()), ms)
    const look = () => {
      if (isThere()) resolve(text)
      else if (isOver) reject(describe())
    }
    changes.add(look)
    look()
    return promise.finally(() => {
      clearTimeout(timer)
      changes.delete(look)
    })
  }

  return {
    socket,
    send: (data) => void socket.write(data),
    finish: () => void socket.end(),
    received: () => text,
    until: (wanted, ms = WAIT_MS) =>
      when(() => (typeof wanted === "string" ? text.includes(wanted) : wanted.test(text)), `no ${wanted}`, ms),
    ended: (ms = WAIT_MS) => when(() => isOver, `still open after ${ms} ms`, ms),
    [Symbol.dispose]: () => void socket.destroy(),
  }
}

export const head = (line: string, ...headers: string[]) => `${[line, "Host: test", ...headers].join("\r\n")}\r\n\r\n`

/** Sends `data` on a connection of its own, and returns the status of the answer; 0 when it is closed without one. */
export async function statusOf(url: string, data: string | Uint8Array, ms?: number): Promise<number> {
  using wire = await dial(url)
  wire.send(data)
  const answer = await wire.until(/^HTTP\/1\.1 \d+/, ms).catch((error) => {
    if (wire.socket.readableEnded || wire.socket.destroyed) return ""
    throw error
  })
  return Number(answer.slice(9, 12))
}

/** What may not be in any answer: where the program lies, how it is built, what went wrong inside. */
export const telltale = /\bat .+[(:]\d+|node_modules|\$bunfs|\.ts\b|Error:|SQLITE|\/tmp\/|\/root\//
