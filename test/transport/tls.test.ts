import { afterAll, beforeAll, beforeEach, describe, expect, test } from "bun:test"
import { chmodSync, copyFileSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { connect } from "node:tls"
import { startMediator } from "../../src/app/compose.ts"
import { type Clock, systemClock } from "../../src/base/clock.ts"
import { resolveSettings } from "../../src/config/load.ts"

/** https with certificates in files, and what happens when the files change. */

type Name = "first" | "second" | "expired"
const made = (file: string) => join(import.meta.dir, "tls", file)
const pem = (name: Name) => readFileSync(made(`${name}.pem`), "utf8")
const authorities = [pem("first"), pem("second"), pem("expired")]

const folder = mkdtempSync(join(tmpdir(), "restante-tls-"))
const cert = join(folder, "cert.pem")
const key = join(folder, "key.pem")
afterAll(() => rmSync(folder, { recursive: true, force: true }))

/** Puts a file there as renewals do: whole, in one step. */
function put(from: string, to: string): void {
  copyFileSync(from, `${to}.new`)
  chmodSync(`${to}.new`, 0o600)
  renameSync(`${to}.new`, to)
}
function use(name: Name): void {
  put(made(`${name}.pem`), cert)
  put(made(`${name}.key`), key)
}

async function start(flags: Readonly<Record<string, string>> = {}, clock: Clock = systemClock) {
  const given = {
    port: "0",
    tls: "files",
    "tls-cert": cert,
    "tls-key": key,
    "data-dir": mkdtempSync(join(folder, "data-")),
    "storage-ballast": "0",
    "metrics-token": "token",
    ...flags,
  }
  const outcome = resolveSettings({ file: null, env: {}, flags: new Map(Object.entries(given)) })
  if ("problems" in outcome) throw new Error(JSON.stringify(outcome.problems))
  const logged: string[] = []
  const running = await startMediator(outcome, { clock, write: (line) => void logged.push(line) })
  return { ...running, logged, [Symbol.asyncDispose]: () => running[Symbol.asyncDispose]() }
}
type Running = Awaited<ReturnType<typeof start>>

/** What stopped the start, as a code and its detail. */
async function refusal(flags: Readonly<Record<string, string>> = {}) {
  const [outcome] = await Promise.allSettled([start(flags)])
  if (outcome.status === "fulfilled") return null
  return { code: outcome.reason.code, detail: outcome.reason.detail }
}

const get = (m: Pick<Running, "url">, path: string, init: RequestInit = {}) =>
  fetch(m.url + path, { ...init, keepalive: false, tls: { ca: authorities, checkServerIdentity: () => undefined } })

/** Whose certificate a new connection is shown. */
function shown({ url }: Pick<Running, "url">): Promise<string> {
  const { promise, resolve, reject } = Promise.withResolvers<string>()
  const socket = connect({ host: "127.0.0.1", port: Number(new URL(url).port), rejectUnauthorized: false }, () => {
    resolve(String(socket.getPeerCertificate().subject.CN))
    socket.end()
  })
  socket.on("error", reject)
  return promise
}

/** The same; null for one that came just as the port was opened anew. */
const newcomer = (m: Pick<Running, "url">) => shown(m).catch(() => null)

async function open(m: Pick<Running, "url">) {
  const socket = new WebSocket(`${m.url.replace("https", "wss")}/ws`, { tls: { rejectUnauthorized: false } })
  const closed = new Promise<number>((resolve) => socket.addEventListener("close", ({ code }) => resolve(code)))
  await new Promise<void>((resolve, reject) => {
    socket.addEventListener("open", () => resolve())
    socket.addEventListener("error", () => reject(new Error("no WebSocket")))
  })
  /** Whether the other end still answers pings. */
  async function isAlive(): Promise<boolean> {
    const pong = new Promise<true>((resolve) => socket.addEventListener("pong" as "message", () => resolve(true)))
    ;(socket as unknown as { ping(): void }).ping()
    return Promise.race([pong, closed.then(() => false), Bun.sleep(5_000).then(() => false)])
  }
  return { isAlive, closed, close: () => socket.close() }
}

async function until(holds: () => boolean | Promise<boolean>): Promise<void> {
  const end = performance.now() + 10_000
  while (!(await holds())) {
    if (performance.now() > end) throw new Error("it never came to that")
    await Bun.sleep(20)
  }
}

beforeEach(() => use("first"))

describe("a mediator with a certificate", () => {
  test("speaks https and wss on its port, and nothing in the clear", async () => {
    await using m = await start()
    expect(m.url).toStartWith("https://127.0.0.1:")
    expect((await get(m, "/healthz")).status).toBe(200)
    // The DID leads to https and wss.
    const did = await (await get(m, "/did")).text()
    const services = [...did.matchAll(/\.S([\w-]+)/g)].map(([, text = ""]) => Buffer.from(text, "base64url"))
    const { port } = new URL(m.url)
    expect(services.map((service) => JSON.parse(service.toString()).s.uri)).toEqual([
      `https://localhost:${port}`,
      `wss://localhost:${port}/ws`,
    ])
    const socket = await open(m)
    expect(await socket.isAlive()).toBe(true)
    socket.close()
    const [plain] = await Promise.allSettled([fetch(m.url.replace("https", "http"))])
    expect(plain.status).toBe("rejected")
  })

  test("shares its port with no other, before a renewal and after", async () => {
    await using m = await start()
    const { port } = new URL(m.url)
    expect(await refusal({ port })).toMatchObject({ code: "server.address" })
    use("second")
    m.reload()
    expect(await shown(m)).toBe("second")
    expect(await refusal({ port })).toMatchObject({ code: "server.address" })
  })
})

describe("a renewed certificate", () => {
  test("is shown to newcomers, while sockets and requests under way go on", async () => {
    await using m = await start()
    const socket = await open(m)
    // A request whose body is still being sent when the certificate changes.
    const { readable, writable } = new TransformStream<Uint8Array, Uint8Array>()
    const slow = get(m, "/", { method: "POST", body: readable, headers: { "content-type": "text/plain" } })
    const writer = writable.getWriter()
    await writer.write(new TextEncoder().encode("half"))
    for (const name of ["second", "first", "second"] as const) {
      use(name)
      m.reload()
      expect(await shown(m)).toBe(name)
      expect(await socket.isAlive()).toBe(true)
    }
    await writer.write(new TextEncoder().encode(" and half"))
    await writer.close()
    expect((await slow).status).toBe(415)
    const later = await open(m)
    await m[Symbol.asyncDispose]()
    expect([await socket.closed, await later.closed]).toEqual([1012, 1012])
  })

  test("is noticed by itself", async () => {
    // A clock on which looking comes soon.
    const hasty: Clock = { ...systemClock, every: (ms, act) => systemClock.every(ms === 10_000 ? 20 : ms, act) }
    await using m = await start({}, hasty)
    expect(await shown(m)).toBe("first")
    use("second")
    await until(async () => (await newcomer(m)) === "second")
  })

  test("whose folder is closed for a while stops nothing, and is taken once it is open again", async () => {
    const hasty: Clock = { ...systemClock, every: (ms, act) => systemClock.every(ms === 10_000 ? 20 : ms, act) }
    const [live, away] = [mkdtempSync(join(folder, "live-")), join(folder, "away")]
    for (const name of ["cert.pem", "key.pem"]) put(join(folder, name), join(live, name))
    const files = { "tls-cert": join(live, "cert.pem"), "tls-key": join(live, "key.pem") }
    await using m = await start(files, hasty)
    renameSync(live, away)
    // A file in its place answers as a closed folder does: with an error, and not with nothing.
    writeFileSync(live, "")
    await until(() => m.logged.some((line) => line.includes("tls.kept_old")))
    expect(await shown(m)).toBe("first")
    rmSync(live)
    use("second")
    for (const name of ["cert.pem", "key.pem"]) put(join(folder, name), join(away, name))
    renameSync(away, live)
    await until(async () => (await newcomer(m)) === "second")
  })

  test("that cannot be used leaves the old one, says so, and is counted", async () => {
    await using m = await start()
    const broken = [
      () => put(made("second.pem"), cert),
      () => writeFileSync(cert, "no certificate"),
      () => writeFileSync(cert, `${pem("first")}-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n`),
      () => writeFileSync(key, ""),
      () => rmSync(key),
    ]
    for (const spoil of broken) {
      use("first")
      spoil()
      m.logged.length = 0
      m.reload()
      expect(m.logged.join("")).toContain("tls.kept_old")
      expect(await shown(m)).toBe("first")
      expect((await get(m, "/healthz")).status).toBe(200)
    }
    use("second")
    m.reload()
    expect(await shown(m)).toBe("second")
    const figures = await (await get(m, "/metrics", { headers: { authorization: "Bearer token" } })).text()
    expect(figures).toContain(`restante_tls_renewals_total{result="refused"} ${broken.length}\n`)
    expect(figures).toContain('restante_tls_renewals_total{result="taken"} 1\n')
    const [, left] = /^restante_tls_expiry_seconds (\d+)/m.exec(figures) ?? []
    expect(Number(left)).toBeGreaterThan(365 * 86_400)
  })

  test("stays the same, and so does the server, when the files only look new", async () => {
    await using m = await start()
    m.logged.length = 0
    use("first")
    m.reload()
    expect(m.logged.filter((line) => line.includes("tls."))).toEqual([])
  })
})

describe("at the start", () => {
  test("a pair that cannot be used stops it, and why is said", async () => {
    put(made("second.key"), key)
    expect(await refusal()).toEqual({ code: "tls.unusable", detail: expect.stringContaining("not the certificate's") })
    rmSync(key)
    expect(await refusal()).toEqual({ code: "tls.unusable", detail: expect.stringContaining("server.tls_key") })
    expect(await refusal({ "tls-cert": "" })).toEqual({
      code: "tls.unusable",
      detail: "server.tls_cert names no file",
    })
  })

  test("a certificate that has expired is served with, because the clock may be wrong, and complained of", async () => {
    use("expired")
    await using m = await start()
    expect(m.logged.join("")).toContain("tls.expired")
    expect(await shown(m)).toBe("expired")
  })

  test("a key that others can read is complained of", async () => {
    chmodSync(key, 0o604)
    await using m = await start()
    expect(m.logged.join("")).toContain("tls.key_readable")
    chmodSync(key, 0o640)
    await using other = await start()
    expect(other.logged.join("")).not.toContain("tls.key_readable")
  })
})

describe("bad clients", () => {
  let m: Running
  beforeAll(async () => {
    use("first")
    m = await start()
  })
  afterAll(() => m[Symbol.asyncDispose]())

  test("old versions of TLS are refused", async () => {
    const port = Number(new URL(m.url).port)
    const { promise, resolve } = Promise.withResolvers<string>()
    const options = { host: "127.0.0.1", port, rejectUnauthorized: false, maxVersion: "TLSv1.1" as const }
    const socket = connect({ ...options, minVersion: "TLSv1" }, () => resolve("connected"))
    socket.on("error", () => resolve("refused"))
    expect(await promise).toBe("refused")
  })

  test("one that never finishes its handshake is cut off, and nobody else notices", async () => {
    const { promise: ended, resolve } = Promise.withResolvers<void>()
    const silent = await Bun.connect({
      hostname: "127.0.0.1",
      port: Number(new URL(m.url).port),
      socket: { data() {}, close: () => resolve(), error: () => resolve() },
    })
    expect((await get(m, "/healthz")).status).toBe(200)
    const outcome = await Promise.race([ended.then(() => "cut off"), Bun.sleep(60_000).then(() => "still there")])
    silent.end()
    expect(outcome).toBe("cut off")
  }, 70_000)
})
