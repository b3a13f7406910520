/** `bun run fuzz [--effort N] [--seed N]`: the fuzz tests of every parser, N times as thoroughly as in CI. */

import { join } from "node:path"
import { parseArgs } from "node:util"
import { seed as anySeed } from "./chance.ts"

/** Parts of the names of the files in which parsers get what nobody would send. */
const FILES = ["fuzz.test", "arbitrary.test", "tamper.test"]

const options = {
  effort: { type: "string", default: "20" },
  seed: { type: "string", default: String(anySeed) },
} as const
const { effort, seed } = parseArgs({ options }).values
process.stdout.write(`Repeat it with --effort ${effort} --seed ${seed}.\n`)
const tests = Bun.spawn([process.execPath, "test", `--timeout=${Number(effort) * 60_000}`, ...FILES], {
  cwd: join(import.meta.dir, "../.."),
  env: { ...process.env, RESTANTE_TEST_EFFORT: effort, RESTANTE_TEST_SEED: seed },
  stdout: "inherit",
  stderr: "inherit",
})
process.exit(await tests.exited)
