/** What this machine can do, measured through the public door of a mediator of its own. */

import { availableParallelism, cpus } from "node:os"
import { systemClock } from "../../base/clock.ts"
import { parseObject } from "../../base/json.ts"
import { systemRandom } from "../../base/random.ts"
import { openJwe, parseJwe, sealJwe } from "../../crypto/jwe.ts"
import { generatePrivateKey, publicHalf } from "../../crypto/keys.ts"
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
const WORDS = "The key is under the mat."
/** What is sealed and opened by itself: about as much as a forward has in its envelope. */
const CONTENT_BYTES = 2_600

/** In the order in which they are measured. */
export const steps = {
  fsync: "fsync of the disk",
  ping: "ping, there and back",
  forward: "forward of one message, until it is on disk",
  crowd: `forwards, ${CROWD} at a time`,
  pickup: `pickup of ${TAKEN}, with acknowledgement`,
  live: "live delivery, accepted until pushed",
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
  await using scratch = await openScratch({ program, dataDir, signal, clock: systemClock })
  const how = { seconds, signal }
  const measure = <T>(step: Step, act: () => Promise<T>): Promise<T> => {
    begin(step)
    return act()
  }
  try {
    const visitor = await newcomer(scratch)
    const letter = await visitor.sealLetter(WORDS)
    const { seal, open } = await envelopeActs()
    const fsync = await measure("fsync", async () => summary(await timeSyncs(scratch.folder)))
    const ping = await measure("ping", () => timed(() => span(visitor.ping), how))
    const forward = await measure("forward", () => timed(() => sendOne(visitor), how))
    const { crowd, processorShare } = await measure("crowd", () => sendMany(visitor, how))
    const pickup = await measure("pickup", () => timed(taking(visitor), how))
    const live = await measure("live", async () => pushed(await newcomer(scratch), scratch, how))
    return {
      processors: availableParallelism(),
      forwardBytes: letter.length,
      steps: {
        fsync,
        ping,
        forward,
        crowd,
        pickup,
        live,
        seal: await measure("seal", () => timed(() => processorSpan(seal), how)),
        open: await measure("open", () => timed(() => processorSpan(open), how)),
      },
      limit: verdictOf({ disk: fsync.p50 / forward.p50, processor: processorShare }),
    }
  } catch (thrown) {
    if (thrown instanceof Fault) throw thrown
    throw new Fault("bench.failed", {
      detail: thrown instanceof Error ? thrown.message : String(thrown),
      cause: thrown,
    })
  }
}

/** A wallet that has just got its mailbox. */
async function newcomer({ did, url }: Scratch): Promise<Visitor> {
  const get = () => Promise.reject(new Error("nothing is fetched for a bench"))
  const resolver = createResolver({ fetcher: { get }, clock: systemClock })
  const [kid = ""] = (await resolver.resolve(did)).keyAgreement
  const self = { did, agreementKid: () => kid }
  const visitor = createVisitor({ self, resolver, url, clock: systemClock, random: systemRandom })
  await visitor.enrol()
  await visitor.register()
  return visitor
}

type How = { readonly seconds: number; readonly signal: AbortSignal }

async function sendOne({ sealLetter, send }: Visitor): Promise<number> {
  const letter = await sealLetter(WORDS)
  return span(() => send(letter))
}

/** They are sealed before, so that the sender leaves the processor to the mediator as far as it can. */
async function sendMany({ sealLetter, send }: Visitor, how: How) {
  const letters: string[] = []
  await timed(() => span(async () => letters.push(await sealLetter(WORDS))), { ...how, width: CROWD })
  const before = processorTimes()
  const next = async () => {
    const letter = letters.pop()
    return letter === undefined ? null : span(() => send(letter))
  }
  const crowd = await timed(next, { ...how, width: CROWD })
  const after = processorTimes()
  return { crowd, processorShare: 1 - (after.idle - before.idle) / (after.all - before.all) }
}

/** What all processors of the machine have done since it started, in ms, whoever had them do it. */
function processorTimes(): { readonly idle: number; readonly all: number } {
  const times = cpus().map((one) => one.times)
  const sum = (amounts: readonly number[]) => amounts.reduce((all, one) => all + one, 0)
  return { idle: sum(times.map(({ idle }) => idle)), all: sum(times.flatMap((one) => Object.values(one))) }
}

/** Fetches and acknowledges until no mail is left. */
function taking({ fetchMail, acknowledge }: Visitor): () => Promise<number | null> {
  let left: unknown = Number.NaN
  return async () => {
    if (left === 0) return null
    return span(async () => {
      const letters = await fetchMail(TAKEN)
      left = await acknowledge(letters.map(({ id }) => id ?? ""))
    })
  }
}

/** From when a letter was accepted until it is pushed, one at a time; 0 when the push comes first. */
async function pushed({ sealLive, sealLetter, send }: Visitor, { url }: Scratch, how: How): Promise<Timed> {
  using socket = await openLiveSocket(`${url.replace("http", "ws")}/ws`, systemClock)
  socket.send(await sealLive())
  await socket.next()
  const times = await timed(async () => {
    const letter = await sealLetter(WORDS)
    const accepting = async () => {
      await send(letter)
      return performance.now()
    }
    const [came, accepted] = await Promise.all([socket.next(), accepting()])
    return Math.max(0, came - accepted)
  }, how)
  return { ...times, perSecond: null }
}

/** Sealing and opening as it is done for every message, without a mediator. */
async function envelopeActs() {
  const key = generatePrivateKey("X25519")
  const kid = "did:example:bench#key-1"
  const content = new Uint8Array(CONTENT_BYTES)
  const seal = () => sealJwe(content, { recipients: [{ kid, key: publicHalf(key) }] })
  const envelope = parseObject(await seal()) ?? {}
  return { seal, open: () => openJwe(parseJwe(envelope), { kid, key }, null) }
}
