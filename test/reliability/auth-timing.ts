/**
 * `bun test/reliability/auth-timing.ts [--tries N] [--seed N] [--json FILE]`: whether the time of a refusal tells that a name is an
 * admin's. On a machine that does nothing else.
 */

import { writeFileSync } from "node:fs"
import { parseArgs } from "node:util"
import { browser } from "../admin/desk.ts"
import { seed as anySeed, chance } from "./chance.ts"
import { launch } from "./process.ts"

const PASSWORD = "correct horse battery"
/** After so many failures of one name there is a delay, and it would be measured. */
const IN_A_ROW = 3
/** Beyond this many standard deviations it is no chance. */
const TELLING = 4
/** What is less cannot be told from another network, ms. */
const NOTICEABLE = 1

const median = (sorted: readonly number[]) => sorted[Math.floor(sorted.length / 2)] ?? 0

/** Mann and Whitney's U as standard deviations from what two samples of the same would have. */
function deviation(one: readonly number[], other: readonly number[]): number {
  let wins = 0
  for (const a of one) for (const b of other) wins += a > b ? 1 : a === b ? 0.5 : 0
  const [n, m] = [one.length, other.length]
  return (wins - (n * m) / 2) / Math.sqrt((n * m * (n + m + 1)) / 12)
}

const { values } = parseArgs({
  options: {
    tries: { type: "string", default: "150" },
    seed: { type: "string", default: String(anySeed) },
    json: { type: "string" },
  },
})
const [tries, seed] = [Number(values.tries), Number(values.seed)]
const random = chance(seed)
await using mediator = await launch({
  env: { RESTANTE_ADMIN_PASSWORD: PASSWORD },
  flags: ["--trusted-proxies", "127.0.0.1", "--log-level", "error"],
})

let address = 0
/** Milliseconds until the answer, each from an address of its own. */
async function signIn(name: string, password: string, expected: number): Promise<number> {
  address++
  const from = { "x-forwarded-for": `198.51.${address >> 8}.${address & 255}` }
  const start = performance.now()
  const { status } = await browser(`${mediator.url}/admin`).call("POST", "/session", { name, password }, from)
  const ms = performance.now() - start
  if (status !== expected) throw new Error(`${name} was answered with ${status}`)
  return ms
}

const known: number[] = []
const unknown: number[] = []
while (known.length < tries) {
  // In random order, so that what else the machine does falls on both alike.
  const round = [...Array(IN_A_ROW).fill(true), ...Array(IN_A_ROW).fill(false)]
    .map((isKnown: boolean) => ({ isKnown, place: random() }))
    .toSorted((a, b) => a.place - b.place)
  for (const { isKnown } of round) {
    const name = isKnown ? "admin" : `nobody${address}`
    ;(isKnown ? known : unknown).push(await signIn(name, "wrong horse battery", 401))
  }
  await signIn("admin", PASSWORD, 200)
}
for (const times of [known, unknown]) times.sort((a, b) => a - b)
const [z, difference] = [deviation(known, unknown), median(known) - median(unknown)]
const figures = { seed, tries: known.length, knownMs: median(known), unknownMs: median(unknown), difference, z }
process.stdout.write(`${JSON.stringify(figures)}\n`)
if (values.json !== undefined) writeFileSync(values.json, `${JSON.stringify(figures, null, 2)}\n`)
process.exitCode = Math.abs(z) > TELLING && Math.abs(difference) > NOTICEABLE ? 1 : 0
