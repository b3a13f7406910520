/**
 * The whole suite: builds the executable, runs every test in random order, and closes with `N passed, N failed`.
 * `bun test/run.ts [--seed N] [FILTER …]`: a filter is part of a test file's path.
 */

import { build } from "./build.ts"

const args = process.argv.slice(2)
const seedAt = args.indexOf("--seed")
const seed = seedAt === -1 ? Math.floor(Math.random() * 2 ** 31) : Number(args.splice(seedAt, 2)[1])

await build()
process.stdout.write(`Random order: repeat it with --seed ${seed}.\n`)

const suite = Bun.spawn(
  [process.execPath, "test", "--randomize", `--seed=${seed}`, "--timeout=120000", "--only-failures", ...args],
  { stdout: "inherit", stderr: "pipe", env: { ...process.env, RESTANTE_TEST_SEED: String(seed) } },
)

let tail = ""
for await (const chunk of suite.stderr.pipeThrough(new TextDecoderStream())) {
  process.stderr.write(chunk)
  tail = (tail + chunk).slice(-4_000)
}
const code = await suite.exited

const count = (what: string) => Number(tail.match(new RegExp(`^\\s*(\\d+) ${what}`, "m"))?.[1] ?? 0)
const skipped = count("skip")
// A run that ended before its summary has failed, whatever was printed until then.
const failed = count("fail") + (code !== 0 && count("fail") === 0 ? 1 : 0)
process.stdout.write(`${count("pass")} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ""}\n`)
process.exit(failed > 0 ? 1 : 0)
