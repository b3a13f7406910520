import { afterAll, beforeAll, describe, expect, test } from "bun:test"
import { type Executable, executable } from "../kit/executable.ts"
import type { Resident } from "../kit/resident.ts"
import { isAccepted, letter, resident } from "../reliability/people.ts"
import { bareSocket, frame, framesIn, opcode } from "./frames.ts"
import { dial, head, type Wire } from "./raw.ts"

/** Time limits of the executable, in real time: all of these wait side by side. */

let mediator: Executable
let bob: Resident

beforeAll(async () => {
  mediator = await executable()
  bob = await resident(mediator)
})

afterAll(async () => {
  await mediator[Symbol.asyncDispose]()
})

const didcomm = "Content-Type: application/didcomm-encrypted+json"
const forward = async (padding = 0) => (await letter(mediator, bob.did, crypto.randomUUID(), padding)).bytes

/** Sends `data` in pieces of `size` every `ms`, until the other side has had enough. */
async function drip(wire: Wire, data: string, size: number, ms: number): Promise<void> {
  for (let at = 0; at < data.length && !wire.socket.readableEnded && !wire.socket.destroyed; at += size) {
    wire.send(data.slice(at, at + size))
    await Bun.sleep(ms)
  }
}

/** How many seconds it takes until the server closes. */
async function secondsUntilClosed(wire: Wire): Promise<number> {
  const start = performance.now()
  await wire.ended(55_000)
  return (performance.now() - start) / 1000
}

describe.concurrent("a connection on which", () => {
  test.each([
    ["nothing comes", "", ""],
    ["headers begin and stop", "GET /healthz HTTP/1.1\r\nHost: x\r\nX: ", ""],
    ["headers come a byte a second", "GET /healthz HTTP/1.1\r\nHost: x\r\nX: ", "y".repeat(50)],
    ["nothing follows a request", head("GET /healthz HTTP/1.1"), ""],
  ])(
    "%s is closed within 20 s",
    async (_, start, then) => {
      using wire = await dial(mediator.url)
      if (start) wire.send(start)
      const dripping = drip(wire, then, 1, 1_000)
      expect(await secondsUntilClosed(wire)).toBeLessThan(20)
      await dripping
    },
    60_000,
  )

  test.each([
    ["a body stops", 1_000, ""],
    ["a body stops after 200 KB", 200_000, ""],
    ["a body comes a byte at a time", 0, "y".repeat(500)],
  ])(
    "%s is closed within 45 s",
    async (_, sent, then) => {
      using wire = await dial(mediator.url)
      wire.send(head("POST / HTTP/1.1", didcomm, "Content-Length: 1000000"))
      if (sent) wire.send("x".repeat(sent))
      const dripping = drip(wire, then, 1, 100)
      expect(await secondsUntilClosed(wire)).toBeLessThan(45)
      await dripping
      expect(wire.received()).not.toContain("HTTP/1.1 2")
    },
    60_000,
  )

  test.each([
    ["64 KB", false],
    ["64 KB in chunks", true],
  ])(
    "%s come at 2 KB/s is honest: the message is kept",
    async (_, isChunked) => {
      using wire = await dial(mediator.url)
      const bytes = await forward(47_000)
      expect(bytes.length).toBeGreaterThan(60_000)
      const length = isChunked ? "Transfer-Encoding: chunked" : `Content-Length: ${bytes.length}`
      wire.send(head("POST / HTTP/1.1", didcomm, length))
      const body = isChunked
        ? `${(bytes.match(/.{1,512}/gs) ?? []).map((part) => `${part.length.toString(16)}\r\n${part}\r\n`).join("")}0\r\n\r\n`
        : bytes
      await drip(wire, body, 512, 250)
      expect(await wire.until(/\r\n\r\n/)).toStartWith("HTTP/1.1 202")
    },
    60_000,
  )

  test("a WebSocket answers no ping is closed within 45 s, one that answers stays, and both are pinged within 15 s", async () => {
    using dead = await bareSocket(mediator.url)
    using alive = await bareSocket(mediator.url)
    using talkative = await bareSocket(mediator.url)
    const pinged = Promise.all([dead, alive].map((wire) => wire.until("\x89\x00", 15_000)))
    let answered = 0
    let isOver = false
    const answering = (async () => {
      while (!isOver) {
        const pings = framesIn(alive).filter(({ code }) => code === opcode.ping).length
        for (; answered < pings; answered++) alive.send(frame(opcode.pong))
        talkative.send(frame(opcode.ping))
        await Bun.sleep(500)
      }
    })()
    await pinged
    expect(await secondsUntilClosed(dead)).toBeLessThan(45)
    isOver = true
    await answering
    for (const wire of [alive, talkative]) {
      wire.send(frame(opcode.ping, "still there?"))
      await wire.until("\x8a\x0cstill there?")
    }
  }, 60_000)

  test("others are slow serves everybody else at once", async () => {
    const times: number[] = []
    for (const end = performance.now() + 30_000; performance.now() < end; ) {
      const bytes = await forward()
      const start = performance.now()
      expect(await isAccepted(mediator.url, bytes)).toBe(true)
      times.push(performance.now() - start)
      await Bun.sleep(250)
    }
    times.sort((a, b) => a - b)
    expect(times[Math.floor(times.length * 0.95)]).toBeLessThan(500)
  }, 60_000)
})
