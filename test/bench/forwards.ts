/** (a) anonymous and (b) authenticated forwards: posted, opened, on disk, 202. And (i), the memory for it. */

import { type Bench, type Pair, PEER, type Run, repeat, run, startPair } from "./bench.ts"
import { type Figure, type Findings, type Goal, median } from "./figures.ts"
import { makeFsyncShim } from "./fsync.ts"
import { limitGoal, perSecond, type Sums } from "./limit-sums.ts"

const MB = 1e6
/** What a commit is taken to hold where nobody can count them. */
const LIKELY_BATCH = 16

/** How many messages one fsync covers under load; counted in a run that no figure is taken from. */
export async function observeBatch({ restante, amounts, say }: Bench): Promise<{ batch: number; counted: boolean }> {
  const shim = makeFsyncShim()
  if (typeof shim === "string") {
    say(`${shim}: a commit is taken to hold ${LIKELY_BATCH} messages`)
    return { batch: LIKELY_BATCH, counted: false }
  }
  using counting = shim
  await using pair = await startPair(restante, { env: counting.env(0) })
  await pair.generator.call("settle", { count: amounts.wallets })
  let batch = LIKELY_BATCH
  for (let time = 0; time < 2; time++) {
    await pair.generator.call("forwards", { count: amounts.forwards, connections: amounts.connections })
    const before = counting.count()
    await run(pair, { expected: 202 })
    batch = amounts.forwards / (counting.count() - before)
  }
  if (!Number.isFinite(batch)) throw new Error("the program's fsyncs do not go through libc: they cannot be counted")
  return { batch, counted: true }
}

export async function measureForwards(bench: Bench, sums: Sums, wanted: ReadonlySet<string>): Promise<Findings> {
  const { amounts, restante, say } = bench
  await using ours = await startPair(restante)
  await using theirs = await startPair(PEER)
  await Bun.sleep(amounts.settleMs)
  const idle = ours.server.memory()
  for (const pair of [ours, theirs]) await pair.generator.call("settle", { count: amounts.wallets })

  let loaded: ReturnType<typeof ours.server.memory> = null
  const figures: Figure[] = []
  const goals: Goal[] = []
  for (const [id, auth, what] of [
    ["a", false, "anonymous forward → on disk → 202"],
    ["b", true, "authenticated forward → on disk → 202"],
  ] as const) {
    if (!wanted.has(id) && !(id === "a" && wanted.has("i"))) continue
    say(`${id}: ${what}`)
    const pairs = await repeat(amounts.runs, async () => ({
      our: await forward(ours, { count: amounts.forwards, connections: amounts.connections, auth }),
      their: await forward(theirs, { count: amounts.peerForwards, connections: amounts.connections, auth }),
    }))
    const figure = summed({ id, what, sums }, pairs)
    figures.push(figure)
    if (id !== "a") continue
    goals.push(...goalsFor(figure, { sum: sums.forward, cores: bench.cores }))
    loaded = ours.server.memory()
  }

  if (wanted.has("i") && idle && loaded) {
    figures.push(
      { id: "i", what: "memory (RSS) idle", unit: "MB", runs: [idle.rss / MB], beside: idle },
      { id: "i", what: "memory (RSS) at its highest under (a)", unit: "MB", runs: [loaded.peak / MB], beside: loaded },
    )
    goals.push(
      { goal: "idle memory ≤ 70 MB", got: `${(idle.rss / MB).toFixed(0)} MB`, met: idle.rss <= 70 * MB },
      { goal: "memory under (a) ≤ 200 MB", got: `${(loaded.peak / MB).toFixed(0)} MB`, met: loaded.peak <= 200 * MB },
    )
  }
  return { figures, goals }
}

export async function forward(
  pair: Pair,
  given: { count: number; connections: number; auth?: boolean; to?: readonly string[] },
): Promise<Run> {
  await pair.generator.call("forwards", given)
  return run(pair, { expected: 202 })
}

type Which = { id: string; what: string; sums: Sums }

function summed({ id, what, sums }: Which, pairs: readonly { our: Run; their: Run }[]): Figure {
  const of = (pick: (run: Run) => number | null, side: "our" | "their" = "our") =>
    median(pairs.map((pair) => pick(pair[side]) ?? Number.NaN))
  return {
    id,
    what,
    unit: "/s",
    runs: pairs.map(({ our }) => our.perSecond),
    limit: perSecond(sums.forward),
    peer: pairs.map(({ their }) => their.perSecond),
    beside: {
      p50_ms: of((r) => r.p50),
      p99_ms: of((r) => r.p99),
      server_us: of((r) => r.serverUs),
      main_thread_us: of((r) => r.mainUs),
      generator_us: of((r) => r.generatorUs),
      limit_us: sums.forward,
      limit_share_of_server_cpu: sums.forward / of((r) => r.serverUs),
      peer_server_us: of((r) => r.serverUs, "their"),
      peer_p99_ms: of((r) => r.p99, "their"),
    },
  }
}

function goalsFor({ runs, peer = [], beside = {} }: Figure, { sum, cores }: { sum: number; cores: number }): Goal[] {
  const rate = median(runs)
  const times = rate / median(peer)
  const [serverUs, generatorUs] = [Number(beside.server_us), Number(beside.generator_us)]
  return [
    limitGoal({ id: "a", least: 55 }, { rate, sum, serverUs, generatorUs, cores }),
    { goal: "(a) ≥ 6 × didcomm-node", got: `${times.toFixed(1)} ×`, met: times >= 6 },
  ]
}
