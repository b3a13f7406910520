import { expect, test } from "bun:test"
import { chmodSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { openDoctor } from "../../src/app/doctor/at-rest.ts"
import { type Check, examine, fine, warning } from "../../src/app/doctor/check.ts"
import { systemClock } from "../../src/base/clock.ts"
import { resolveSettings } from "../../src/config/load.ts"
import { desk } from "../admin/desk.ts"
import { fakeClock } from "../contract/world.ts"
import { type House, house } from "./house.ts"

type Report = Awaited<ReturnType<typeof examine>>
const found = (report: Report, id: string) => report.items.find((item) => item.id === id)

/** What the doctor says of a house at rest, with these flags on top. */
async function examined(home: House, flags: Readonly<Record<string, string>> = {}) {
  const given = { "data-dir": home.dataDir, "public-url": "http://localhost:8080", ...flags }
  const loaded = resolveSettings({ file: null, env: {}, flags: new Map(Object.entries(given)) })
  if ("problems" in loaded) throw new Error(JSON.stringify(loaded.problems))
  await using doctor = await openDoctor(loaded, async () => false)
  return { report: await doctor.examine(), bundle: await doctor.bundle() }
}

const check = (id: string, look: Check["look"]): Check => ({ id, title: id, look })

test("what takes too long and what throws are findings like others, and the worst decides", async () => {
  const clock = fakeClock()
  const never = new Promise<never>(() => {})
  const examining = examine(
    [
      check("a", () => fine("well")),
      check("b", () => never),
      check("c", () => Promise.reject(new Error("it broke"))),
      check("d", () => warning("so so", "do something")),
    ],
    clock,
  )
  await Bun.sleep(0)
  clock.pass(10_000)
  const report = await examining
  expect(report.items.map(({ id, level }) => [id, level])).toEqual([
    ["a", "ok"],
    ["b", "fail"],
    ["c", "fail"],
    ["d", "warn"],
  ])
  expect(found(report, "c")?.why).toContain("it broke")
  expect(report.level).toBe("fail")
  expect((await examine([check("a", () => fine("well"))], systemClock)).level).toBe("ok")
})

test("a house in order has nothing wrong, and each finding that is not fine says what to do", async () => {
  using home = await house()
  await home.deliver("did:example:bob", 1)
  await home.backups().make(home.by)
  const { report } = await examined(home)
  expect(report.items.filter(({ level }) => level === "fail")).toEqual([])
  const ids = report.items.map(({ id }) => id)
  expect(ids).toEqual(
    expect.arrayContaining([
      "version",
      "clock",
      "files",
      "disk",
      "filesystem",
      "fsync",
      "folder",
      "database",
      "backups",
      "proxies",
      "admin",
      "address",
      "certificate",
      "did",
      "websocket",
    ]),
  )
  for (const { level, fix } of report.items) expect(fix === null).toBe(level === "ok")
  expect(found(report, "backups")?.level).toBe("ok")
  expect(found(report, "fsync")?.facts).toMatchObject({ p50: expect.any(Number), p99: expect.any(Number) })
})

test("a file that others may read is wrong", async () => {
  using home = await house()
  await home.deliver("did:example:bob", 1)
  chmodSync(join(home.dataDir, "identity.json"), 0o644)
  chmodSync(home.dataDir, 0o755)
  const loaded = { settings: home.settings, origins: new Map() }
  await using doctor = await openDoctor(loaded, async () => false)
  expect(found(await doctor.examine(), "folder")).toMatchObject({
    level: "fail",
    why: expect.stringContaining(home.dataDir),
  })
})

test("a damaged database is wrong, and everything else is looked at all the same", async () => {
  using home = await house()
  writeFileSync(home.file, "nothing of the kind".repeat(500), { mode: 0o600 })
  const { report } = await examined(home)
  expect(found(report, "database")?.level).toBe("fail")
  expect(found(report, "fsync")?.level).toBe("ok")
  expect(found(report, "identity")?.level).toBe("ok")
  expect(report.level).toBe("fail")
})

test("a damaged identity is told in its own words", async () => {
  using home = await house()
  writeFileSync(join(home.dataDir, "identity.json"), "{}", { mode: 0o600 })
  const { report } = await examined(home)
  expect(found(report, "identity")).toMatchObject({ level: "fail", why: expect.stringContaining("cannot be used") })
  expect(found(report, "database")?.level).toBe("warn")
})

test("where there is no mediator yet, that is said once and not of every part of it", async () => {
  using home = await house()
  rmSync(home.dataDir, { recursive: true })
  const { report } = await examined(home)
  expect(report.items.filter(({ level }) => level === "fail")).toMatchObject([
    { id: "folder", why: `There is no ${home.dataDir}.`, fix: expect.stringContaining("restante init") },
    { id: "identity", why: `There is none in ${home.dataDir} yet.`, fix: expect.stringContaining("restante init") },
  ])
})

test("no backup, and one that is long ago, are to be looked at", async () => {
  using home = await house()
  await home.deliver("did:example:bob", 1)
  expect(found((await examined(home)).report, "backups")).toMatchObject({
    level: "warn",
    why: expect.stringContaining("no verified"),
  })
  await home.backups().make(home.by)
  expect(found((await examined(home, { "backup-schedule": "off" })).report, "backups")?.level).toBe("warn")
})

test("trusting everybody's word is wrong, trusting nobody behind a proxy is to be looked at", async () => {
  using home = await house()
  const level = async (flags: Readonly<Record<string, string>>) =>
    found((await examined(home, flags)).report, "proxies")?.level
  expect(await level({})).toBe("ok")
  expect(await level({ "trusted-proxies": "0.0.0.0/0" })).toBe("fail")
  expect(await level({ "public-url": "https://mediator.example" })).toBe("warn")
  expect(await level({ "public-url": "https://mediator.example", "trusted-proxies": "127.0.0.1" })).toBe("ok")
})

test("a running mediator finds itself at its public address, with its document and its WebSockets", async () => {
  await using world = await desk()
  const { status, body } = await world.ada.call("GET", "/doctor")
  expect(status).toBe(200)
  for (const id of ["address", "certificate", "did", "websocket", "database", "admin"]) {
    expect(body.items.find((item: { id: string }) => item.id === id)).toMatchObject({ id, level: "ok", fix: null })
  }
})

test("a mediator whose public address leads elsewhere says so", async () => {
  using other = Bun.serve({ port: 0, fetch: () => new Response("did:web:somebody-else.example") })
  await using world = await desk({ "public-url": `http://localhost:${other.port}` })
  const { body } = await world.ada.call("GET", "/doctor", undefined)
  const levels = Object.fromEntries(body.items.map(({ id, level }: { id: string; level: string }) => [id, level]))
  expect(levels).toMatchObject({ address: "fail", did: "fail", websocket: "fail" })
  expect(body.level).toBe("fail")
})

test("a certificate that nobody vouches for is wrong, and http on a public name is, too", async () => {
  using home = await house()
  const tls = {
    cert: readFileSync(new URL("../did/tls/server.pem", import.meta.url), "utf8"),
    key: readFileSync(new URL("../did/tls/server.key", import.meta.url), "utf8"),
  }
  using server = Bun.serve({ port: 0, tls, fetch: () => new Response("") })
  const certificate = async (url: string) => {
    const settings = { ...home.settings, server: { ...home.settings.server, public_url: url } }
    await using doctor = await openDoctor({ settings, origins: new Map() }, async () => true)
    return found(await doctor.examine(), "certificate")
  }
  expect(await certificate(`https://localhost:${server.port}`)).toMatchObject({
    level: "fail",
    why: expect.stringContaining("not accepted"),
  })
  expect(await certificate("http://mediator.invalid")).toMatchObject({
    level: "fail",
    fix: expect.stringContaining("TLS"),
  })
  expect(await certificate("http://localhost:1")).toMatchObject({ level: "ok" })
}, 60_000)

test("the support bundle gives away nothing that anybody typed, sent or was given", async () => {
  const planted = {
    token: "metrics-token-planted",
    passphrase: "planted passphrase of backups",
    host: "planted-host.example",
    folder: "planted-folder",
    did: "did:web:planted-member.example",
  }
  using home = await house({ "data-dir": `/tmp/restante-${planted.folder}-${process.pid}` })
  const flags = {
    "data-dir": home.settings.server.data_dir,
    "metrics-token": planted.token,
    "backup-passphrase": planted.passphrase,
    "public-url": `https://${planted.host}`,
    "admission-allow": planted.did,
    "trusted-proxies": "203.0.113.77",
    "backup-dir": planted.folder,
    "mailbox-max-messages": "123",
  }
  const settings = resolveSettings({ file: null, env: {}, flags: new Map(Object.entries(flags)) })
  if ("problems" in settings) throw new Error(JSON.stringify(settings.problems))
  await using doctor = await openDoctor(settings, async () => false)
  const text = JSON.stringify(await doctor.bundle())
  const identity = readFileSync(join(home.settings.server.data_dir, "identity.json"), "utf8")
  const keys = [...identity.matchAll(/"[dx]": ?"([\w-]{20,})"/g)].map(([, key = ""]) => key)
  expect(keys.length).toBeGreaterThanOrEqual(4)
  for (const secret of [...Object.values(planted), "203.0.113.77", "did:", "example", ...keys])
    expect(text).not.toContain(secret)
  expect(JSON.parse(text)).toMatchObject({
    settings: expect.arrayContaining([{ key: "mailbox.max_messages", from: "flag", value: 123 }]),
  })
})

test("nor does the one of a running mediator with members, mail and an admin", async () => {
  await using world = await desk({ "metrics-token": "planted-token" })
  const bob = await world.m.resident()
  await world.m.post(await world.m.letter(bob, bob.did, "planted content"))
  const response = await fetch(`${world.m.admin.url}/api/doctor/bundle`, { headers: { cookie: world.ada.cookie() } })
  expect(response.headers.get("content-disposition")).toContain("restante-doctor.json")
  const text = await response.text()
  const { messages } = JSON.parse(text).store
  expect(messages).toBe(1)
  for (const secret of [bob.did, world.m.did, "did:", "planted", "ada", "127.0.0.1", world.m.folder])
    expect(text).not.toContain(secret)
  expect(text).toContain("restante_messages_in_total")
})
