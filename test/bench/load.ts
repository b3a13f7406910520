/**
 * The load generator, a process of its own. It prepares everything (keys, envelopes, connections) before the clock
 * starts; `go` then only writes prepared bytes and reads answers. It is told what to do by run.ts.
 */

import { type Answer, type Driven, drive, getOf, type Lane, openLane, percentiles, postOf } from "./lane.ts"
import { decentrlJobs } from "./load-decentrl.ts"
import { createLiveJobs } from "./load-live.ts"
import { type Mediator, meet, register } from "./mediator.ts"
import { forwardTo, MEDIA_TYPE, mintPurse, openWallet, PICKUP, type Purse, type Wallet } from "./wallet.ts"

export type World = {
  mediator: Mediator
  wallets: Wallet[]
  lanes: Lane[]
}

const AT_ONCE = 32

let world: World | null = null
let requests: Uint8Array[] = []
let kept: readonly Answer[] = []

function here(): World {
  if (!world) throw new Error("nobody was met yet")
  return world
}

async function connect(count: number): Promise<void> {
  const { lanes, mediator } = here()
  for (const lane of lanes.splice(0)) lane.close()
  for (let at = 0; at < count; at++) lanes.push(await openLane(mediator.url))
}

/** `make` for 0 … count-1, some at a time, in order. */
export async function inParallel<T>(count: number, make: (at: number) => Promise<T>): Promise<T[]> {
  const made: T[] = []
  let next = 0
  const work = async () => {
    for (let at = next++; at < count; at = next++) made[at] = await make(at)
  }
  await Promise.all(Array.from({ length: Math.min(AT_ONCE, count) }, work))
  return made
}

const post = (text: string) => postOf(here().mediator.url, text, MEDIA_TYPE)

const jobs = {
  async meet({ url, did = null }: { url: string; did?: string | null }) {
    for (const lane of world?.lanes ?? []) lane.close()
    world = { mediator: await meet(url, did), wallets: [], lanes: [] }
    return { did: world.mediator.did }
  },

  /** Mints wallets and gets each a mailbox. */
  async settle({ count }: { count: number }) {
    const { mediator, wallets } = here()
    await connect(AT_ONCE)
    const from = wallets.length
    for (let at = 0; at < count; at++) wallets.push(openWallet(mintPurse()))
    let next = from
    await Promise.all(
      here().lanes.map(async (lane) => {
        for (let wallet = wallets[next++]; wallet; wallet = wallets[next++]) await register(wallet, mediator, lane)
      }),
    )
    return wallets.length
  },

  /** Takes wallets that have their mailboxes already. */
  async adopt({ purses }: { purses: readonly Purse[] }) {
    here().wallets = purses.map(openWallet)
    return purses.length
  },

  /** Prepares forwards: to the wallets in turn, or to the DIDs in `to`; `auth`: each sealed by a wallet. */
  async forwards({ count, connections, auth = false, to }: ForwardsGiven) {
    const { mediator, wallets } = here()
    const next = to ?? wallets.map(({ did }) => did)
    const sender = (at: number) => (auth ? (wallets[at % wallets.length] ?? null) : null)
    requests = await inParallel(count, async (at) =>
      post(await forwardTo(next[at % next.length] ?? "", mediator, sender(at))),
    )
    await connect(connections)
    return { bytes: requests[0]?.byteLength ?? 0 }
  },

  /** Prepares one request for ten messages from each of the first `count` wallets. */
  async asks({ count, connections }: { count: number; connections: number }) {
    const { mediator, wallets } = here()
    const draft = { type: `${PICKUP}/delivery-request`, body: { limit: 10 } }
    requests = await inParallel(count, async (at) => post((await wallets[at]?.seal(draft, mediator)) ?? ""))
    await connect(connections)
    return requests.length
  },

  /** Opens the deliveries that came last and prepares their acknowledgements. */
  async acks(_: object) {
    const { mediator, wallets } = here()
    let messages = 0
    requests = await inParallel(kept.length, async (at) => {
      const delivery = await wallets[at]?.open(kept[at]?.body ?? "", mediator)
      const attachments = (delivery?.attachments ?? []) as { id: string }[]
      messages += attachments.length
      const body = { message_id_list: attachments.map(({ id }) => id) }
      return post((await wallets[at]?.seal({ type: `${PICKUP}/messages-received`, body }, mediator)) ?? "")
    })
    const bytes = kept.reduce((sum, answer) => sum + Buffer.byteLength(answer.body), 0) / Math.max(1, kept.length)
    return { messages, bytes: Math.round(bytes) }
  },

  /** A plain GET, prepared `count` times; or a POST of `bytes` meaningless bytes. */
  async plain({
    url,
    count,
    connections,
    bytes = 0,
  }: {
    url: string
    count: number
    connections: number
    bytes?: number
  }) {
    const place = new URL(url)
    for (const lane of world?.lanes ?? []) lane.close()
    world = { mediator: { url: place } as Mediator, wallets: [], lanes: [] }
    const request = bytes === 0 ? getOf(place) : postOf(place, "x".repeat(bytes), MEDIA_TYPE)
    requests = Array.from({ length: count }, () => request)
    await connect(connections)
    return count
  },

  /** Sends what was prepared. */
  async go({
    keep = false,
    withinMs = 30_000,
  }: {
    keep?: boolean
    withinMs?: number
  }): Promise<Omit<Driven, "answers">> {
    const { answers, ...driven } = await drive(here().lanes, requests, {
      keepAnswers: keep ? "keep" : "count",
      withinMs,
    })
    kept = answers
    return driven
  },

  /** Asks for `url` every few milliseconds on a connection of its own: what somebody else feels meanwhile. */
  async probe({ url, everyMs, forMs }: { url: string; everyMs: number; forMs: number }) {
    const lane = await openLane(new URL(url))
    const request = getOf(new URL(url))
    const times: number[] = []
    const end = performance.now() + forMs
    while (performance.now() < end) {
      const from = performance.now()
      await lane.exchange(request)
      times.push(performance.now() - from)
      await Bun.sleep(everyMs)
    }
    lane.close()
    return { count: times.length, ...percentiles(times) }
  },

  ...createLiveJobs(here),
  ...decentrlJobs,
}

type ForwardsGiven = { count: number; connections: number; auth?: boolean; to?: readonly string[] }

export type Jobs = typeof jobs
export type Order = { readonly number: number; readonly job: keyof Jobs; readonly given: never }
export type Report = { readonly number: number; readonly done?: unknown; readonly failed?: string }

process.on("message", async ({ number, job, given }: Order) => {
  const report = (result: Omit<Report, "number">) => process.send?.({ number, ...result })
  try {
    report({ done: await jobs[job](given) })
  } catch (thrown) {
    report({ failed: thrown instanceof Error ? thrown.message : String(thrown) })
  }
})
// An orphan has nobody to work for.
process.on("disconnect", () => process.exit(0))
