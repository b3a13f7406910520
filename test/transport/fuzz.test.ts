import { afterAll, beforeAll, expect, test } from "bun:test"
import fc from "fast-check"
import { type Executable, executable } from "../kit/executable.ts"
import { tries, whileTrying } from "../kit/seed.ts"
import { bareSocket, frame, framesIn, opcode } from "./frames.ts"
import { dial, telltale } from "./raw.ts"

/** Whatever comes over the wire, byte by byte: nothing of it may end the process, or get more than a refusal. */

let mediator: Executable
beforeAll(async () => {
  mediator = await executable(["--log-level", "info"])
})
afterAll(async () => {
  expect((await fetch(`${mediator.url}/healthz`)).status).toBe(200)
  expect(mediator.stderr()).not.toMatch(/ error |http\.failed/)
  expect(await mediator.stop()).toBe(0)
  await mediator[Symbol.asyncDispose]()
})

const word = fc.stringMatching(/^[!#$%&'*+.^_`|~0-9A-Za-z-]{1,20}$/)
const bytes = fc.uint8Array({ maxLength: 300 }).map((part) => Buffer.from(part).toString("latin1"))
const line = fc.oneof(fc.string({ unit: "binary-ascii", maxLength: 60 }), bytes)
const method = fc.oneof(fc.constantFrom("GET", "POST", "HEAD", "OPTIONS", "PUT", "get", "TRACE", "CONNECT"), word)
const target = fc.oneof(
  fc.constantFrom(
    "/",
    "/ws",
    "/decentrl",
    "/public/x",
    "*",
    "http://a/",
    "//",
    "/%00",
    "/%",
    "/../etc/passwd",
    "/admin/api/setup",
  ),
  line,
)
const version = fc.oneof(
  { weight: 9, arbitrary: fc.constant("HTTP/1.1") },
  { weight: 1, arbitrary: fc.constantFrom("HTTP/1.0", "HTTP/9.9", "", "H") },
)
const header = fc.oneof(
  fc.constantFrom(
    "Host: test",
    "Content-Type: application/didcomm-encrypted+json",
    "Content-Type: application/json",
    "Content-Encoding: gzip",
    "Transfer-Encoding: chunked",
    "Transfer-Encoding: chunked, identity",
    "Connection: close",
    "Connection: Upgrade",
    "Upgrade: websocket",
    "Sec-WebSocket-Version: 13",
    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
    "Sec-WebSocket-Extensions: permessage-deflate",
    "Expect: 100-continue",
    "X-Forwarded-For: 1.2.3.4, , ::ffff:1.2.3.4",
    "Content-Length: 0",
    "Content-Length: -1",
    "Content-Length: 99999999999999999999",
    "Content-Length: 5, 5",
    " folded",
    ":",
  ),
  fc.nat(400).map((length) => `Content-Length: ${length}`),
  fc.tuple(word, line).map(([name, value]) => `${name}: ${value}`),
  line,
)
const chunk = fc
  .tuple(
    fc.oneof(
      fc.nat(40).map((size) => size.toString(16)),
      line,
    ),
    bytes,
  )
  .map((parts) => `${parts.join("\r\n")}\r\n`)
const body = fc.oneof(
  bytes,
  fc.array(chunk, { maxLength: 4 }).map((chunks) => `${chunks.join("")}0\r\n\r\n`),
)
const request = fc
  .tuple(fc.tuple(method, target, version), fc.array(header, { maxLength: 8 }), body)
  .map(([first, headers, content]) => `${[first.join(" "), ...headers].join("\r\n")}\r\n\r\n${content}`)

/** Sends it all, hangs up a little later, and tells what was answered until then. */
async function answered(data: string): Promise<string> {
  using wire = await dial(mediator.url)
  wire.send(Buffer.from(data, "latin1"))
  await wire.until(/^HTTP\/1\.1 .*\r\n\r\n/s, 30).catch(() => {})
  wire.finish()
  await wire.ended(30).catch(() => {})
  return wire.received()
}

test(
  "bytes that hardly are HTTP, and requests with parts that are anything, get a refusal at most",
  async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.oneof(
          bytes,
          request,
          fc.tuple(request, request).map((two) => two.join("")),
        ),
        async (data) => {
          const answer = await answered(data)
          for (const [, status] of answer.matchAll(/^HTTP\/1\.1 (\d+)/gm)) expect(status).not.toBe("500")
          expect(answer).not.toMatch(telltale)
        },
      ),
      tries(250, 8),
    )
  },
  whileTrying,
)

const odd = fc.record({
  fin: fc.boolean(),
  rsv: fc.nat(7),
  masked: fc.oneof({ weight: 9, arbitrary: fc.constant(true) }, { weight: 1, arbitrary: fc.constant(false) }),
})
const anyFrame = fc.oneof(
  fc.tuple(fc.nat(15), fc.uint8Array({ maxLength: 200 }), odd).map(([code, content, how]) => frame(code, content, how)),
  fc
    .tuple(fc.constantFrom(...Object.values(opcode)), fc.string({ unit: "binary", maxLength: 200 }))
    .map(([code, text]) => frame(code, text)),
  fc
    .tuple(fc.nat(15), fc.bigInt(0n, 2n ** 64n - 1n))
    .map(([code, claimedLength]) => frame(code, "x", { claimedLength })),
  fc.uint8Array({ maxLength: 60 }),
)

test.each(["/ws", "/decentrl"])(
  "frames that are anything, on %s, end the socket with a code of the protocol or are answered",
  async (path) => {
    const legal = [1000, 1001, 1002, 1003, 1006, 1007, 1008, 1009, 1011, 1013, 4001, 4003]
    await fc.assert(
      fc.asyncProperty(fc.array(anyFrame, { minLength: 1, maxLength: 12 }), async (frames) => {
        using wire = await bareSocket(mediator.url, path)
        for (const one of frames) wire.send(one)
        wire.send(frame(opcode.close, Uint8Array.of(3, 232)))
        await wire.ended(300).catch(() => {})
        for (const { code, payload } of framesIn(wire)) {
          expect([opcode.text, opcode.binary, opcode.ping, opcode.pong, opcode.close]).toContain(code as never)
          if (code === opcode.close && payload.length >= 2) expect(legal).toContain(payload.readUInt16BE(0))
          expect(payload.toString()).not.toMatch(telltale)
        }
      }),
      tries(120, 6),
    )
  },
  whileTrying,
)
