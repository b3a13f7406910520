/**
 * One keep-alive HTTP connection that posts prepared bytes. Far cheaper than `fetch`, so that on a machine of two cores
 * the generator leaves the server as much as it can.
 */

import type { Socket } from "bun"

export type Answer = { readonly status: number; readonly body: string }

export type Lane = { exchange(request: Uint8Array): Promise<Answer>; close(): void }

const GIVE_UP_MS = 30_000

/** A POST of `body` as bytes on the wire. */
export function postOf(url: URL, body: string, mediaType: string): Uint8Array {
  const length = Buffer.byteLength(body)
  const head = `POST ${url.pathname}${url.search} HTTP/1.1\r\nHost: ${url.host}\r\nContent-Type: ${mediaType}\r\nContent-Length: ${length}\r\n\r\n`
  return Buffer.from(head + body)
}

export const getOf = (url: URL): Uint8Array =>
  Buffer.from(`GET ${url.pathname}${url.search} HTTP/1.1\r\nHost: ${url.host}\r\n\r\n`)

/** Opens a connection to the host of `url`; one that the server closes between two exchanges is opened again. */
export async function openLane(url: URL): Promise<Lane> {
  let socket: Socket | null = null
  let waiting: PromiseWithResolvers<Answer> | null = null
  let parts: Uint8Array[] = []
  let seen = 0
  let needed = 0
  let unsent: Uint8Array | null = null

  const fail = (reason: string) => {
    socket = null
    waiting?.reject(new Error(reason))
    waiting = null
  }
  const begin = () => {
    parts = []
    seen = 0
    needed = 0
  }
  const connect = async () => {
    begin()
    socket = await Bun.connect({
      hostname: url.hostname,
      port: Number(url.port || (url.protocol === "https:" ? 443 : 80)),
      tls: url.protocol === "https:",
      socket: {
        data(_, chunk) {
          seen += chunk.byteLength
          if (seen < needed) return void parts.push(new Uint8Array(chunk))
          const bytes =
            parts.length === 0 ? Buffer.from(chunk.buffer, chunk.byteOffset, seen) : Buffer.concat([...parts, chunk])
          const answer = answerIn(bytes)
          if (answer === null) {
            parts.push(new Uint8Array(chunk))
            needed = sizeOf(bytes)
            return
          }
          begin()
          waiting?.resolve(answer)
          waiting = null
        },
        drain: () => push(),
        close: () => fail("the server closed the connection"),
        error: (_, error) => fail(error.message),
      },
    })
  }
  const push = () => {
    if (!socket || !unsent) return
    const written = socket.write(unsent)
    unsent = written < unsent.byteLength ? unsent.subarray(Math.max(0, written)) : null
  }

  await connect()
  return {
    async exchange(request) {
      if (!socket) await connect()
      waiting = Promise.withResolvers<Answer>()
      unsent = request
      push()
      return waiting.promise
    },
    close: () => void socket?.end(),
  }
}

/** The whole response in `bytes`, or null while some of it is missing. */
export function answerIn(bytes: Buffer): Answer | null {
  const end = bytes.indexOf("\r\n\r\n")
  if (end === -1) return null
  const head = bytes.toString("latin1", 0, end)
  const status = Number(head.slice(9, 12))
  const rest = bytes.subarray(end + 4)
  if (/\r\ntransfer-encoding: *chunked/i.test(head)) {
    const body = joinChunks(rest)
    return body === null ? null : { status, body }
  }
  const length = status === 204 || status === 304 ? 0 : Number(/\r\ncontent-length: *(\d+)/i.exec(head)?.[1] ?? 0)
  return rest.length < length ? null : { status, body: rest.toString("utf8", 0, length) }
}

/** How long the response whose beginning is here will be; 0 while that cannot be told. */
function sizeOf(bytes: Buffer): number {
  const end = bytes.indexOf("\r\n\r\n")
  const length = end === -1 ? null : /\r\ncontent-length: *(\d+)/i.exec(bytes.toString("latin1", 0, end))
  return length ? end + 4 + Number(length[1]) : 0
}

function joinChunks(bytes: Buffer): string | null {
  const parts: Buffer[] = []
  for (let at = 0; ; ) {
    const line = bytes.indexOf("\r\n", at)
    if (line === -1) return null
    const size = Number.parseInt(bytes.toString("latin1", at, line), 16)
    if (size === 0) return bytes.indexOf("\r\n", line + 2) === -1 ? null : Buffer.concat(parts).toString()
    if (bytes.length < line + 2 + size + 2) return null
    parts.push(bytes.subarray(line + 2, line + 2 + size))
    at = line + 2 + size + 2
  }
}

export type Driven = {
  readonly answers: readonly Answer[]
  /** How often each status was answered; 0 stands for a connection that broke. */
  readonly statuses: Readonly<Record<string, number>>
  /** Wall time from the first request to the last answer. */
  readonly ms: number
  /** CPU time that the generator took meanwhile. */
  readonly cpuUs: number
  readonly p50: number
  readonly p99: number
}

/** Sends every request once, each lane one after the other, until all are answered or `withinMs` is over. */
export async function drive(
  lanes: readonly Lane[],
  requests: readonly Uint8Array[],
  { keepAnswers, withinMs = GIVE_UP_MS }: { keepAnswers: "keep" | "count"; withinMs?: number },
): Promise<Driven> {
  const answers: Answer[] = []
  const statuses: Record<string, number> = {}
  const times = new Float64Array(requests.length)
  let next = 0
  let done = 0
  const cpu = process.cpuUsage()
  const start = performance.now()

  const work = async (lane: Lane) => {
    for (;;) {
      const at = next++
      const request = requests[at]
      const from = performance.now()
      if (!request || from - start > withinMs) return
      const answer = await lane.exchange(request).catch((): Answer => ({ status: 0, body: "" }))
      times[done++] = performance.now() - from
      statuses[answer.status] = (statuses[answer.status] ?? 0) + 1
      if (keepAnswers === "keep") answers[at] = answer
    }
  }
  await Promise.all(lanes.map(work))
  const ms = performance.now() - start
  const { user, system } = process.cpuUsage(cpu)
  return { answers, statuses, ms, cpuUs: user + system, ...percentiles(times.subarray(0, done)) }
}

export function percentiles(times: Float64Array | readonly number[]): { p50: number; p99: number } {
  const sorted = Float64Array.from(times).sort()
  const at = (share: number) => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN
  return { p50: at(0.5), p99: at(0.99) }
}
