/** (d) live delivery: how soon after its acceptance a message is at its receiver's socket. (f) what an idle socket takes. */

import { type Amounts, BARE, type Bench, type Pair, startPair } from "./bench.ts"
import type { Figure, Findings } from "./figures.ts"

const KB = 1024
const WARM_UP = 200
/** Forwards a second, in all: far from what the mediator can do, for this is about latency. */
const PACE = { 1: 100, 200: 400 } as const

export async function measurePushes({ amounts, restante, say }: Bench): Promise<Findings> {
  const figures: Figure[] = []
  for (const sockets of [1, 200] as const) {
    say(`d: live delivery on ${sockets} sockets`)
    await using pair = await startPair(restante)
    const { generator, server } = pair
    await generator.call("settle", { count: sockets })
    await generator.call("goLive", { url: server.wsUrl, count: sockets })
    const pace = { perSecond: PACE[sockets] }
    await generator.call("push", { count: Math.max(sockets, 100), ...pace })
    const { sent, accepted, late } = await generator.call("push", {
      count: Math.max(sockets * 3, amounts.pushes),
      ...pace,
    })
    await generator.call("closeSockets", {})
    const live = `live, ${sockets} socket${sockets === 1 ? "" : "s"} at ${PACE[sockets]}/s:`
    const beside = { sent_to_push_ms: sent, accepted_to_push_ms: accepted, generator_late_ms: late }
    figures.push(
      { id: "d", what: `${live} accepted → pushed, p50`, unit: "ms", runs: [accepted.p50], beside },
      { id: "d", what: `${live} accepted → pushed, p99`, unit: "ms", runs: [accepted.p99] },
      { id: "d", what: `${live} sent → pushed, p50`, unit: "ms", runs: [sent.p50] },
      { id: "d", what: `${live} sent → pushed, p99`, unit: "ms", runs: [sent.p99] },
    )
  }
  return { figures, goals: [] }
}

export async function measureIdleSockets({ amounts, restante, say }: Bench): Promise<Findings> {
  const { idleSockets } = amounts
  say(`f: ${idleSockets} idle sockets`)
  await using ours = await startPair(restante)
  await using bare = await startPair(BARE).catch(() => null)
  const each = await perSocket(ours, amounts)
  if (each === null) return { figures: [], goals: [], notes: ["(f) memory can be read on Linux only"] }
  const limit = bare && (await perSocket(bare, amounts))
  const what = `memory of each of ${idleSockets} idle sockets`
  return {
    figures: [{ id: "f", what, unit: "KB", runs: [each / KB], ...(limit && { limit: limit / KB }) }],
    goals: [{ goal: "an idle socket ≤ 8 KB", got: `${(each / KB).toFixed(1)} KB`, met: each <= 8 * KB }],
  }
}

async function perSocket(
  { server, generator }: Pair,
  { idleSockets: count, settleMs }: Amounts,
): Promise<number | null> {
  const url = server.wsUrl
  await generator.call("openSockets", { url, count: WARM_UP })
  await generator.call("closeSockets", {})
  await Bun.sleep(settleMs)
  const before = server.memory()
  await generator.call("openSockets", { url, count })
  await Bun.sleep(settleMs)
  const after = server.memory()
  await generator.call("closeSockets", {})
  return before && after && (after.rss - before.rss) / count
}
