import { afterAll, afterEach, beforeAll, describe, expect, test } from "bun:test"
import { type Executable, executable } from "../kit/executable.ts"
import { pickup3 } from "../kit/mediator.ts"
import type { Resident } from "../kit/resident.ts"
import { isAccepted, letter, resident, waiting } from "../reliability/people.ts"
import { bareSocket, closeCode, frame, framesIn, opcode, upgrade } from "./frames.ts"
import { dial, statusOf, type Wire } from "./raw.ts"

/** WebSockets, frame by frame. The framing itself is Bun's; what a message may be and when it is enough is ours. */

let mediator: Executable
let bob: Resident

beforeAll(async () => {
  mediator = await executable(["--log-level", "debug"])
  bob = await resident(mediator)
})

afterAll(async () => {
  await mediator[Symbol.asyncDispose]()
})

afterEach(async () => {
  expect(await isAccepted(mediator.url, (await letter(mediator, bob.did, "after")).bytes)).toBe(true)
  expect(mediator.stderr()).not.toMatch(/^\s+at | error /m)
})

const { text, binary } = opcode
const ping = () =>
  bob.auth(
    bob.plaintext({ type: "https://didcomm.org/trust-ping/2.0/ping", return_route: "all" }, mediator.did),
    mediator.did,
  )

/** Sends a ping as one frame and waits for the answer, which must be text. */
async function isServed(wire: Wire, code: number = text): Promise<boolean> {
  const before = framesIn(wire).length
  wire.send(frame(code, await ping()))
  for (const end = performance.now() + 5_000; performance.now() < end; await Bun.sleep(5)) {
    const answer = framesIn(wire)[before]
    if (answer)
      return answer.code === text && (await bob.open(answer.payload.toString())).type.endsWith("/ping-response")
  }
  return false
}

describe("the handshake", () => {
  test.each([
    ["at /", "/", 101],
    ["at /ws", "/ws", 101],
    ["with a query", "/ws?x=y", 101],
    ["at another address that has a page", "/did", 200],
    ["at no address", "/elsewhere", 404],
    ["at /ws/", "/ws/", 404],
  ])("%s", async (_, path, status) => {
    expect(await statusOf(mediator.url, upgrade(path))).toBe(status)
  })

  const good = upgrade("/ws")
  test.each([
    ["no key", good.replace(/Sec-WebSocket-Key.*\r\n/, ""), 400],
    ["a key that is no key", good.replace(/Key: .*\r\n/, "Key: x\r\n"), 400],
    ["another version", good.replace("Version: 13", "Version: 8"), 426],
    ["POST", good.replace("GET", "POST"), 415],
    ["no Upgrade", good.replace(/Upgrade: websocket\r\n/, ""), 404],
  ])("with %s is refused", async (_, request, status) => {
    expect(await statusOf(mediator.url, request)).toBe(status)
  })

  test("offers no compression, and agrees to a sub-protocol that was asked for", async () => {
    using wire = await dial(mediator.url)
    wire.send(upgrade("/ws", "Sec-WebSocket-Extensions: permessage-deflate"))
    expect(await wire.until(/\r\n\r\n/)).not.toContain("Extensions")
    expect(await isServed(wire)).toBe(true)
  })
})

test("text and binary frames are read alike, and the answers are text", async () => {
  using wire = await bareSocket(mediator.url)
  expect(await isServed(wire, text)).toBe(true)
  expect(await isServed(wire, binary)).toBe(true)
})

test("a message in fragments, with a ping between them, is one message", async () => {
  using wire = await bareSocket(mediator.url)
  const message = await ping()
  wire.send(frame(text, message.slice(0, 100), { fin: false }))
  wire.send(frame(opcode.ping, "hi"))
  wire.send(frame(opcode.continuation, message.slice(100), { fin: true }))
  await wire.until("\x8a\x02hi")
  await wire.until("ciphertext")
})

test("bad messages are ignored, until there have been eight in a row: then it is 1008", async () => {
  using wire = await bareSocket(mediator.url)
  for (let round = 0; round < 3; round++) {
    for (let n = 0; n < 7; n++) wire.send(frame(n % 2 ? text : binary, n % 3 ? "hello" : '{"ciphertext":1}'))
    expect(await isServed(wire)).toBe(true)
  }
  for (let n = 0; n < 8; n++) wire.send(frame(text, ""))
  expect(await closeCode(wire)).toBe(1008)
})

describe("a frame", () => {
  const size = 1024 * 1024
  test("of exactly the limit is read", async () => {
    using wire = await bareSocket(mediator.url)
    wire.send(frame(text, "x".repeat(size)))
    expect(await isServed(wire)).toBe(true)
  })

  test.each<[string, Uint8Array[], number]>([
    ["over the limit", [frame(text, "x".repeat(size + 1))], 1009],
    ["that only claims to be over the limit", [frame(text, "x", { claimedLength: 2n ** 62n })], 1009],
    ["that claims a length beyond every number", [frame(text, "x", { claimedLength: 2n ** 64n - 1n })], 1009],
    [
      "in fragments over the limit",
      [frame(text, "x".repeat(size), { fin: false }), frame(opcode.continuation, "x")],
      1009,
    ],
    ["without a mask", [frame(text, "hello", { masked: false })], 1002],
    ["with a reserved bit", [frame(text, "hello", { rsv: 4 })], 1002],
    ["of an unknown kind", [frame(3, "hello")], 1002],
    ["that continues nothing", [frame(opcode.continuation, "hello")], 1002],
    ["of control, too long", [frame(opcode.ping, "x".repeat(126))], 1002],
    ["of text that is not UTF-8", [frame(text, new Uint8Array([0xff, 0xfe]))], 1007],
    ["that closes with a code that does not exist", [frame(opcode.close, new Uint8Array([0, 99]))], 1002],
  ])("%s closes the socket", async (_, frames, code) => {
    using wire = await bareSocket(mediator.url)
    for (const one of frames) wire.send(one)
    expect(await closeCode(wire)).toBe(code)
  })
})

test("a flood of frames on one socket is cut off with 1008, and what was taken before is done", async () => {
  using wire = await bareSocket(mediator.url)
  const one = frame(text, (await letter(mediator, bob.did, "flood")).bytes)
  wire.send(Buffer.concat(Array.from({ length: 3_000 }, () => one)))
  expect(await closeCode(wire)).toBe(1008)
  expect(await waiting(mediator, bob)).toBeGreaterThan(0)
})

test("a flood of pings is answered and hinders nobody", async () => {
  using wire = await bareSocket(mediator.url)
  wire.send(Buffer.concat(Array.from({ length: 20_000 }, () => frame(opcode.ping, "x"))))
  expect(await isAccepted(mediator.url, (await letter(mediator, bob.did, "beside")).bytes)).toBe(true)
  await wire.until(/(?:[^x]{2}x){20000}$/)
})

test("frames are dealt with in their order", async () => {
  const carol = await resident(mediator)
  using wire = await bareSocket(mediator.url)
  const ids = Array.from({ length: 40 }, (_, n) => `letter ${n}`)
  for (const id of ids) wire.send(frame(text, (await letter(mediator, carol.did, id)).bytes))
  expect(await isServed(wire)).toBe(true)
  const answer = carol.plaintext(
    { type: `${pickup3}/delivery-request`, body: { limit: 100 }, return_route: "all" },
    mediator.did,
  )
  const response = await fetch(mediator.url, {
    method: "POST",
    headers: { "Content-Type": "application/didcomm-encrypted+json" },
    body: await carol.auth(answer, mediator.did),
  })
  const { attachments } = await carol.open(await response.text())
  const order = (attachments as { data: { base64: string } }[]).map(
    ({ data }) => JSON.parse(Buffer.from(data.base64, "base64url").toString()).ciphertext,
  )
  expect(order).toEqual(ids)
})
