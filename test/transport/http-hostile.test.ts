import { afterAll, afterEach, beforeAll, expect, test } from "bun:test"
import { type Executable, executable } from "../kit/executable.ts"
import type { Resident } from "../kit/resident.ts"
import { isAccepted, letter, resident, takeAll } from "../reliability/people.ts"
import { dial, head, statusOf, telltale, type Wire } from "./raw.ts"

/** HTTP as nobody should speak it, byte by byte. Much is refused by Bun before the program sees it. */

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
  expect((await fetch(`${mediator.url}/healthz`)).status).toBe(200)
  expect(await isAccepted(mediator.url, await forward())).toBe(true)
  expect(mediator.stderr()).not.toMatch(/^\s+at |\\n\s+at /m)
  expect(mediator.stderr()).not.toContain("http.failed")
})

const didcomm = "Content-Type: application/didcomm-encrypted+json"
const statuses = (answers: string) => [...answers.matchAll(/HTTP\/1\.1 (\d+)/g)].map(([, status]) => status)
const forward = async () => (await letter(mediator, bob.did, "letter")).bytes
const posted = (content: string, ...headers: string[]) =>
  `${head("POST / HTTP/1.1", didcomm, `Content-Length: ${Buffer.byteLength(content)}`, ...headers)}${content}`

test.each<[string, string | Uint8Array, number]>([
  ["bytes that are no HTTP", "\x16\x03\x01\x00garbage\r\n\r\n", 400],
  ["a request without a Host", "GET /healthz HTTP/1.1\r\n\r\n", 400],
  ["HTTP/1.0 without a Host, as old health checks speak it", "GET /healthz HTTP/1.0\r\n\r\n", 200],
  ["an empty Host", "GET /healthz HTTP/1.1\r\nHost:\r\n\r\n", 200],
  ["a Host that is no host", 'GET /healthz HTTP/1.1\r\nHost: [::a b"<\\\r\n\r\n', 200],
  ["a Host with a path", "GET /healthz HTTP/1.1\r\nHost: x/did?\r\n\r\n", 200],
  ["another server's absolute address", head("GET http://elsewhere.example/healthz HTTP/1.1"), 200],
  ["an address that leaves the root", head("GET /../../../etc/passwd HTTP/1.1"), 404],
  ["encoded dots and a NUL", head("GET /%2e%2e/%00 HTTP/1.1"), 404],
  ["bad percent signs", head("GET /%zz%ff HTTP/1.1"), 404],
  ["slashes", head("GET /// HTTP/1.1"), 404],
  ["a very long address", head(`GET /${"a".repeat(100_000)} HTTP/1.1`), 431],
  ["OPTIONS *", head("OPTIONS * HTTP/1.1"), 400],
  ["CONNECT", head("CONNECT example.com:443 HTTP/1.1"), 405],
  ["TRACE", head("TRACE / HTTP/1.1"), 405],
  ["a method that does not exist", head("STEAL / HTTP/1.1"), 0],
  ["a header without a name", head("GET / HTTP/1.1", ": x"), 400],
  ["a header with a space in its name", head("GET / HTTP/1.1", "Bad Name: x"), 400],
  ["five thousand headers", head("GET / HTTP/1.1", ...Array.from({ length: 5_000 }, (_, n) => `X-${n}: y`)), 431],
  ["a header of 200 KB", head("GET / HTTP/1.1", `X: ${"y".repeat(200_000)}`), 431],
  ["a header that does not end", `GET / HTTP/1.1\r\nHost: x\r\nX: ${"y".repeat(1_000_000)}`, 431],
  ["a POST without a length", head("POST / HTTP/1.1", didcomm), 400],
  ["a length that is no number", head("POST / HTTP/1.1", didcomm, "Content-Length: two"), 400],
  ["a negative length", head("POST / HTTP/1.1", didcomm, "Content-Length: -2"), 400],
  ["an astronomic length", head("POST / HTTP/1.1", didcomm, `Content-Length: ${"9".repeat(30)}`), 400],
  ["a length over the limit", head("POST / HTTP/1.1", didcomm, "Content-Length: 1048577"), 413],
  ["two lengths", `${head("POST / HTTP/1.1", didcomm, "Content-Length: 2", "Content-Length: 3")}{} `, 400],
  ["chunks of a bad size", `${head("POST / HTTP/1.1", didcomm, "Transfer-Encoding: chunked")}zz\r\n{}\r\n`, 400],
  [
    "a chunk of astronomic size",
    `${head("POST / HTTP/1.1", didcomm, "Transfer-Encoding: chunked")}${"f".repeat(20)}\r\n{}`,
    400,
  ],
  ["an unknown transfer encoding", `${head("POST / HTTP/1.1", didcomm, "Transfer-Encoding: gzip")}{}`, 400],
])("%s", async (_, data, status) => {
  expect(await statusOf(mediator.url, data)).toBe(status)
})

test("no request can be smuggled past a proxy: both a length and chunks are refused, and what follows is not read", async () => {
  using wire = await dial(mediator.url)
  const both = head("POST / HTTP/1.1", didcomm, "Content-Length: 4", "Transfer-Encoding: chunked")
  wire.send(`${both}0\r\n\r\n${head("GET /version HTTP/1.1")}`)
  const answer = await wire.ended()
  expect(answer).toStartWith("HTTP/1.1 400")
  expect(statuses(answer)).toHaveLength(1)
})

test("more in chunks than the limit is 413 while it is still coming", async () => {
  using wire = await dial(mediator.url)
  wire.send(head("POST / HTTP/1.1", didcomm, "Transfer-Encoding: chunked"))
  const chunk = `10000\r\n${"x".repeat(65_536)}\r\n`
  for (let n = 0; n < 20; n++) wire.send(chunk)
  expect(await wire.ended()).toStartWith("HTTP/1.1 413")
})

test("a body longer than its Content-Length is cut there, and the rest is read as a request, which it is not", async () => {
  using wire = await dial(mediator.url)
  wire.send(`${head("POST / HTTP/1.1", didcomm, "Content-Length: 2")}{}{"surplus":true}\r\n\r\n`)
  // The connection ends with the second; the answer to the first may or may not have come before.
  expect(new Set(statuses(await wire.ended()))).toEqual(new Set(["400"]))
})

test("Expect: 100-continue is answered before the body is sent", async () => {
  using wire = await dial(mediator.url)
  const bytes = await forward()
  wire.send(head("POST / HTTP/1.1", didcomm, `Content-Length: ${bytes.length}`, "Expect: 100-continue"))
  await wire.until(/^HTTP\/1\.1 100 Continue\r\n\r\n$/)
  wire.send(bytes)
  await wire.until(/\r\n\r\nHTTP\/1\.1 202 /)
})

test("pipelined requests are answered in their order", async () => {
  using wire = await dial(mediator.url)
  wire.send([head("GET /healthz HTTP/1.1"), head("GET /nowhere HTTP/1.1"), head("GET /version HTTP/1.1")].join(""))
  const answers = await wire.until(/"version"/)
  expect(statuses(answers)).toEqual(["200", "404", "200"])
})

// Bun hangs up in both cases. The sender has no answer and tries again, as senders do.
test.each<[string, (wire: Wire) => void]>([
  ["sends the next request while a message is being stored", (wire) => wire.send(head("GET /healthz HTTP/1.1"))],
  ["says that it will send no more before it has its answer", (wire) => wire.finish()],
])("a client that %s may be let go without one, and its second try doubles nothing", async (_, then) => {
  const carol = await resident(mediator)
  const { bytes } = await letter(mediator, carol.did, "once")
  using wire = await dial(mediator.url)
  wire.send(posted(bytes))
  then(wire)
  await Promise.race([wire.ended(), wire.until(/ok$/).catch(() => "")])
  expect(wire.received()).toMatch(/^$|^HTTP\/1\.1 202/)
  expect(await isAccepted(mediator.url, bytes)).toBe(true)
  expect((await takeAll(mediator, carol)).map(({ letter }) => letter)).toEqual(["once"])
})

test("a request in single bytes is a request", async () => {
  using wire = await dial(mediator.url)
  for (const byte of head("GET /healthz HTTP/1.1")) {
    wire.send(byte)
    await Bun.sleep(1)
  }
  expect(await wire.until(/ok$/)).toStartWith("HTTP/1.1 200")
})

test("a client that stops in the middle of its body gets no answer, and is let go", async () => {
  using wire = await dial(mediator.url)
  wire.send(`${head("POST / HTTP/1.1", didcomm, "Content-Length: 100")}{`)
  wire.finish()
  expect(await wire.ended()).toBe("")
})

test("clients that vanish in the middle leave nothing behind but debug lines", async () => {
  const before = mediator.stderr().length
  for (let n = 0; n < 50; n++) {
    using wire = await dial(mediator.url)
    wire.send(n % 2 ? posted(await forward()) : `${head("POST / HTTP/1.1", didcomm, "Content-Length: 900000")}{`)
    if (n % 3 === 0) await Bun.sleep(1)
    wire.socket.resetAndDestroy()
  }
  await Bun.sleep(200)
  expect(mediator.stderr().slice(before)).not.toMatch(/ (info|warn|error) /)
})

test("no refusal tells how the program is built or where it lies", async () => {
  const odd = ["GET /nowhere HTTP/1.1", "PUT /did HTTP/1.1", "GET /did.json HTTP/1.1", "GET /%00 HTTP/1.1"].map(
    (line) => head(line),
  )
  for (const data of [...odd, posted("{}"), posted("["), posted("\xff"), "X\r\n\r\n"]) {
    using wire = await dial(mediator.url)
    wire.send(data)
    await Promise.race([wire.ended().catch(() => ""), wire.until(/\r\n\r\n/).catch(() => "")])
    expect(wire.received()).not.toMatch(telltale)
  }
})

test.each(["/", "/admin/api/setup", "/nothing", "//"])(
  "HEAD %s from a client that names no host is answered like any other",
  async (path) => {
    const status = await statusOf(mediator.url, `HEAD ${path} HTTP/1.0\r\n\r\n`)
    expect([200, 204, 404, 405]).toContain(status)
  },
)
