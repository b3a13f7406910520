/** What a second core brings: the server on one core against two. */

import { type Bench, repeat, startPair } from "./bench.ts"
import { type Findings, median } from "./figures.ts"
import { forward } from "./forwards.ts"

/**
 * On one core the generator has another to itself; on two it must share them, so that the server has less than two. The
 * gain is therefore told twice: as measured, and for the share of the machine that the generator took.
 */
export async function measureTwoCores({ amounts, restante, cores, say }: Bench): Promise<Findings> {
  if (cores < 2 || Bun.which("taskset") === null) {
    return { figures: [], goals: [], notes: ["(cores) skipped: it takes two cores and taskset"] }
  }
  say("cores: one against two")
  await using one = await startPair(restante, { cpus: "0", generatorCpus: "1" })
  await using two = await startPair(restante, { cpus: "0,1", generatorCpus: "0,1" })
  for (const { generator } of [one, two]) await generator.call("settle", { count: 100 })
  const given = { count: Math.ceil(amounts.forwards / 2), connections: amounts.connections }
  const pairs = await repeat(amounts.runs, async () => ({
    one: await forward(one, given),
    two: await forward(two, given),
  }))
  const gains = pairs.map((pair) => pair.two.perSecond / pair.one.perSecond)
  // Cores that the generator kept busy while the server had the rest of the two.
  const taken = median(pairs.map(({ two }) => (two.generatorUs * two.perSecond) / 1e6))
  const fair = gains.map((gain) => (gain * 2) / (2 - taken))
  return {
    figures: [
      { id: "cores", what: "(a) on one core", unit: "/s", runs: pairs.map((pair) => pair.one.perSecond) },
      {
        id: "cores",
        what: "(a) on two, shared with the generator",
        unit: "/s",
        runs: pairs.map((pair) => pair.two.perSecond),
      },
      { id: "cores", what: "gain as measured", unit: "×", runs: gains },
      {
        id: "cores",
        what: "gain, had it both cores to itself",
        unit: "×",
        runs: fair,
        beside: { generator_cores: taken },
      },
    ],
    goals: [{ goal: "two cores ≥ 1.5 × one", got: `${median(fair).toFixed(2)} ×`, met: median(fair) >= 1.5 }],
  }
}
