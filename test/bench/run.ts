/**
 * The benchmark: `bun run bench [--quick] [--only a,c] [--json FILE]` measures the built executable from outside;
 * `--against URL [--did DID]` puts the same load on another mediator. docs/performance.md says what it all means.
 */

import { writeFileSync } from "node:fs"
import { cpus, totalmem } from "node:os"
import { join } from "node:path"
import { parseArgs } from "node:util"
import { build } from "../build.ts"
import { measureAgainst } from "./against.ts"
import { type Bench, CORES, FULL, QUICK } from "./bench.ts"
import { measureCrowd } from "./crowd.ts"
import { measureDecentrl } from "./decentrl.ts"
import { type Figure, type Findings, type Goal, goalsOf, median, ratio, share, tableOf } from "./figures.ts"
import { measureForwards, observeBatch } from "./forwards.ts"
import { temporaryFolder } from "./leftovers.ts"
import { measureLimits } from "./limit-sums.ts"
import { measurePickups } from "./pickups.ts"
import { measureIdleSockets, measurePushes } from "./pushes.ts"
import { measureSlowDisks } from "./slow-disks.ts"
import { measureTwoCores } from "./two-cores.ts"

const NAMES = ["a", "b", "c", "d", "e", "f", "g", "h", "i", "fsync", "cores"] as const
const USAGE = `bun run bench [--quick] [--only ${NAMES.join(",")}] [--against URL [--did DID]] [--json FILE]`
const MINUTE = 60_000

const options = {
  quick: { type: "boolean", default: false },
  only: { type: "string" },
  against: { type: "string" },
  did: { type: "string" },
  json: { type: "string" },
  help: { type: "boolean", default: false },
} as const
const given = readArguments()
const only = given.only?.split(",")
const stray = only?.filter((name) => !NAMES.some((known) => known === name)) ?? []
if (stray.length > 0) refuse(`There is no ${stray.join(", ")}.`)
if (given.against !== undefined && !URL.canParse(given.against)) refuse(`${given.against} is not a URL.`)
if (given.help) {
  process.stdout.write(`${USAGE}\n`)
  process.exit(0)
}

function readArguments() {
  try {
    return parseArgs({ options }).values
  } catch (thrown) {
    return refuse(thrown instanceof Error ? thrown.message : String(thrown))
  }
}

function refuse(why: string): never {
  process.stderr.write(`${why}\n${USAGE}\n`)
  process.exit(2)
}

const wanted: ReadonlySet<string> = new Set(only ?? NAMES)
const amounts = given.quick ? QUICK : FULL
const say = (line: string) => void process.stderr.write(`${new Date().toISOString().slice(11, 19)}  ${line}\n`)
const figures: Figure[] = []
const goals: Goal[] = []
const notes: string[] = []
let primitives: object = {}

// Whatever hangs, the bench does not: what was found until then is printed, and children end with their parent.
const bound = setTimeout(
  () => finish("the time is up: what is missing was not measured"),
  (given.quick ? 4 : 15) * MINUTE,
)

const keep = (found: Findings) => {
  figures.push(...found.figures)
  goals.push(...found.goals)
  notes.push(...(found.notes ?? []))
}
/** A measurement that fails takes only itself along. */
async function attempt(name: string, act: () => Promise<Findings>): Promise<void> {
  try {
    keep(await act())
  } catch (thrown) {
    notes.push(`(${name}) failed: ${thrown instanceof Error ? thrown.message : String(thrown)}`)
    process.exitCode = 1
  }
}

const has = (...names: readonly string[]) => names.some((name) => wanted.has(name))

async function measureOurselves(executable: string): Promise<void> {
  const bench: Bench = { amounts, cores: CORES, say, restante: { kind: "restante", executable } }
  if (has("a", "b", "c", "e", "i")) {
    const { batch, counted } = await observeBatch(bench)
    const sums = await measureLimits(bench, batch)
    primitives = {
      ...sums.primitives,
      batch,
      batch_counted: counted,
      forward_sum: sums.forward,
      pickup_sum: sums.pickup,
    }
    if (has("a", "b", "i")) await attempt("a, b, i", () => measureForwards(bench, sums, wanted))
    if (has("c")) await attempt("c", () => measurePickups(bench, sums))
    if (has("e")) await attempt("e", () => measureDecentrl(bench, sums))
  }
  if (has("d")) await attempt("d", () => measurePushes(bench))
  if (has("f")) await attempt("f", () => measureIdleSockets(bench))
  if (has("fsync")) await attempt("fsync", () => measureSlowDisks(bench))
  if (has("cores")) await attempt("cores", () => measureTwoCores(bench))
  if (has("g", "h")) await attempt("g, h", () => measureCrowd(bench, wanted))
}

function finish(last?: string): never {
  clearTimeout(bound)
  if (last !== undefined) notes.push(last)
  const [cpu] = cpus()
  const machine = {
    cores: CORES,
    cpu: cpu?.model ?? "unknown",
    memory_gb: Math.round(totalmem() / 1e9),
    bun: Bun.version,
  }
  const lines = [
    `${new Date().toISOString().slice(0, 10)}, ${machine.cores} cores (${machine.cpu}), Bun ${machine.bun}${given.quick ? ", quick" : ""}`,
    "",
    figures.length > 0 ? tableOf(figures) : "Nothing was measured.",
    ...(goals.length > 0 ? ["", goalsOf(goals)] : []),
    ...(notes.length > 0 ? ["", ...notes] : []),
  ]
  process.stdout.write(`${lines.join("\n")}\n`)
  if (given.json !== undefined) writeFileSync(given.json, `${JSON.stringify(report(machine), null, 2)}\n`)
  process.exit(last === undefined ? process.exitCode : 1)
}

const report = (machine: object) => ({
  at: new Date().toISOString(),
  machine,
  quick: given.quick,
  primitives_us: primitives,
  figures: figures.map((figure) => ({
    ...figure,
    median: median(figure.runs),
    of_limit: share(figure),
    ratio_to_peer: ratio(figure),
  })),
  goals,
  notes,
})

if (given.against !== undefined) {
  const { against: url, did = null } = given
  await attempt("against", () => measureAgainst({ url, did, amounts, wanted, say }))
} else {
  say("building the executable")
  await measureOurselves(process.env.RESTANTE_EXECUTABLE ?? (await build(join(temporaryFolder().path, "restante"))))
}
finish()
