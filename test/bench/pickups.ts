/** (c) pickup: a request for ten messages, the delivery, and its acknowledgement, each a sealed exchange of its own. */

import { type Bench, type Load, PEER, type Run, repeat, run, startPair } from "./bench.ts"
import { type Findings, median } from "./figures.ts"
import { forward } from "./forwards.ts"
import { limitGoal, perSecond, type Sums } from "./limit-sums.ts"

const TEN = 10
const CONNECTIONS = 256

export type Pickup = {
  readonly perSecond: number
  readonly serverUs: number
  readonly generatorUs: number
  readonly bytes: number
  readonly ask: Run
  readonly ack: Run
}

/**
 * One delivery of ten for each of the first `wallets`, and its acknowledgement. Between the two the clock stands still:
 * then the generator opens the deliveries and seals the acknowledgements.
 */
export async function pickUp(pair: Load, wallets: number, connections: number): Promise<Pickup> {
  await pair.generator.call("asks", { count: wallets, connections })
  const ask = await run(pair, { expected: 200, keep: true })
  const { messages, bytes } = await pair.generator.call("acks", {})
  if (messages !== wallets * TEN) throw new Error(`${messages} messages were delivered instead of ${wallets * TEN}`)
  const ack = await run(pair, { expected: 200 })
  return {
    perSecond: (wallets * 1000) / (ask.ms + ack.ms),
    serverUs: (ask.serverUs ?? Number.NaN) + (ack.serverUs ?? Number.NaN),
    generatorUs: ask.generatorUs + ack.generatorUs,
    bytes,
    ask,
    ack,
  }
}

export async function measurePickups({ amounts, restante, cores, say }: Bench, sums: Sums): Promise<Findings> {
  say("c: pickup of ten")
  // Enough for every connection to go on for a while.
  const wallets = 4 * amounts.wallets
  const few = Math.ceil(amounts.wallets / 3)
  await using ours = await startPair(restante)
  await using theirs = await startPair(PEER)
  await ours.generator.call("settle", { count: wallets })
  await theirs.generator.call("settle", { count: few })
  const pairs = await repeat(amounts.runs, async () => {
    await forward(ours, { count: wallets * TEN, connections: CONNECTIONS })
    await forward(theirs, { count: few * TEN, connections: CONNECTIONS })
    return { our: await pickUp(ours, wallets, CONNECTIONS), their: await pickUp(theirs, few, CONNECTIONS) }
  })
  const of = (pick: (pickup: Pickup) => number) => median(pairs.map(({ our }) => pick(our)))
  const limit = perSecond(sums.pickup)
  const generatorUs = of((one) => one.generatorUs)
  const serverUs = of((one) => one.serverUs)
  const rate = of((one) => one.perSecond)
  return {
    figures: [
      {
        id: "c",
        what: "pickup: ten delivered and acknowledged",
        unit: "/s",
        runs: pairs.map(({ our }) => our.perSecond),
        limit,
        peer: pairs.map(({ their }) => their.perSecond),
        beside: {
          delivery_bytes: of((one) => one.bytes),
          delivery_p50_ms: of((one) => one.ask.p50),
          delivery_p99_ms: of((one) => one.ask.p99),
          delivery_server_us: of((one) => one.ask.serverUs ?? Number.NaN),
          acknowledgement_server_us: of((one) => one.ack.serverUs ?? Number.NaN),
          server_us: serverUs,
          generator_us: generatorUs,
          limit_us: sums.pickup,
          limit_share_of_server_cpu: sums.pickup / serverUs,
          peer_server_us: median(pairs.map(({ their }) => their.serverUs)),
        },
      },
    ],
    goals: [limitGoal({ id: "c", least: 45 }, { rate, sum: sums.pickup, serverUs, generatorUs, cores })],
  }
}
