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
    const { crowd, processorShare } = await measure("crowd", () => sendMany(visitor, scratch, how))
    const pickup = await measure("pickup", () => timed(() => takeSome(visitor), how))
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
    throw new Fault("bench.failed", { detail: thrown instanceof Error ? thrown.message : String(thrown), cause: thrown })
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
async function sendMany({ sealLetter, send }: Visitor, scratch: Scratch, how: How) {
  const letters: string[] = []
  await timed(() => span(async () => letters.push(await sealLetter(WORDS))), { ...how, width: CROWD })
  const [theirs, ours] = [await scratch.processorSeconds(), processorSeconds()]
  const began = performance.now()
  const next = async () => {
    const letter = letters.pop()
    return letter === undefined ? null : span(() => send(letter))
  }
  const crowd = await timed(next, { ...how, width: CROWD })
  const seconds = (performance.now() - began) / 1000
  const used = (await scratch.processorSeconds()) - theirs + processorSeconds() - ours
  return { crowd, processorShare: used / (seconds * availableParallelism()) }
}

/** Null when no mail is left. */
async function takeSome({ fetchMail, acknowledge, waiting }: Visitor): Promise<number | null> {
  let left: unknown
  const ms = await span(async () => {
    const letters = await fetchMail(TAKEN)
    left = await acknowledge(letters.map(({ id }) => id ?? ""))
  })
  return ms
}

/** From when a letter was accepted until it is pushed, one at a time; 0 when the push comes first. */
async function pushed({ sealLive, sealLetter, send }: Visitor, { url }: Scratch, how: How): Promise<Timed> {
  using socket = await openLiveSocket(`${url.replace("http", "ws")}/ws`, systemClock)
  const isLive = socket.next()
  socket.send(await sealLive())
  await isLive
  return timed(async () => {
    const letter = await sealLetter(WORDS)
    const push = socket.next()
    await send(letter)
    const accepted = performance.now()
    return Math.max(0, (await push) - accepted)
  }, how)
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
