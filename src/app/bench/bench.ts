/** What this machine can do, measured through the public door of a mediator of its own. */

import { availableParallelism } from "node:os"
import { systemClock } from "../../base/clock.ts"
import { systemRandom } from "../../base/random.ts"
import { decodePeer } from "../../did/peer.ts"
import { createResolver } from "../../did/resolver.ts"
import { Fault } from "../../faults.ts"
import { timeSyncs } from "../fsync.ts"
import { createVisitor, type Visitor } from "../visitor.ts"
import { openLiveSocket } from "./live-socket.ts"
import { openScratch, type Scratch } from "./scratch.ts"
import { processorSpan, span, summary, type Timed, timed } from "./timed.ts"
import { type Verdict, verdictOf } from "./verdict.ts"

const CROWD = 64
const TAKEN = 10
/** Makes a forward of 2 KB. */
const WORDS = "Dear neighbour, the key is under the mat. "

export const steps = {
  ping: "ping, there and back",
  forward: "forward of one message, until it is on disk",
  crowd: `forwards, ${CROWD} at a time`,
  pickup: `pickup of ${TAKEN}, with acknowledgement`,
  live: "live delivery, accepted until pushed",
  fsync: "fsync of the disk",
  seal: "processor time to seal a message",
  open: "processor time to open one",
} as const

export type Step = keyof typeof steps

export type BenchReport = {
  readonly processors: number
  readonly forwardBytes: number
  readonly steps: Readonly<Record<Step, Timed>>
  readonly limit: Verdict
}

type Ports = {
  /** The words that start this program. */
  readonly program: readonly string[]
  /** The measured disk is the one that this folder is on, or would be. Nothing in it is touched. */
  readonly dataDir: string
  /** How long each step takes at most. */
  readonly seconds: number
  readonly signal: AbortSignal
  /** Told of each step as it begins. */
  readonly begin: (step: Step) => void
}

/** Measures all steps, one after the other. Faults: folder.unwritable, bench.failed. */
export async function runBench({ program, dataDir, seconds, signal, begin }: Ports): Promise<BenchReport> {
  const ports = { clock: systemClock, random: systemRandom }
  await using scratch = await openScratch({ program, dataDir, signal, ...ports })
  const newcomer = async () => {
    const visitor = createVisitor({ ...ports, self: selfOf(scratch), resolver: offline(), url: scratch.url })
    await visitor.enrol()
    await visitor.register()
    return visitor
  }
  const how = { seconds, signal }
  const measure = <T>(step: Step, act: () => Promise<T>): Promise<T> => {
    begin(step)
    return act()
  }
  try {
    const visitor = await newcomer()
    const fsync = await measure("fsync", async () => summary(await timeSyncs(scratch.folder)))
    const ping = await measure("ping", () => timed(() => span(visitor.ping), how))
    const forward = await measure("forward", () => timed(() => sendOne(visitor), how))
    const crowd = await measure("crowd", () => sendMany(visitor, scratch, how))
    const pickup = await measure("pickup", () => timed(() => span(() => takeSome(visitor)), how))
    const live = await measure("live", async () => pushed(await newcomer(), scratch, how))
    const seal = await measure("seal", () => timed(() => processorSpan(() => visitor.sealLetter(WORDS)), how))
    return {
      processors: availableParallelism(),
      forwardBytes: (await visitor.sealLetter(WORDS)).length,
      steps: { ping, forward, crowd: crowd.times, pickup, live, fsync, seal, open: seal },
      limit: verdictOf({ disk: fsync.p50 / forward.p50, processor: crowd.processorShare }),
    }
  } catch (thrown) {
    if (thrown instanceof Fault) throw thrown
    throw new Fault("bench.failed", { detail: thrown instanceof Error ? thrown.message : String(thrown), cause: thrown })
  }
}
