import { expect, setDefaultTimeout, test } from "bun:test"
import { writeFileSync } from "node:fs"
import { join } from "node:path"
import { coordination3 } from "../kit/mediator.ts"
import { createResident } from "../kit/resident.ts"
import { ask } from "../reliability/people.ts"
import { emptyFolder, run, start } from "./run.ts"

// Each command is a process of its own.
setDefaultTimeout(30_000)

/** A mediator whose configuration is changed while it runs, by the operator's own hand. */

async function serve(toml: string, env: Record<string, string> = {}) {
  const cwd = emptyFolder()
  const configure = (text: string) => writeFileSync(join(cwd, "restante.toml"), `server.port = 0\n${text}`)
  configure(toml)
  const child = start(["serve", "--log-format", "json"], { cwd, env })
  const lines = child.stderr.pipeThrough(new TextDecoderStream()).getReader()
  let log = ""
  /** What was said since the last time, up to and with the first `event`. */
  async function until(event: string): Promise<Record<string, unknown>[]> {
    while (!log.includes(`"${event}"`)) {
      const { value, done } = await lines.read()
      if (done) throw new Error(`it ended before ${event}: ${log}`)
      log += value
    }
    const end = log.indexOf("\n", log.indexOf(`"${event}"`)) + 1
    const said = log.slice(0, end)
    log = log.slice(end)
    return said
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line))
  }
  const url = String((await until("mediator.started")).at(-1)?.url)
  const did = (await (await fetch(`${url}/did`)).text()).trim()
  const asked = async () =>
    (await ask({ url, did }, createResident(), { type: `${coordination3}/mediate-request` })).type
  return {
    cwd,
    configure,
    until,
    asked,
    url,
    hup: () => child.kill("SIGHUP"),
    async [Symbol.asyncDispose]() {
      child.kill("SIGTERM")
      expect(await child.exited).toBe(0)
    },
  }
}

test("SIGHUP reads file, admin pages and secrets' files again, and says what changed and what waits", async () => {
  const secret = join(emptyFolder(), "token")
  writeFileSync(secret, "one\n")
  await using m = await serve('[admission]\nmode = "open"\n', { RESTANTE_METRICS_TOKEN_FILE: secret })
  expect(await m.asked()).toEndWith("mediate-grant")
  m.configure('[admission]\nmode = "closed"\n[log]\nlevel = "debug"\n')
  writeFileSync(join(m.cwd, "restante-data", "settings.toml"), "mailbox.max_messages = 3\n")
  writeFileSync(secret, "two\n")
  m.hup()
  const said = await m.until("settings.read")
  const changes = said.filter(({ event }) => event === "settings.changed")
  expect(changes.map(({ key, origin, takes_effect }) => [key, origin, takes_effect])).toEqual([
    ["admission.mode", "file restante.toml:3", "now"],
    ["mailbox.max_messages", "the admin pages", "now"],
    ["metrics.token", "env RESTANTE_METRICS_TOKEN_FILE", "restart"],
    ["log.level", "file restante.toml:5", "now"],
  ])
  expect(said.at(-1)).toMatchObject({ changed: 4, need_restart: "metrics.token" })
  expect(JSON.stringify(said)).not.toMatch(/"(one|two)"/)
  expect(await m.asked()).toEndWith("mediate-deny")
  // The log is at its new level: refusals are said only there.
  await fetch(m.url, { method: "POST", body: "{}", headers: { "content-type": "application/didcomm-encrypted+json" } })
  expect((await m.until("didcomm.refused")).at(-1)).toMatchObject({ level: "debug" })
})

test("SIGHUP with a file that cannot be used changes nothing, and names the line", async () => {
  await using m = await serve("[mailbox]\nmax_messages = 5\n")
  m.configure("[mailbox]\nmax_messages = 6\nttl = 7\n")
  m.hup()
  const [refused] = (await m.until("settings.refused")).slice(-1)
  expect(refused).toMatchObject({ level: "error" })
  expect(refused?.problem).toStartWith("restante.toml:4:7: `mailbox.ttl` must be")
  m.configure("[mailbox]\nmax_messages = 5\n")
  m.hup()
  expect((await m.until("settings.read")).at(-1)).toMatchObject({ changed: 0 })
})

test("config show and explain say what the admin pages chose, and check says what is wrong with it", async () => {
  const cwd = emptyFolder()
  writeFileSync(join(cwd, "settings.toml"), "[mailbox]\nmax_messages = 3\n")
  const at = ["--data-dir", "."]
  const { stdout } = await run(["config", "explain", "mailbox.max_messages", ...at], { cwd })
  expect(stdout).toContain("now          3 (the admin pages)")
  const shown = JSON.parse((await run(["config", "show", "--json", ...at], { cwd })).stdout)
  expect(shown.settings).toContainEqual({ key: "mailbox.max_messages", value: 3, toml: "3", origin: "the admin pages" })
  writeFileSync(join(cwd, "settings.toml"), "[mailbox]\nmax_messages = 0\n")
  const { stderr, exit } = await run(["config", "check", ...at], { cwd })
  expect(exit).toBe(78)
  expect(stderr).toContain("settings.toml:2:16: `mailbox.max_messages` must be a whole number, at least 1")
  const refused = await run(["serve", "--port", "0", ...at], { cwd })
  expect(refused).toMatchObject({ exit: 78, stderr: expect.stringContaining("settings.toml:2:16:") })
})

test("on a terminal SIGHUP reads the configuration again, and stops the mediator when the terminal was closed", async () => {
  const cwd = emptyFolder()
  const main = new URL("../../src/main.ts", import.meta.url).pathname
  let said = ""
  const child = Bun.spawn([process.execPath, main, "serve", "--port", "0"], {
    cwd,
    env: { NO_COLOR: "1", TERM: "xterm" },
    terminal: {
      cols: 80,
      rows: 24,
      data(_, bytes) {
        said += new TextDecoder().decode(bytes)
      },
    },
  })
  const until = async (words: string) => {
    while (!said.includes(words)) await Bun.sleep(20)
  }
  await until("Ctrl-C stops it.")
  child.kill("SIGHUP")
  await until("settings.read")
  const [, url = ""] = /listening +(http:\S+)/.exec(said) ?? []
  expect((await fetch(`${url}/healthz`)).status).toBe(200)
  child.terminal?.close()
  expect(await child.exited).toBe(0)
})
