import { afterAll, afterEach, beforeAll, describe, expect, test } from "bun:test"
import { type Executable, executable } from "../kit/executable.ts"
import { encrypted, type Resident } from "../kit/resident.ts"
import { ask, isAccepted, letter, post, resident, takeAll } from "../reliability/people.ts"

/** What HTTP answers (DIDComm v2 §transports, https), through the executable. */

let mediator: Executable
let bob: Resident

beforeAll(async () => {
  mediator = await executable(["--log-level", "debug", "--mailbox-max-message-bytes", "1MiB"])
  bob = await resident(mediator)
})

afterAll(async () => {
  await mediator[Symbol.asyncDispose]()
})

afterEach(async () => {
  expect(await isAccepted(mediator.url, (await letter(mediator, bob.did, "after")).bytes)).toBe(true)
  expect(mediator.stderr()).not.toMatch(/^\s+at /m)
})

const forwardOf = async (id: string, padding = 0) => (await letter(mediator, bob.did, id, padding)).bytes

/** The answer's status, with a check that it says nothing else. */
async function bare(response: Response): Promise<number> {
  expect(await response.text()).toBe("")
  expect(response.headers.get("access-control-allow-origin")).toBe("*")
  return response.status
}

test("a stored forward is answered 202 without a body or a media type", async () => {
  const response = await post(mediator.url, await forwardOf("one"))
  expect(response.headers.get("content-type")).toBe(null)
  expect(await bare(response)).toBe(202)
  expect((await takeAll(mediator, bob)).map(({ letter }) => letter)).toContain("one")
})

test("a reply is one JWE with its exact media type, and a problem has status 200 as well", async () => {
  for (const type of ["https://didcomm.org/trust-ping/2.0/ping", "https://didcomm.org/unheard-of/1.0/thing"]) {
    const message = bob.plaintext({ type, return_route: "all" }, mediator.did)
    const response = await post(mediator.url, await bob.auth(message, mediator.did))
    expect([response.status, response.headers.get("content-type")]).toEqual([200, encrypted])
    expect((await bob.open(await response.text())).type).toMatch(/ping-response$|problem-report$/)
  }
})

describe("the media type", () => {
  test.each([
    "application/didcomm-encrypted+json",
    "application/didcomm-encrypted+json; charset=utf-8",
    "application/didcomm-encrypted+json;charset=UTF-8",
    "Application/DIDComm-Encrypted+JSON",
  ])("%s is read", async (mediaType) => {
    expect(await bare(await post(mediator.url, await forwardOf("typed"), mediaType))).toBe(202)
  })

  test.each([
    "application/json",
    "text/plain",
    "application/octet-stream",
    "multipart/form-data; boundary=x",
    "application/didcomm-encrypted+json, text/plain",
    "application/didcomm-encrypted+json-seq",
    "\u00e4\u00f6",
  ])("%s is refused with 415", async (mediaType) => {
    expect(await bare(await post(mediator.url, await forwardOf("typed"), mediaType))).toBe(415)
  })

  test("none at all is refused with 415", async () => {
    const request = new Request(mediator.url, { method: "POST", body: new Uint8Array([123, 125]) })
    expect(await bare(await fetch(request))).toBe(415)
  })

  test("plaintext is refused with 400, by its media type and by its content", async () => {
    const { from: _, ...plain } = bob.plaintext({ type: "https://didcomm.org/trust-ping/2.0/ping" }, mediator.did)
    for (const mediaType of ["application/didcomm-plain+json", encrypted]) {
      expect(await bare(await post(mediator.url, JSON.stringify(plain), mediaType))).toBe(400)
    }
  })
})

test.each(["gzip", "br", "deflate", "identity", "x"])("content encoding %s is refused with 415", async (coding) => {
  const headers = { "Content-Type": encrypted, "Content-Encoding": coding }
  const body = coding === "gzip" ? Bun.gzipSync(await forwardOf("packed")) : await forwardOf("packed")
  expect(await bare(await fetch(mediator.url, { method: "POST", headers, body }))).toBe(415)
})

test.each([
  ["nothing", ""],
  ["garbage", "\u0000\u0001\u0002 garbage"],
  ["a word", "hello"],
  ["broken JSON", '{"protected":"'],
  ["an array", "[]"],
  ["null", "null"],
  ["an empty object", "{}"],
  ["a JWE without recipients", '{"ciphertext":"","protected":"","recipients":[],"iv":"","tag":""}'],
  ["invalid UTF-8", new Uint8Array([0x7b, 0xff, 0xfe, 0x7d])],
  ["a byte order mark", new Uint8Array([0xef, 0xbb, 0xbf, 0x7b, 0x7d])],
])("a body that is %s is refused with 400", async (_, body) => {
  expect(await bare(await post(mediator.url, body))).toBe(400)
})

test("an envelope for somebody else is refused with 400", async () => {
  expect(await bare(await post(mediator.url, await bob.anon({ id: "1" }, bob.did)))).toBe(400)
})

describe("the size limit", () => {
  const limit = 1024 * 1024
  const streamed = (size: number) =>
    new ReadableStream({
      start(controller) {
        for (let left = size; left > 0; left -= 65_536) controller.enqueue(new Uint8Array(Math.min(left, 65_536)))
        controller.close()
      },
    })

  test("a forward just under it is kept, whole", async () => {
    const padding = 556_000
    const bytes = await forwardOf("large", padding)
    expect(bytes.length).toBeGreaterThan(limit * 0.7)
    expect(bytes.length).toBeLessThan(limit)
    expect(await bare(await post(mediator.url, bytes))).toBe(202)
    expect((await takeAll(mediator, bob)).map(({ letter }) => letter)).toContain("large")
  })

  // Bun refuses by itself what says its length, without a chance to add headers.
  test("a byte more than it is 413, with Content-Length and in chunks", async () => {
    expect((await post(mediator.url, new Uint8Array(limit))).status).toBe(400)
    expect((await post(mediator.url, new Uint8Array(limit + 1))).status).toBe(413)
    expect((await post(mediator.url, streamed(limit))).status).toBe(400)
    expect((await post(mediator.url, streamed(limit + 1))).status).toBe(413)
  })
})

describe("methods and addresses", () => {
  test.each(["PUT", "PATCH", "DELETE", "PROPFIND"])("%s is 405 and says what is allowed", async (method) => {
    for (const path of ["/", "/did", "/nowhere"]) {
      const response = await fetch(`${mediator.url}${path}`, { method })
      expect(response.headers.get("allow")).toBe("GET, HEAD, POST, OPTIONS")
      expect(await bare(response)).toBe(405)
    }
  })

  test("a browser wallet from anywhere may ask and post", async () => {
    const asked = { Origin: "https://wallet.example", "Access-Control-Request-Method": "POST" }
    const preflight = await fetch(mediator.url, { method: "OPTIONS", headers: asked })
    expect(await bare(preflight)).toBe(204)
    expect(preflight.headers.get("access-control-allow-methods")).toContain("POST")
    expect(preflight.headers.get("access-control-allow-headers")).toContain("Content-Type")
  })

  test("HEAD answers like GET without the body", async () => {
    for (const path of ["/", "/did", "/healthz", "/invitation", "/nowhere"]) {
      const [get, headOnly] = await Promise.all(
        ["GET", "HEAD"].map((method) => fetch(`${mediator.url}${path}`, { method })),
      )
      const { byteLength } = (await get?.arrayBuffer()) ?? { byteLength: -1 }
      expect(headOnly?.status).toBe(get?.status ?? 0)
      expect(headOnly?.headers.get("content-type")).toBe(get?.headers.get("content-type") ?? null)
      expect(headOnly?.headers.get("content-length")).toBe(String(byteLength))
      expect(await headOnly?.text()).toBe("")
    }
  })

  test("an unknown address is 404, but any address takes messages, because a proxy may change it", async () => {
    for (const path of ["/nowhere", "/.env", "/did/", "/DID", "/healthz.php"]) {
      expect(await bare(await fetch(`${mediator.url}${path}`))).toBe(404)
    }
    expect(await bare(await post(`${mediator.url}/any/where?x=y`, await forwardOf("elsewhere")))).toBe(202)
  })

  test("pages say what browsers must not do with them", async () => {
    const { headers } = await fetch(mediator.url)
    expect(headers.get("content-security-policy")).toStartWith("default-src 'none'")
    expect(headers.get("x-content-type-options")).toBe("nosniff")
    expect(headers.get("x-frame-options")).not.toBe(null)
    expect(headers.get("server")).toBe(null)
    expect(headers.get("x-powered-by")).toBe(null)
  })
})

test("a ping over HTTP asks nobody to wait", async () => {
  const started = performance.now()
  await ask(mediator, bob, { type: "https://didcomm.org/trust-ping/2.0/ping" })
  expect(performance.now() - started).toBeLessThan(1_000)
})
