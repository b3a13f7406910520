import { describe, expect, test } from "bun:test"
import { mkdtempSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { resolveSettings } from "../../src/config/load.ts"
import { originText, problemText } from "../../src/config/problem.ts"
import { rows } from "../../src/config/schema.ts"
import { run } from "../cli/run.ts"

const folder = mkdtempSync(join(tmpdir(), "restante-secrets-"))
function file(name: string, content: string | Uint8Array): string {
  const path = join(folder, name)
  writeFileSync(path, content)
  return path
}

const resolve = (env: Record<string, string>, toml = "") =>
  resolveSettings({ file: { path: "restante.toml", text: toml }, env, flags: new Map() })

function refused(env: Record<string, string>, toml?: string): string[] {
  const outcome = resolve(env, toml)
  return "problems" in outcome ? outcome.problems.map(problemText) : []
}

describe("a secret in a file of its own", () => {
  test("is what the file says, without white space at its end, and comes from the variable that names it", () => {
    const RESTANTE_METRICS_TOKEN_FILE = file("token", "opensesame\r\n")
    const outcome = resolve({ RESTANTE_METRICS_TOKEN_FILE }, 'metrics.token = "other"')
    if ("problems" in outcome) throw new Error("refused")
    expect(outcome.settings.metrics.token).toBe("opensesame")
    expect(originText(outcome.origins.get("metrics.token") ?? { from: "default" })).toBe(
      "env RESTANTE_METRICS_TOKEN_FILE",
    )
  })

  test("must be there, be a file, be text, and be the only one", () => {
    const at = (path: string, more = {}) => refused({ RESTANTE_METRICS_TOKEN_FILE: path, ...more })
    const said = [
      at(join(folder, "none")),
      at(folder),
      at(file("latin1", Uint8Array.of(0xe9))),
      at(file("blank inside", "open sesame")),
      at(file("both", "a"), { RESTANTE_METRICS_TOKEN: "b" }),
    ].flat()
    const origin = "env RESTANTE_METRICS_TOKEN_FILE: "
    expect(said).toEqual([
      `${origin}${folder}/none: there is no such file`,
      `${origin}${folder}: this is a folder, not a file`,
      `${origin}${folder}/latin1: the file is not UTF-8 text`,
      `${origin}\`metrics.token\` must be text without white space`,
      `${origin}RESTANTE_METRICS_TOKEN is given as well; only one can be meant`,
    ])
  })

  test("only secrets have such a variable", () => {
    expect(refused({ RESTANTE_SERVER_PORT_FILE: file("port", "80") })).toEqual([
      "env RESTANTE_SERVER_PORT_FILE: no setting has this name; did you mean `RESTANTE_SERVER_PORT`?",
    ])
    expect(rows.filter(({ secret }) => secret).map(({ path }) => path)).toContain("metrics.token")
  })
})

describe("a secret is never shown", () => {
  const env = { RESTANTE_METRICS_TOKEN: "opensesame" }

  test.each([
    [["config", "show"]],
    [["config", "show", "--json"]],
    [["config", "explain", "metrics.token"]],
    [["config", "explain", "metrics.token", "--json"]],
  ])("by %p", async (words) => {
    const { stdout, stderr, exit } = await run(words, { env })
    expect(exit).toBe(0)
    expect(stdout + stderr).not.toContain("opensesame")
    expect(stdout).toContain("(secret)")
  })

  test("by the problem that a bad one is, though its place is told", () => {
    expect(refused({}, '[metrics]\ntoken = "open sesame"')).toEqual([
      "restante.toml:2:9: `metrics.token` must be text without white space",
    ])
  })

  test("and that there is none is no secret", async () => {
    const { stdout } = await run(["config", "show"])
    expect(stdout).toMatch(/^metrics\.token +"" +default$/m)
  })
})

test("explain names the variable that names the file", async () => {
  const { stdout } = await run(["config", "explain", "metrics.token"])
  expect(stdout).toContain("RESTANTE_METRICS_TOKEN or RESTANTE_METRICS_TOKEN_FILE")
})
