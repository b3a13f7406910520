/** Forwards on slower disks: 256 connections, and what somebody who asks for /healthz feels meanwhile. */

import { type Bench, run, startPair } from "./bench.ts"
import type { Figure, Findings, Goal } from "./figures.ts"
import { makeFsyncShim } from "./fsync.ts"
import { startGenerator } from "./generator.ts"

const CONNECTIONS = 256
/** The share of the load's time in which /healthz is asked for. */
const PROBE = 0.8
/** A guess at the rate, only to choose how many to prepare. */
const EXPECTED = { 0: 6_000, 1: 5_000, 5: 3_500, 20: 2_000 } as Readonly<Record<number, number>>

export async function measureSlowDisks({ amounts, restante, say }: Bench): Promise<Findings> {
  const shim = makeFsyncShim()
  if (typeof shim === "string") return { figures: [], goals: [], notes: [`(fsync) skipped: ${shim}`] }
  using slow = shim
  const figures: Figure[] = []
  const goals: Goal[] = []
  using prober = startGenerator()
  for (const ms of [0, ...amounts.fsyncMs]) {
    say(`fsync: ${ms} ms slower`)
    await using pair = await startPair(restante, { env: slow.env(ms) })
    const { generator, server } = pair
    await generator.call("settle", { count: 50 })
    const single = await alone(pair)
    // A delay that does not show would mean that the figures below are of the fast disk.
    if (single < ms) return { figures, goals, notes: [`(fsync) skipped: the program's fsyncs do not go through libc`] }

    await generator.call("forwards", { count: 2_000, connections: CONNECTIONS })
    await run(pair, { expected: 202 })
    const count = (EXPECTED[ms] ?? 1_000) * amounts.slowSeconds
    await generator.call("forwards", { count, connections: CONNECTIONS })
    const before = slow.count()
    const probing = prober.call("probe", {
      url: `${server.url}/healthz`,
      everyMs: 5,
      forMs: amounts.slowSeconds * 1000 * PROBE,
    })
    const loaded = await run(pair, { expected: 202 })
    const health = await probing
    const batch = count / (slow.count() - before)
    const what = ms === 0 ? "fsync as it is" : `fsync + ${ms} ms`
    const beside = { p50_ms: loaded.p50, p99_ms: loaded.p99, batch, single_ms: single, probes: health.count }
    figures.push(
      { id: "fsync", what: `${what}: forwards at 256 connections`, unit: "/s", runs: [loaded.perSecond], beside },
      { id: "fsync", what: `${what}: their p99`, unit: "ms", runs: [loaded.p99] },
      { id: "fsync", what: `${what}: /healthz p99 meanwhile`, unit: "ms", runs: [health.p99] },
    )
    if (ms !== 5) continue
    const { perSecond } = loaded
    goals.push(
      { goal: "fsync + 5 ms: ≥ 1,000/s", got: `${perSecond.toFixed(0)}/s`, met: perSecond >= 1_000 },
      { goal: "fsync + 5 ms: /healthz p99 < 50 ms", got: `${health.p99.toFixed(1)} ms`, met: health.p99 < 50 },
    )
  }
  return { figures, goals }
}

/** How long one forward takes on one connection, ms. */
async function alone(pair: Awaited<ReturnType<typeof startPair>>): Promise<number> {
  await pair.generator.call("forwards", { count: 30, connections: 1 })
  return (await run(pair, { expected: 202 })).p50
}
