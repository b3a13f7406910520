/** (e) Decentrl: a TWO_WAY_PRIVATE letter, verified, on disk, answered, and pushed to its receiver's socket. */

import { type Bench, type Pair, type Run, repeat, startPair, weighed } from "./bench.ts"
import { type Findings, median } from "./figures.ts"
import { limitGoal, perSecond, type Sums } from "./limit-sums.ts"

const PEOPLE = 40

export async function measureDecentrl({ amounts, restante, cores, say }: Bench, sums: Sums): Promise<Findings> {
  say("e: Decentrl, two-way private")
  await using pair = await startPair(restante)
  const { url } = pair.server
  await pair.generator.call("decentrlSettle", { url, people: PEOPLE })
  const count = Math.ceil(amounts.forwards / 2)
  const runs = await repeat(amounts.runs, async () => {
    await pair.generator.call("decentrlLetters", { url, count, connections: amounts.connections })
    return letters(pair)
  })
  const of = (pick: (run: Run) => number | null) => median(runs.map((run) => pick(run) ?? Number.NaN))
  const limit = perSecond(sums.letter)
  const generatorUs = of((one) => one.generatorUs)
  const serverUs = of((one) => one.serverUs)
  const rate = of((one) => one.perSecond)
  return {
    figures: [
      {
        id: "e",
        what: "Decentrl: letter → on disk → answered and pushed",
        unit: "/s",
        runs: runs.map((one) => one.perSecond),
        limit,
        beside: {
          p50_ms: of((one) => one.p50),
          p99_ms: of((one) => one.p99),
          server_us: serverUs,
          main_thread_us: of((one) => one.mainUs),
          generator_us: generatorUs,
          limit_us: sums.letter,
          limit_share_of_server_cpu: sums.letter / serverUs,
        },
      },
    ],
    goals: [limitGoal({ id: "e", least: 45 }, { rate, sum: sums.letter, serverUs, generatorUs, cores })],
  }
}

const letters = ({ server, generator }: Pair): Promise<Run> =>
  weighed(server, 200, () => generator.call("decentrlGo", {}))
