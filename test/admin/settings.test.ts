import { afterAll, expect, setDefaultTimeout, test } from "bun:test"
import { existsSync, readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { fakeClock } from "../kit/clock.ts"
import { coordination3 } from "../kit/mediator.ts"
import { createResident } from "../kit/resident.ts"
import { desk, PASSWORD } from "./desk.ts"

/** Settings that are chosen in the admin pages. */

// Passwords are slow to hash on purpose.
setDefaultTimeout(30_000)

const shared = await desk()
afterAll(() => shared[Symbol.asyncDispose]())

type Desk = Awaited<ReturnType<typeof desk>>
const choose = (d: Desk, values: Record<string, string | null>, more: object = {}) =>
  d.ada.call("PATCH", "/settings", { values, ...more })
const shown = async (d: Desk, key: string) =>
  (await d.ada.call("GET", "/settings")).body.settings.find((one: { key: string }) => one.key === key)
const file = (d: Desk) => join(d.m.folder, "settings.toml")

test("what is chosen is in effect at once, on disk, in the audit, and shown with who says so", async () => {
  await using d = await desk()
  const ask = async () => (await d.m.ask(createResident(), { type: `${coordination3}/mediate-request` })).type
  expect(await ask()).toEndWith("mediate-grant")
  const { status, body } = await choose(d, { "admission.mode": "closed" })
  expect({ status, needsRestart: body.needsRestart }).toEqual({ status: 200, needsRestart: false })
  expect(body.items).toMatchObject([{ key: "admission.mode", before: '"open"', value: '"closed"', change: "live" }])
  expect(await ask()).toEndWith("mediate-deny")
  expect(readFileSync(file(d), "utf8")).toContain('[admission]\nmode = "closed"')
  expect(await shown(d, "admission.mode")).toMatchObject({
    value: '"closed"',
    origin: "the admin pages",
    chosen: '"closed"',
    next: null,
    kind: "choice",
    words: ["open", "approval", "invite", "closed"],
  })
  const { items: lines } = (await d.ada.call("GET", "/audit?text=settings.change")).body
  expect(lines).toMatchObject([{ actor: "ada@local", subject: "admission.mode", detail: '"open" → "closed"' }])
})

test("null takes back what was chosen, and the file or the default counts again", async () => {
  await using d = await desk()
  writeFileSync(join(d.m.folder, "restante.toml"), "mailbox.max_messages = 5")
  await choose(d, { "mailbox.max_messages": "7", "mailbox.ttl": "1d" })
  const { body } = await choose(d, { "mailbox.max_messages": null, "mailbox.ttl": null })
  expect(body.items).toMatchObject([
    { key: "mailbox.max_messages", before: "7", value: "5", origin: "file restante.toml:1", chosen: null },
    { key: "mailbox.ttl", before: '"1d"', value: '"7d"', origin: "default" },
  ])
  expect(await shown(d, "mailbox.max_messages")).toMatchObject({ value: "5" })
  expect(readFileSync(file(d), "utf8")).not.toContain("[mailbox]")
})

test("a dry run says what would change, and changes nothing", async () => {
  await using d = await desk()
  const { body } = await choose(d, { "mailbox.ttl": "1d", "server.max_body": "2 MiB" }, { dryRun: true })
  expect(body).toMatchObject({ items: [{ key: "server.max_body" }, { key: "mailbox.ttl" }], needsRestart: true })
  expect(existsSync(file(d))).toBe(false)
  expect(await shown(d, "mailbox.ttl")).toMatchObject({ value: '"7d"', chosen: null })
})

test("what waits for a restart runs as before, and says what it will be", async () => {
  await using d = await desk()
  expect((await choose(d, { "server.max_body": "2 MiB" })).body.needsRestart).toBe(true)
  const one = { value: '"1 MiB"', chosen: '"2 MiB"', next: '"2 MiB"', change: "restart" }
  expect(await shown(d, "server.max_body")).toMatchObject(one)
})

test("what a flag or the environment says, and secrets, and where it is kept, are refused with the reason", async () => {
  await using d = await desk()
  for (const [key, why] of [
    ["log.level", "flag --log-level says it, and counts for more; change it there"],
    ["server.data_dir", "it says where they keep what they choose"],
    ["metrics.token", "a secret comes from the configuration file, the environment or a flag"],
  ] as const) {
    const { status, body } = await choose(d, { "mailbox.ttl": "1d", [key]: "x" })
    expect({ status, code: body.error.code }).toEqual({ status: 409, code: "setting.fixed" })
    expect(body.error.message).toBe(`${key} cannot be set in the admin pages: ${why}.`)
    expect(await shown(d, key)).toMatchObject({ change: "never" })
  }
  expect(existsSync(file(d))).toBe(false)
})

test("what was chosen before a flag said something else can be taken back", async () => {
  await using d = await desk()
  writeFileSync(file(d), '[log]\nlevel = "debug"\n[mailbox]\nttl = "1d"\n')
  expect(await choose(d, { "log.level": null })).toMatchObject({ status: 200, body: { items: [] } })
  expect(readFileSync(file(d), "utf8")).not.toContain("debug")
  expect(await shown(d, "mailbox.ttl")).toMatchObject({ chosen: '"1d"' })
})

test.each([
  ["mailbox.max_messages", "many", "`mailbox.max_messages` must be a whole number, at least 1"],
  ["mailbox.ttl", "7 days", '`mailbox.ttl` must be a length of time such as "30s", "10m", "12h" or "7d", at least 1s'],
  ["admission.mode", "opne", "did you mean `open`?"],
  ["mailbox.tll", "7d", "unknown setting `mailbox.tll`; did you mean `mailbox.ttl`?"],
  ["__proto__", "1", "unknown setting `__proto__`"],
])("%s = %j is refused in the words of the file, and nothing is kept", async (key, text, why) => {
  const d = shared
  const body = `{"values":{"mailbox.sender_share":"10",${JSON.stringify(key)}:${JSON.stringify(text)}}}`
  const refused = await d.ada.call("PATCH", "/settings", body)
  expect(refused.status).toBe(400)
  if (key !== "__proto__") expect(refused.body.error).toMatchObject({ code: "admin.invalid", member: key })
  if (key !== "__proto__") expect(refused.body.error.message).toContain(why)
  expect(existsSync(file(d))).toBe(false)
})

test("a settings.toml that somebody broke meanwhile is not written over", async () => {
  await using d = await desk()
  writeFileSync(file(d), "mailbox.ttl = 7")
  const { status, body } = await choose(d, { "mailbox.sender_share": "10" })
  expect({ status, code: body.error.code }).toEqual({ status: 400, code: "admin.invalid" })
  expect(body.error.message).toContain("settings.toml:1:15: `mailbox.ttl` must be")
  expect(readFileSync(file(d), "utf8")).toBe("mailbox.ttl = 7")
})

test("settings that wait for a restart take the password again, to be looked at they do not", async () => {
  const clock = fakeClock()
  await using d = await desk({}, { clock })
  await d.ada.signIn()
  clock.pass(6 * 60_000)
  expect(await choose(d, { "admin.session_idle": "10m" })).toMatchObject({
    status: 403,
    body: { error: { code: "admin.confirm" } },
  })
  expect(await choose(d, { "server.trusted_proxies": "0.0.0.0/0" })).toMatchObject({ status: 403 })
  const dryRun = { values: { "admin.session_idle": "10m" }, dryRun: true }
  expect(await d.ada.call("PATCH", "/settings", dryRun)).toMatchObject({ status: 200 })
  expect(await choose(d, { "mailbox.ttl": "1d" })).toMatchObject({ status: 200 })
  await d.ada.call("POST", "/session/confirm", { password: PASSWORD })
  expect(await choose(d, { "admin.session_idle": "10m" })).toMatchObject({ status: 200 })
})
