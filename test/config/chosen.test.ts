import { describe, expect, test } from "bun:test"
import { mkdirSync, mkdtempSync, readdirSync, statSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { chosenText, readChosen, writeChosen } from "../../src/config/chosen.ts"
import { checkText, loadSettings, readSettings, resolveSettings } from "../../src/config/load.ts"
import { originText, problemText } from "../../src/config/problem.ts"
import { rows } from "../../src/config/schema.ts"
import { Fault } from "../../src/faults.ts"

/** What was chosen in the admin pages: one more layer, in the data folder. */

const row = (path: string) => {
  const found = rows.find((row) => row.path === path)
  if (!found) throw new Error(`there is no ${path}`)
  return found
}

/** A folder with a configuration file, and a data folder in it with what was chosen. */
function folder({ file = "", chosen }: { file?: string; chosen?: string | Uint8Array }) {
  const cwd = mkdtempSync(join(tmpdir(), "restante-config-"))
  writeFileSync(join(cwd, "restante.toml"), `server.data_dir = "."\n${file}`)
  if (chosen !== undefined) writeFileSync(join(cwd, "settings.toml"), chosen)
  return (env: Record<string, string> = {}, flags: Record<string, string> = {}) =>
    loadSettings({ config: null, cwd, env, flags: new Map(Object.entries(flags)) })
}

const faultOf = (act: () => unknown): Fault => {
  try {
    act()
  } catch (error) {
    return Fault.from(error)
  }
  throw new Error("no fault")
}

describe("precedence", () => {
  const load = folder({ file: "mailbox.max_messages = 2", chosen: "mailbox.max_messages = 3" })
  const env = { RESTANTE_MAILBOX_MAX_MESSAGES: "4" }
  const of = ({ settings, origins }: ReturnType<typeof load>) => [
    settings.mailbox.max_messages,
    originText(origins.get("mailbox.max_messages") ?? { from: "default" }),
  ]

  test("file < admin pages < environment < flag, each with its origin", () => {
    expect(of(folder({ file: "mailbox.max_messages = 2" })())).toEqual([2, "file restante.toml:2"])
    expect(of(load())).toEqual([3, "the admin pages"])
    expect(of(load(env))).toEqual([4, "env RESTANTE_MAILBOX_MAX_MESSAGES"])
    expect(of(load(env, { "mailbox-max-messages": "5" }))).toEqual([5, "flag --mailbox-max-messages"])
  })

  test("what was chosen is told also where something else counts for more", () => {
    expect(load(env).chosen).toEqual(new Map([["mailbox.max_messages", 3]]))
    expect(folder({})().chosen.size).toBe(0)
  })

  test("a computed default follows what was chosen", () => {
    expect(folder({ chosen: 'server.public_url = "https://a.example"' })().settings.admission.mode).toBe("approval")
  })
})

describe("what cannot be used stops the start, with its place", () => {
  test.each([
    ["[mailbox]\nttl = 7", 'settings.toml:2:7: `mailbox.ttl` must be a length of time such as "30s"'],
    ["[mailbox]\ntll = '7d'", "settings.toml:2:1: unknown setting `tll` in [mailbox]; did you mean `ttl`?"],
    ["[server", "settings.toml:1:2: incomplete key-value: cannot find end of key"],
    ["server.data_dir = '/x'", "settings.toml:1:8: `server.data_dir` says where this file is, and cannot be in it"],
    [Uint8Array.of(0x23, 0xe9), "settings.toml: the file is not UTF-8 text"],
  ])("%j", (chosen, said) => {
    const { detail, row } = faultOf(folder({ chosen }))
    expect(row.exit).toBe(78)
    expect(detail).toStartWith(said)
  })

  test("a folder in its place", () => {
    const cwd = mkdtempSync(join(tmpdir(), "restante-config-"))
    expect(readChosen("nowhere", cwd)).toBeNull()
    mkdirSync(join(cwd, "settings.toml"))
    expect(faultOf(() => readChosen(".", cwd)).code).toBe("setting.invalid")
  })

  test("a value that a flag replaces is still wrong", () => {
    expect(faultOf(() => folder({ chosen: "server.port = -1" })({}, { port: "80" })).code).toBe("setting.invalid")
  })
})

test("every setting that is written is read back as the same value, in sections", () => {
  const values = new Map(
    rows
      .filter(({ path }) => path !== "server.data_dir")
      .map((row) => [row.path, "value" in row.fallback ? row.fallback.value : checked(row.path, "open")]),
  )
  values.set("server.public_url", "https://mail.example/box")
  const text = chosenText(values)
  const outcome = resolveSettings({
    file: null,
    chosen: { path: "settings.toml", text, from: "chosen" },
    env: {},
    flags: new Map(),
  })
  if ("problems" in outcome) throw new Error(outcome.problems.map(problemText).join("\n"))
  expect(outcome.chosen).toEqual(values)
  expect(text).toContain('\n\n[log]\nlevel = "info"\n')
})

const checked = (path: string, text: string): unknown => {
  const outcome = checkText(row(path), text)
  return outcome.ok ? outcome.value : outcome.message
}

test.each<[string, string, unknown]>([
  ["mailbox.ttl", "7d", 7 * 86_400_000],
  ["mailbox.ttl", '"7d"', 7 * 86_400_000],
  ["admission.allow", "did:web, did:key", ["did:web", "did:key"]],
  ["admission.allow", '["did:web", "did:key"]', ["did:web", "did:key"]],
  ["admin.listen", "[::1]:8081", "[::1]:8081"],
  ["didcomm.report_unknown_recipients", "false", false],
  ["mailbox.max_messages", '"7"', "`mailbox.max_messages` must be a whole number, at least 1"],
  ["admission.allow", '["did:web"\n]\nb = [1]', '`admission.allow` must be a list of DIDs, methods such as "did:web"'],
])("%s: %j is understood as a flag's text or as TOML", (path, text, value) => {
  if (typeof value === "string" && value.startsWith("`")) expect(checked(path, text)).toStartWith(value)
  else expect(checked(path, text)).toEqual(value)
})

test("the file is replaced whole, for its owner only, and nothing is left beside it", () => {
  const cwd = mkdtempSync(join(tmpdir(), "restante-config-"))
  writeFileSync(join(cwd, "settings.toml"), "before", { mode: 0o644 })
  writeChosen({ path: "settings.toml", text: "after" }, cwd)
  expect(readChosen(".", cwd)?.text).toBe("after")
  expect(statSync(join(cwd, "settings.toml")).mode & 0o777).toBe(0o600)
  expect(readdirSync(cwd)).toEqual(["settings.toml"])
  expect(faultOf(() => writeChosen({ path: "no/settings.toml", text: "" }, cwd)).code).toBe("folder.unwritable")
})

test("what is about to be chosen is read instead of what is there", () => {
  const cwd = mkdtempSync(join(tmpdir(), "restante-config-"))
  writeFileSync(join(cwd, "settings.toml"), "mailbox.max_messages = 3")
  const sources = { config: null, cwd, env: {}, flags: new Map([["data-dir", "."]]) }
  const wished = { path: "settings.toml", text: "mailbox.max_messages = 9", from: "chosen" } as const
  expect(readSettings(sources, wished)).toMatchObject({ settings: { mailbox: { max_messages: 9 } } })
  expect(readSettings(sources)).toMatchObject({ settings: { mailbox: { max_messages: 3 } } })
})
