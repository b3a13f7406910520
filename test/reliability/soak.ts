/**
 * `bun run soak [--hours N] [--actors N] [--fill N] [--seed N] [--json FILE]`: a small town that lives for hours: mail, wallets
 * that come and go, mail that expires, nonsense. Samples memory and descriptors, and says how much memory grows by the hour.
 * What the mediator remembers of replays and of people is filled first (`--fill`: with so many requests in each language),
 * because that would take such a town a day, and look like a leak.
 */

import { writeFileSync } from "node:fs"
import { parseArgs } from "node:util"
import { pickup3 } from "../kit/mediator.ts"
import { createResident } from "../kit/resident.ts"
import { openSocket } from "../kit/socket.ts"
import { seed as anySeed, chance } from "./chance.ts"
import { families, type Recipient } from "./families.ts"
import { fetchSome, letter, post, resident } from "./people.ts"
import { descriptorsOf, launch, memoryOf, type Running } from "./process.ts"

const SAMPLE_MS = 15_000
/** A little more than is remembered of each language. */
const FILLING = 110_000
/** How many wallets fill at once, and what each of them asks: few enough that more come than documents are remembered. */
const FILLERS = 12
const BURST = 40
/** The part of the time that is left out of the slope: caches fill up at the beginning. */
const WARM_UP = 1 / 3
const MOST_MB_AN_HOUR = 0.5
const MOST_MB = 256

export type Sample = { readonly hours: number; readonly mb: number; readonly descriptors: number }

/** Megabytes an hour: least squares through the samples after the beginning. */
export function slopeOf(samples: readonly Sample[]): number {
  const later = samples.slice(Math.floor(samples.length * WARM_UP))
  const mean = (of: (sample: Sample) => number) => later.reduce((sum, one) => sum + of(one), 0) / later.length
  const [x, y] = [mean(({ hours }) => hours), mean(({ mb }) => mb)]
  const above = later.reduce((sum, { hours, mb }) => sum + (hours - x) * (mb - y), 0)
  return above / later.reduce((sum, { hours }) => sum + (hours - x) ** 2, 0)
}

type Count = { readonly [what: string]: number }
type Town = { mediator: Running; random: () => number; note: (what: string) => void; isOver: () => boolean }

/** One inhabitant after the other in one house: each moves in, does this and that for a while, and is never seen again. */
async function house(town: Town, family: keyof typeof families): Promise<void> {
  const { random, note, isOver, mediator } = town
  const { recipient, send } = families[family](mediator)
  while (!isOver()) {
    const who = await recipient()
    note(`${family} moved in`)
    for (let acts = 20 + random() * 400; acts > 0 && !isOver(); acts--) {
      await Bun.sleep(random() * 800)
      await oneAct(town, who, send)
    }
  }
}

async function oneAct({ random, note }: Town, who: Recipient, send: ReturnType<typeof families.didcomm>["send"]) {
  const what = random()
  if (what < 0.55) {
    const accepted = await send(await who.write(`${random()}`, Math.floor(random() ** 4 * 40_000)))
    return note(accepted ? "sent" : "not accepted")
  }
  const some = await who.fetch(1 + Math.floor(random() * 20))
  note("fetched")
  // Some never acknowledge, and their mail expires.
  if (what > 0.85) return
  await who.acknowledge(some)
  for (const _ of some) note("acknowledged")
}

/** Somebody with a live socket that stays for a while; half of the time it goes without a word. */
async function listener(town: Town): Promise<void> {
  const { random, note, isOver, mediator } = town
  while (!isOver()) {
    const who = await resident(mediator)
    const socket = await openSocket({ wsUrl: `${mediator.url.replace("http", "ws")}/ws`, did: mediator.did })
    await socket.ask(who, { type: `${pickup3}/live-delivery-change`, body: { live_delivery: true } })
    for (let letters = random() * 20; letters > 0 && !isOver(); letters--) {
      await Bun.sleep(random() * 2_000)
      await post(mediator.url, (await letter(mediator, who.did, `${random()}`)).bytes)
      await socket.next()
      note("pushed")
    }
    if (random() < 0.5) await fetchSome(mediator, who)
    await socket[Symbol.asyncDispose]()
    note("socket closed")
  }
}

/** Somebody who knocks with nonsense. */
async function nuisance({ random, note, isOver, mediator }: Town): Promise<void> {
  const mallory = createResident()
  const nonsense = [
    async () => "{",
    async () => mallory.anon("{", mediator.did),
    async () => mallory.anon({ id: "1", type: "https://didcomm.org/unknown/1.0/x", body: {} }, mediator.did),
    async () => (await letter(mediator, mallory.did, "to nobody")).bytes,
    async () => mallory.auth(mallory.plaintext({ type: `${pickup3}/status-request` }, mediator.did), mediator.did),
  ]
  while (!isOver()) {
    await Bun.sleep(random() * 1_000)
    const make = nonsense[Math.floor(random() * nonsense.length)]
    if (make) await (await post(mediator.url, await make())).text()
    await (await fetch(`${mediator.url}${random() < 0.5 ? "/" : "/readyz"}`)).text()
    note("nonsense")
  }
}

/** Makes `requests` that are remembered, as fast as they are answered, by wallets that are never seen again. */
async function fill(mediator: Running, family: keyof typeof families, requests: number): Promise<void> {
  const { recipient } = families[family](mediator)
  let left = requests
  const filler = async () => {
    while (left > 0) {
      const who = await recipient()
      for (let calls = Math.min(BURST, left); calls > 0; calls--) {
        left--
        await who.fetch(1)
      }
    }
  }
  await Promise.all(Array.from({ length: FILLERS }, filler))
}

/** Lets a town live for `ms`, after `filling` requests in each language. `sampled` is told of each sample, as it is taken. */
export async function soak(
  { ms, actors, filling, seed }: { ms: number; actors: number; filling: number; seed: number },
  sampled: (samples: readonly Sample[], counts: Count) => void = () => {},
) {
  const flags = ["--mailbox-ttl", "5m", "--log-level", "warn"]
  await using mediator = await launch({ flags })
  for (const family of ["didcomm", "decentrl"] as const) await fill(mediator, family, filling)
  const start = performance.now()
  const samples: Sample[] = []
  const counts: Record<string, number> = {}
  const town: Town = {
    mediator,
    random: chance(seed),
    note(what) {
      counts[what] = (counts[what] ?? 0) + 1
    },
    isOver: () => performance.now() - start >= ms,
  }
  const take = () => {
    const hours = (performance.now() - start) / 3_600_000
    samples.push({ hours, mb: memoryOf(mediator.pid), descriptors: descriptorsOf(mediator.pid) })
    sampled(samples, counts)
  }
  take()
  const sampling = setInterval(take, SAMPLE_MS)
  const houses = Array.from({ length: actors }, (_, n) => house(town, n % 3 === 0 ? "decentrl" : "didcomm"))
  try {
    await Promise.all([...houses, listener(town), listener(town), nuisance(town)])
  } finally {
    clearInterval(sampling)
  }
  take()
  return { samples, counts, slope: slopeOf(samples), said: mediator.stderr() }
}

if (import.meta.main) {
  const { values } = parseArgs({
    options: {
      hours: { type: "string", default: "24" },
      actors: { type: "string", default: "24" },
      fill: { type: "string", default: String(FILLING) },
      seed: { type: "string", default: String(anySeed) },
      json: { type: "string" },
    },
  })
  const [hours, actors, seed] = [Number(values.hours), Number(values.actors), Number(values.seed)]
  const filling = Number(values.fill)
  const report = (samples: readonly Sample[], counts: Count) => {
    const last = samples.at(-1)
    const slope = samples.length > 10 ? slopeOf(samples) : null
    const most = Math.max(...samples.map(({ mb }) => mb))
    const found = { seed, hours: last?.hours, mb: last?.mb, most, slope, descriptors: last?.descriptors, counts }
    if (samples.length % 20 === 0) process.stdout.write(`${JSON.stringify(found)}\n`)
    if (values.json !== undefined) writeFileSync(values.json, JSON.stringify({ ...found, samples }))
    return found
  }
  const { samples, counts, slope, said } = await soak({ ms: hours * 3_600_000, actors, filling, seed }, report)
  process.stdout.write(`${JSON.stringify(report(samples, counts))}\n${said}`)
  const most = Math.max(...samples.map(({ mb }) => mb))
  process.exit(slope > MOST_MB_AN_HOUR || most > MOST_MB || said.includes(" error ") ? 1 : 0)
}
