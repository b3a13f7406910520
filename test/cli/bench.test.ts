import { expect, test } from "bun:test"
import { mkdirSync, readdirSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { steps } from "../../src/app/bench/bench.ts"
import { verdictOf } from "../../src/app/bench/verdict.ts"
import { emptyFolder, run, start } from "./run.ts"

/** A data folder with something of the operator's in it, and how it looks. */
function dataFolder() {
  const folder = join(emptyFolder(), "data")
  mkdirSync(folder, { mode: 0o700 })
  writeFileSync(join(folder, "identity.json"), "the operator's")
  return { folder, flags: ["--seconds", "0.1", "--data-dir", folder], holds: () => readdirSync(folder) }
}

test("a bench measures every step, says what sets the limit, and leaves nothing behind", async () => {
  const { flags, holds } = dataFolder()
  // Settings of the operator's must not reach the mediator that is measured.
  const env = { RESTANTE_ADMISSION_MODE: "closed", RESTANTE_SERVER_PORT: "1" }
  const { stdout, exit } = await run(["bench", "--json", ...flags], { env })
  expect(exit).toBe(0)
  const report = JSON.parse(stdout)
  const share = expect.any(Number)
  const told = { count: share, p50: share, p99: share }
  expect(report).toEqual({
    version: expect.any(String),
    seconds: 0.1,
    processors: expect.any(Number),
    forwardBytes: expect.any(Number),
    steps: Object.fromEntries(
      Object.keys(steps).map((step) => [step, { ...told, perSecond: step === "live" ? null : expect.any(Number) }]),
    ),
    limit: {
      by: expect.stringMatching(/^(disk|processor|both)$/),
      diskShare: share,
      processorShare: share,
      sentence: expect.stringMatching(/\.$/),
      advice: expect.stringMatching(/\.$/),
    },
  })
  for (const { count, p50, p99 } of Object.values<typeof told>(report.steps)) {
    expect(count).toBeGreaterThan(0)
    expect(p50).toBeLessThanOrEqual(p99)
  }
  expect(holds()).toEqual(["identity.json"])
}, 60_000)

test("for people it is the table that docs/operating.md shows, and works where there is no data folder yet", async () => {
  const cwd = emptyFolder()
  const { stdout, stderr, exit } = await run(["bench", "--seconds", "0.1", "--data-dir", "not/yet"], { cwd })
  expect([stderr, exit]).toEqual(["", 0])
  const page = await Bun.file(new URL("../../docs/operating.md", import.meta.url)).text()
  const titles = (table: string) => table.split("\n").map((line) => line.split(/ {2,}/)[0])
  const [printed = ""] = stdout.split("\n\n")
  const [, shown = ""] = /```text\n(STEP .*?)\n\n/s.exec(page) ?? []
  expect(titles(printed)).toEqual(["STEP", ...Object.values(steps)])
  expect(titles(shown)).toEqual(titles(printed))
  expect(readdirSync(cwd)).toEqual([])
}, 60_000)

test("interrupted, it ends its mediator and deletes what that kept", async () => {
  const { folder, holds } = dataFolder()
  const child = start(["bench", "--seconds", "30", "--data-dir", folder])
  const database = () => holds().find((name) => name.startsWith(".bench-"))
  const isServing = () => {
    const scratch = database()
    return scratch !== undefined && readdirSync(join(folder, scratch)).includes("restante.db")
  }
  for (let tries = 0; tries < 600 && !isServing(); tries++) await Bun.sleep(25)
  expect(isServing()).toBe(true)
  child.kill("SIGINT")
  expect(await child.exited).toBe(1)
  expect(await child.stderr.text()).toContain("Interrupted.")
  expect(holds()).toEqual(["identity.json"])
}, 60_000)

test("where nothing may be written it says so and starts nothing", async () => {
  const { stderr, exit } = await run(["bench", "--data-dir", "/proc/none"])
  expect([stderr, exit]).toEqual([expect.stringContaining("The data folder cannot be created or written."), 73])
})

test("seconds that make no sense are refused", async () => {
  for (const seconds of ["0", "61", "1e9", "soon"]) {
    const { stderr, exit } = await run(["bench", "--seconds", seconds])
    expect([exit, stderr]).toEqual([64, expect.stringContaining("--seconds must be a number of seconds")])
  }
})

test("the verdict follows the figures", () => {
  const by = (disk: number, processor: number) => verdictOf({ disk, processor }).by
  expect([by(0.9, 0.2), by(0.1, 0.95), by(0.8, 0.9)]).toEqual(["disk", "processor", "both"])
  // Neither is at its limit: the one that is nearer to it.
  expect([by(0.4, 0.1), by(0.1, 0.5)]).toEqual(["disk", "processor"])
  expect(verdictOf({ disk: 7, processor: -1 })).toMatchObject({ diskShare: 1, processorShare: 0 })
})
