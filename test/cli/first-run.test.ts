import { expect, test } from "bun:test"
import { statSync } from "node:fs"
import { join } from "node:path"
import { emptyFolder, run } from "./run.ts"

const main = join(import.meta.dir, "../../src/main.ts")

/** What `serve` shows on a terminal until it is stopped; null where there is no script(1) to make one. */
function shown(folder: string, ...flags: string[]): string | null {
  if (!Bun.which("script")) {
    console.warn("The terminal is not looked at: script is not here.")
    return null
  }
  const serving = `timeout -s INT 4 ${process.execPath} ${main} serve --port 0 ${flags.join(" ")}`
  const { stdout } = Bun.spawnSync(["script", "-qec", serving, "/dev/null"], {
    cwd: folder,
    env: { PATH: process.env.PATH ?? "" },
  })
  return stdout.toString()
}

test("init says what an https address still needs, and nothing of it for an address on this machine", async () => {
  const flags = ["--public-url", "https://mediator.example.org"]
  const outside = await run(["init", ...flags])
  expect(outside.stdout).toContain("https://mediator.example.org needs a proxy in front: restante proxy print caddy")
  const local = await run(["init"])
  expect([local.exit, local.stdout]).toEqual([0, expect.not.stringContaining("proxy")])
})

test("a configuration with a secret in it is for its owner only", async () => {
  for (const [flags, mode] of [
    [[], 0o644],
    [["--metrics-token", "opensesame"], 0o600],
  ] as const) {
    const cwd = emptyFolder()
    expect((await run(["init", ...flags], { cwd })).exit).toBe(0)
    expect(statSync(join(cwd, "restante.toml")).mode & mode).toBe(statSync(join(cwd, "restante.toml")).mode & 0o777)
  }
})

test("serve shows where its data and settings are, before the link for the first admin", async () => {
  const folder = emptyFolder()
  const without = shown(folder)
  if (without === null) return
  expect(without).toContain(`data        ${folder}/restante-data`)
  expect(without).toContain("restante.toml is written by restante init")
  expect(without.indexOf("Only this machine can reach")).toBeLessThan(without.indexOf("/admin/#setup="))

  await run(["init"], { cwd: folder })
  expect(shown(folder)).toContain("settings    restante.toml")
}, 30_000)
