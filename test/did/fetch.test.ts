import { afterAll, expect, test } from "bun:test"
import { readFileSync } from "node:fs"
import { createServer, type Socket } from "node:net"
import { join } from "node:path"
import { systemClock } from "../../src/base/clock.ts"
import { createBudget } from "../../src/did/budget.ts"
import { createFetcher, type Lookup } from "../../src/did/fetch.ts"
import { createResolver } from "../../src/did/resolver.ts"
import { fakeClock } from "./fake-clock.ts"
import { faultOf } from "./faults.ts"

const pem = (name: string) => readFileSync(join(import.meta.dir, "tls", name), "utf8")
const ca = pem("authority.pem")
const open: { stop(): void }[] = []
afterAll(() => {
  for (const server of open) server.stop()
})

/** A server that answers with its own tag and what it saw. */
function serve(hostname: string, { port = 0, tls = false } = {}) {
  const server = Bun.serve({
    hostname,
    port,
    ...(tls ? { tls: { key: pem("server.key"), cert: pem("server.pem") } } : {}),
    async fetch(request) {
      const { pathname } = new URL(request.url)
      if (pathname === "/moved") return Response.redirect("/", 302)
      if (pathname === "/binary") return new Response(Uint8Array.of(0xff, 0xfe))
      if (pathname === "/long") return new Response("é".repeat(500))
      const seen = { at: hostname, host: request.headers.get("host"), type: request.headers.get("content-type") }
      return Response.json({ ...seen, method: request.method, body: await request.text() })
    },
  })
  open.push({ stop: () => void server.stop(true) })
  return server.port ?? 0
}

/** A server that speaks as `script` says, byte by byte. */
async function speak(script: (socket: Socket) => void): Promise<number> {
  const server = createServer((socket) => {
    socket.on("error", () => {})
    script(socket)
  })
  const { promise, resolve } = Promise.withResolvers<void>()
  server.listen(0, "127.0.0.1", resolve)
  await promise
  open.push({ stop: () => void server.close() })
  const address = server.address()
  return typeof address === "object" && address ? address.port : 0
}

const to =
  (...addresses: string[]): Lookup =>
  async () =>
    addresses
const fetcher = (lookup: Lookup) => createFetcher({ policy: "any", clock: systemClock, lookup, ca })
const plain = { maxBytes: 1000, accept: "application/json" }
const seen = async (answer: Promise<{ text: string }>) => JSON.parse((await answer).text)

test("the connection goes to the address that was looked up, the Host header stays the URL's", async () => {
  const port = serve("127.0.0.1")
  serve("127.0.0.2", { port })
  // The system would send this name to 127.0.0.1.
  const url = `http://localhost:${port}/`
  expect(await seen(fetcher(to("127.0.0.2")).get(url, plain))).toMatchObject({
    at: "127.0.0.2",
    host: `localhost:${port}`,
  })
  expect(await seen(fetcher(to("127.0.0.1")).get(url, plain))).toMatchObject({ at: "127.0.0.1" })
  expect(await faultOf(() => fetcher(to("127.0.0.3")).get(url, plain))).toBe("outbound.failed")
})

test("a name is looked up once, so that a second answer cannot move the connection", async () => {
  const port = serve("127.0.0.1")
  const asked: string[] = []
  const rebinding: Lookup = async (host) => (asked.push(host) === 1 ? ["127.0.0.1"] : ["127.0.0.9"])
  expect(await seen(fetcher(rebinding).get(`http://rebind.example:${port}/`, plain))).toMatchObject({ at: "127.0.0.1" })
  expect(asked).toEqual(["rebind.example"])
})

test("an address that does not answer is followed by the next one", async () => {
  const port = serve("127.0.0.1")
  const answer = fetcher(to("127.0.0.3", "127.0.0.1")).get(`http://two.example:${port}/`, plain)
  expect(await seen(answer)).toMatchObject({ at: "127.0.0.1" })
})

test("a certificate must be the host name's, whatever the address", async () => {
  const port = serve("127.0.0.1", { tls: true })
  const https = fetcher(to("127.0.0.1"))
  expect(await seen(https.get(`https://good.example:${port}/`, plain))).toMatchObject({ host: `good.example:${port}` })
  expect(await faultOf(() => https.get(`https://evil.example:${port}/`, plain))).toBe("outbound.failed")
  expect(await faultOf(() => https.get(`https://127.0.0.1:${port}/`, plain))).toBe("outbound.failed")
})

test("a delivery goes over https with headers of its own, and however much is answered, only how is looked at", async () => {
  const { promise: arrived, resolve } = Promise.withResolvers<{ headers: Headers; body: Uint8Array }>()
  const server = Bun.serve({
    hostname: "127.0.0.1",
    port: 0,
    tls: { key: pem("server.key"), cert: pem("server.pem") },
    async fetch(request) {
      resolve({ headers: request.headers, body: await request.bytes() })
      return new Response(new Uint8Array(5_000_000).fill(0xff), { status: 429, headers: { "retry-after": "7" } })
    },
  })
  open.push({ stop: () => void server.stop(true) })
  const url = `https://good.example:${server.port}/push`
  const given = { headers: { ttl: "60", "content-encoding": "aes128gcm" }, body: Uint8Array.of(0, 0xff) }
  expect(await fetcher(to("127.0.0.1")).deliver(url, given)).toEqual({ status: 429, retryAfter: "7" })
  const { headers, body } = await arrived
  expect([...body]).toEqual([0, 0xff])
  expect(Object.fromEntries(headers)).toMatchObject(given.headers)
})

test("a certificate of an unknown authority is refused, also when the environment says otherwise", async () => {
  const port = serve("127.0.0.1", { tls: true })
  const strict = createFetcher({ policy: "any", clock: systemClock, lookup: to("127.0.0.1") })
  const before = process.env.NODE_TLS_REJECT_UNAUTHORIZED
  process.env.NODE_TLS_REJECT_UNAUTHORIZED = "0"
  try {
    expect(await faultOf(() => strict.get(`https://good.example:${port}/`, plain))).toBe("outbound.failed")
  } finally {
    if (before === undefined) delete process.env.NODE_TLS_REJECT_UNAUTHORIZED
    else process.env.NODE_TLS_REJECT_UNAUTHORIZED = before
  }
})

test("a post carries its media type and its text, and gets status, media type and text", async () => {
  const port = serve("127.0.0.1")
  const text = '{"é":1}'
  const mediaType = "application/didcomm-encrypted+json"
  const answer = await fetcher(to("127.0.0.1")).post(`http://a.example:${port}/in?x=1`, {
    mediaType,
    text,
    maxBytes: 1000,
  })
  expect(answer).toMatchObject({ status: 200, mediaType: "application/json" })
  expect(JSON.parse(answer.text)).toMatchObject({ method: "POST", type: mediaType, body: text })
})

test("redirects are answers, not directions", async () => {
  const port = serve("127.0.0.1")
  expect(await fetcher(to("127.0.0.1")).get(`http://a.example:${port}/moved`, plain)).toMatchObject({ status: 302 })
})

test("an answer without a media type has none", async () => {
  const port = await speak((socket) => socket.end("HTTP/1.1 200 OK\r\ncontent-length: 1\r\n\r\nx"))
  const answer = await fetcher(to("127.0.0.1")).get(`http://a.example:${port}/`, plain)
  expect(answer).toEqual({ status: 200, mediaType: null, text: "x" })
})

test("bodies that are not UTF-8, or longer than allowed are refused", async () => {
  const port = serve("127.0.0.1")
  const get = (path: string, maxBytes: number) =>
    faultOf(() => fetcher(to("127.0.0.1")).get(`http://a.example:${port}${path}`, { ...plain, maxBytes }))
  expect(await get("/binary", 1000)).toBe("outbound.failed")
  expect(await get("/long", 999)).toBe("outbound.failed")
  expect(await get("/long", 1000)).toBeNull()
})

test("an answer with a content encoding is refused unread, and the connection closed", async () => {
  const closed = Promise.withResolvers<void>()
  const port = await speak((socket) => {
    socket.on("close", () => closed.resolve()).resume()
    socket.write("HTTP/1.1 200 OK\r\ncontent-encoding: br\r\ncontent-length: 2\r\n\r\n{")
  })
  expect(await faultOf(() => fetcher(to("127.0.0.1")).get(`http://a.example:${port}/`, plain))).toBe("outbound.failed")
  await closed.promise
})

test("an endless body is cut off at the limit, and the connection closed", async () => {
  const closed = Promise.withResolvers<number>()
  const port = await speak((socket) => {
    let sent = 0
    socket.write("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n")
    const more = () => {
      while (!socket.destroyed && socket.write(`400\r\n${"a".repeat(1024)}\r\n`)) sent += 1024
    }
    socket.on("drain", more).on("close", () => closed.resolve(sent))
    more()
  })
  expect(await faultOf(() => fetcher(to("127.0.0.1")).get(`http://a.example:${port}/`, plain))).toBe("outbound.failed")
  expect(await closed.promise).toBeLessThan(16_000_000)
})

test("what is not HTTP, stops early, upgrades, or has endless headers is a failure", async () => {
  const scripts = [
    "SSH-2.0-OpenSSH_9.6\r\n",
    "HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nabc",
    "",
    "HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: websocket\r\n\r\n",
    `HTTP/1.1 200 OK\r\n${`x: ${"a".repeat(1000)}\r\n`.repeat(40)}\r\n`,
  ]
  for (const script of scripts) {
    const port = await speak((socket) => {
      if (script !== "") socket.write(script)
      setTimeout(() => socket.end(), 20)
    })
    const outcome = await faultOf(() => fetcher(to("127.0.0.1")).get(`http://a.example:${port}/`, plain))
    expect([script.slice(0, 30), outcome]).toEqual([script.slice(0, 30), "outbound.failed"])
  }
})

test("five seconds are all there is, for a silent name server, a silent host and a dripping body alike", async () => {
  const dripped = Promise.withResolvers<void>()
  const gone = Promise.withResolvers<void>()
  const silent = await speak((socket) => socket.on("close", () => gone.resolve()).resume())
  const dripping = await speak((socket) => {
    socket.write("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n1\r\na\r\n", () => dripped.resolve())
  })
  const never: Lookup = () => new Promise(() => {})
  for (const [lookup, port, ready] of [
    [never, 1, Promise.resolve()],
    [to("127.0.0.1"), silent, Bun.sleep(30)],
    [to("127.0.0.1"), dripping, dripped.promise],
  ] as const) {
    const clock = fakeClock()
    const outcome = faultOf(() =>
      createFetcher({ policy: "any", clock, lookup }).get(`http://a.example:${port}/`, plain),
    )
    await ready
    clock.pass(4999)
    expect(await Promise.race([outcome, Bun.sleep(20).then(() => "waiting")])).toBe("waiting")
    clock.pass(1)
    expect(await outcome).toBe("outbound.failed")
  }
  await gone.promise
})

test("with the policy off nothing is looked up", async () => {
  const fetcher = createFetcher({ policy: "off", clock: systemClock, lookup: () => expect.unreachable("looked up") })
  expect(await faultOf(() => fetcher.get("https://example.com/", plain))).toBe("outbound.refused")
})

test("the public policy refuses a real server on this machine", async () => {
  const port = serve("127.0.0.1", { tls: true })
  const strict = createFetcher({ policy: "public", clock: systemClock, lookup: to("127.0.0.1"), ca })
  expect(await faultOf(() => strict.get(`https://good.example:${port}/`, plain))).toBe("outbound.refused")
  const resolver = createResolver({ fetcher: strict, clock: systemClock })
  for (const did of ["did:web:localhost", `did:web:localhost%3A${port}`, "did:web:metadata.google.internal"]) {
    expect([did, await faultOf(() => resolver.resolve(did))]).toEqual([did, "did.unresolvable"])
  }
})

test("one host gets a burst and then a rate, and eight connections at once", async () => {
  const clock = fakeClock()
  const budget = createBudget(clock)
  const take = () => faultOf(() => budget("a")[Symbol.dispose]())
  for (let at = 0; at < 100; at++) expect(await take()).toBeNull()
  expect(await take()).toBe("request.busy")
  expect(await faultOf(() => budget("b")[Symbol.dispose]())).toBeNull()
  clock.pass(50)
  expect(await take()).toBeNull()
  expect(await take()).toBe("request.busy")

  clock.pass(60_000)
  const held = Array.from({ length: 8 }, () => budget("a"))
  expect(await take()).toBe("request.busy")
  held[0]?.[Symbol.dispose]()
  expect(await take()).toBeNull()
})

test("a place is given back after an exchange that failed", async () => {
  const lookup = to("127.0.0.3")
  const once = fetcher(lookup)
  for (let at = 0; at < 20; at++) {
    expect(await faultOf(() => once.get("http://a.example:1/", plain))).toBe("outbound.failed")
  }
})
