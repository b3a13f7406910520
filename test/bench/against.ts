/** `--against URL`: the same load on any other DIDComm v2 mediator, as far as it understands it. */

import type { Amounts } from "./bench.ts"
import { repeat, run } from "./bench.ts"
import type { Figure, Findings } from "./figures.ts"
import { startGenerator } from "./generator.ts"
import { pickUp } from "./pickups.ts"

/** A stranger's machine is somebody else's: never more than this, whatever the mode. */
const MOST = { forwards: 2_000, wallets: 60, connections: 32, runs: 3 }
const TEN = 10

type Given = {
  url: string
  did: string | null
  amounts: Amounts
  wanted: ReadonlySet<string>
  say: (line: string) => void
}

export async function measureAgainst({ url, did, amounts, wanted, say }: Given): Promise<Findings> {
  const figures: Figure[] = []
  const notes: string[] = []
  using generator = startGenerator()
  const pair = { generator, server: { usage: () => null } }
  const met = await generator.call("meet", { url, did })
  say(`${url} is ${met.did.slice(0, 60)}${met.did.length > 60 ? "…" : ""}`)
  try {
    await generator.call("settle", { count: MOST.wallets })
  } catch (thrown) {
    const why = thrown instanceof Error ? thrown.message : String(thrown)
    return { figures, goals: [], notes: [`no mailbox could be had there, so there is nothing to measure: ${why}`] }
  }
  const attempt = async (id: string, what: string, act: () => Promise<number>) => {
    if (!wanted.has(id)) return
    say(`${id}: ${what}`)
    try {
      figures.push({ id, what, unit: "/s", runs: await repeat(Math.min(amounts.runs, MOST.runs), act, 1) })
    } catch (thrown) {
      notes.push(`(${id}) ${thrown instanceof Error ? thrown.message : String(thrown)}`)
    }
  }
  const forwards = async (count: number, auth: boolean) => {
    await generator.call("forwards", { count, connections: MOST.connections, auth })
    // Some answer 200 where others answer 202.
    return (await run(pair, { expected: "2xx" })).perSecond
  }
  await attempt("a", "anonymous forward → answered", () => forwards(MOST.forwards, false))
  await attempt("b", "authenticated forward → answered", () => forwards(MOST.forwards, true))
  await attempt("c", "pickup: ten delivered and acknowledged", async () => {
    await forwards(MOST.wallets * TEN, false)
    return (await pickUp(pair, MOST.wallets, MOST.connections)).perSecond
  })
  return { figures, goals: [], notes }
}
