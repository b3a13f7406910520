import { expect, test } from "bun:test"
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { openLiveSettings } from "../../src/app/live-settings.ts"
import type { Log } from "../../src/base/log.ts"
import { isLive } from "../../src/config/live.ts"
import { loadSettings } from "../../src/config/load.ts"
import { rows } from "../../src/config/schema.ts"
import { coordination3, type Mediator, mediator, pickup3 } from "../kit/mediator.ts"
import { createResident } from "../kit/resident.ts"

/** Settings that are read again while the mediator runs. */

const configure = (m: Mediator, toml: string): void => {
  writeFileSync(join(m.folder, "restante.toml"), toml)
  m.reload()
}
const ask = async (m: Mediator) =>
  (await m.ask(createResident(), { type: `${coordination3}/mediate-request` })).type.split("/").at(-1)

test("who is admitted changes with the next one who asks", async () => {
  await using m = await mediator()
  expect(await ask(m)).toBe("mediate-grant")
  configure(m, 'admission.mode = "closed"')
  expect(await ask(m)).toBe("mediate-deny")
  configure(m, 'admission.mode = "closed"\nadmission.allow = ["did:peer"]')
  expect(await ask(m)).toBe("mediate-grant")
})

test("what a mailbox may hold, and for how long, changes with the next message", async () => {
  await using m = await mediator()
  const bob = await m.resident()
  const send = async () => (await m.post(await m.letter(createResident(), bob.did, "hello"))).status
  expect(await send()).toBe(202)
  configure(m, "mailbox.max_messages = 1")
  expect(await send()).toBe(200)
  configure(m, "mailbox.max_message_bytes = 1024\nmailbox.max_addresses = 1")
  expect(await send()).toBe(200)
  const add = { updates: [{ recipient_did: createResident().did, action: "add" }] }
  const { body } = await m.ask(bob, { type: `${coordination3}/recipient-update`, body: add })
  expect(body.updated).toMatchObject([{ result: "client_error" }])
  configure(m, "storage.max_bytes = 1024")
  expect(await send()).toBe(200)
  configure(m, "")
  expect(await send()).toBe(202)
  expect(await m.inbox(bob)).toHaveLength(2)
})

test("limits change for those who are known already", async () => {
  await using m = await mediator()
  const bob = await m.resident()
  const status = () => m.ask(bob, { type: `${pickup3}/status-request` })
  configure(m, 'limits.per_did = 1\nlimits.burst = "1s"')
  await status()
  const start = performance.now()
  await status()
  expect(performance.now() - start).toBeGreaterThan(300)
  configure(m, "limits.per_did = 0")
  const again = performance.now()
  for (let n = 0; n < 3; n++) await status()
  expect(performance.now() - again).toBeLessThan(2_000)
})

test("what is changed is in the log with what it needs, and secrets are not", async () => {
  await using m = await mediator({ "log-level": "info" })
  configure(m, 'metrics.token = "opensesame"\nmailbox.ttl = "1h"')
  const said = m.logged.join("")
  expect(said).toContain(
    'settings.changed key=mailbox.ttl from="\\"7d\\"" to="\\"1h\\"" origin="file restante.toml:2" takes_effect=now',
  )
  expect(said).toMatch(/settings\.changed key=metrics\.token .* takes_effect=restart/)
  expect(said).toContain("settings.read changed=2 need_restart=metrics.token")
  expect(said).not.toContain("opensesame")
  m.reload()
  expect(m.logged.at(-1)).toContain("settings.read changed=0")
})

test("a secret that became another is a change, though neither is shown", () => {
  const sources = { config: null, cwd: "/", env: {}, flags: new Map([["metrics-token", "one"]]) }
  const lines: unknown[] = []
  const note = (_: string, fields: unknown) => void lines.push(fields)
  const log: Log = { error: note, warn: note, info: note, debug: note }
  const live = openLiveSettings(loadSettings(sources), { sources, log: () => log })
  sources.flags.set("metrics-token", "two")
  live.reload()
  expect(lines[0]).toMatchObject({ key: "metrics.token", from: "(secret)", to: "(secret)" })
})

test("a file that cannot be used changes nothing, and the log has the line and not what stands there", async () => {
  await using m = await mediator()
  configure(m, 'admission.mode = "closed"')
  configure(m, 'admission.mode = "open"\nmetrics.token = "open sesame"\nmailbox.tll = 1')
  expect(await ask(m)).toBe("mediate-deny")
  const said = m.logged.filter((line) => line.includes("settings.refused")).join("")
  expect(said).toContain("restante.toml:2:17: `metrics.token` must be text without white space")
  expect(said).toContain("restante.toml:3:9: unknown setting `tll` in [mailbox]; did you mean `ttl`?")
  expect(said).not.toContain("sesame")
  writeFileSync(join(m.folder, "restante.toml"), Uint8Array.of(0xff))
  m.reload()
  expect(m.logged.at(-1)).toContain("the file is not UTF-8 text")
})

const quiet = () => {}
const never: Log = { error: quiet, warn: quiet, info: quiet, debug: quiet }

test("what rooms ask for is made anew only when settings have changed", () => {
  const flags = new Map<string, string>()
  const sources = { config: null, cwd: "/", env: {}, flags }
  const live = openLiveSettings(loadSettings(sources), { sources, log: () => never })
  const policy = live.derived(({ mailbox }) => ({ most: mailbox.max_messages }))
  const first = policy()
  expect(policy()).toBe(first)
  flags.set("mailbox-max-messages", "5").set("port", "1")
  live.reload()
  expect(policy()).toEqual({ most: 5 })
  // What waits for a restart is not what runs.
  expect(live.now().server.port).toBe(8080)
  expect(live.waiting().map(({ row }) => row.path)).toContain("server.port")
})

test("nothing that is live is a secret, and nothing in [server] or [identity] is live", () => {
  for (const row of rows.filter(isLive)) expect(row.secret).toBeUndefined()
  expect(rows.filter(isLive).map(({ section }) => section)).not.toContain("server")
  expect(rows.filter(isLive).map(({ section }) => section)).not.toContain("identity")
  expect(rows.filter(isLive).length).toBeGreaterThan(20)
})

test("what is chosen stays with the folder that is in use, whichever the file names by now", () => {
  using folder = scratch()
  const write = (toml: string) => writeFileSync(join(folder.path, "restante.toml"), toml)
  const sources = { config: null, cwd: folder.path, env: {}, flags: new Map<string, string>() }
  for (const name of ["here", "there"]) mkdirSync(join(folder.path, name))
  write('server.data_dir = "here"')
  const live = openLiveSettings(loadSettings(sources), { sources, log: () => never })
  write('server.data_dir = "there"')
  live.reload()
  live.choose({ "mailbox.max_messages": "3" })
  expect(readFileSync(join(folder.path, "here/settings.toml"), "utf8")).toContain("max_messages = 3")
  expect(readdirSync(join(folder.path, "there"))).toEqual([])
  live.reload()
  expect(live.now().mailbox.max_messages).toBe(3)
  expect(live.waiting().map(({ row }) => row.path)).toEqual(["server.data_dir"])
})

function scratch() {
  const path = mkdtempSync(join(tmpdir(), "restante-live-"))
  return { path, [Symbol.dispose]: () => rmSync(path, { recursive: true }) }
}
