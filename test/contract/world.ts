/** What the contract's tests share: a place for stores, a clock and chance of their own, and short words for the acts. */

import { createHash } from "node:crypto"
import type { Clock } from "../../src/base/clock.ts"
import type { Log } from "../../src/base/log.ts"
import type { Random } from "../../src/base/random.ts"
import type { Address, AuditEntry, Lane, Message, NewMessage, Registration } from "../../src/mailbox/model.ts"
import type { Store, StoreOptions } from "../../src/store/store.ts"

/** Where a backend's stores live; opened again, it gives the same store when it `keeps`, and a new one when not. */
export type Place = AsyncDisposable & { open(given: Given): Promise<Store>; readonly keeps: boolean }
export type Given = Pick<StoreOptions, "clock" | "horizon" | "random" | "log" | "backlog">

export const START = Date.UTC(2026, 5, 1)
export const HOUR = 3_600_000
export const DAY = 24 * HOUR
export const ROOMY = { messages: 1000, bytes: 1_000_000 }
export const audit: AuditEntry = { actor: "operator", action: "approve", subject: "did:example:bob" }

/** A clock that stands still until it is moved. */
export function fakeClock(start = START) {
  let now = start
  const rings = new Set<{ at: number; every: number; act: () => void }>()
  const ring = (every: number, first: number, act: () => void): Disposable => {
    const one = { at: now + first, every, act }
    rings.add(one)
    return { [Symbol.dispose]: () => void rings.delete(one) }
  }
  const clock: Clock = {
    now: () => now,
    after: (ms, act) => ring(Number.POSITIVE_INFINITY, ms, act),
    every: (ms, act) => ring(ms, ms, act),
  }
  const pass = (ms: number) => {
    now += ms
    for (const one of rings) {
      if (one.at > now) continue
      one.at += one.every
      one.act()
    }
  }
  return { ...clock, pass, rings: () => rings.size }
}

/** The same chance for the same seed. */
export function seededRandom(seed: number): Random {
  let drawn = 0
  const bytes = (length: number) =>
    new Uint8Array(createHash("shake256", { outputLength: length }).update(`${seed} ${drawn++}`).digest())
  return { bytes, id: () => Bun.randomUUIDv7() }
}

export function listeningLog(): Log & { events: string[] } {
  const events: string[] = []
  const note = (event: string) => void events.push(event)
  return { events, error: note, warn: note, info: note, debug: note }
}

/** What became of a deposit, in one word. */
export const verdict = (outcome: Awaited<ReturnType<Store["deposit"]>>) =>
  typeof outcome === "string" ? outcome : "stored"

let letters = 0

/** A message unlike every other; `text` is its content and decides its fingerprint. */
export function letter(given: Partial<NewMessage> & { text?: string } = {}): NewMessage {
  const { text = `letter ${letters++}`, ...rest } = given
  return {
    lane: "didcomm",
    kind: "forward",
    content: text,
    sender: null,
    fingerprint: createHash("sha256").update(text).digest(),
    expiresAt: START + 7 * DAY,
    ...rest,
  }
}

/** An open store with a clock, and the acts that most tests begin with. */
export async function world(place: Place, backlog?: StoreOptions["backlog"], horizon?: () => number) {
  const clock = fakeClock()
  const log = listeningLog()
  const given: Given = { clock, random: seededRandom(7), log, ...(backlog && { backlog }), ...(horizon && { horizon }) }
  let store = await place.open(given)

  const resident = (did: string, lane: Lane = "didcomm"): Promise<Registration> =>
    store.ask({ did, lane, state: "approved", audit })
  const address = async (mailbox: number, did: string, lane: Lane = "didcomm"): Promise<Address> => {
    await store.bind({ mailbox, lane, did, aliases: [], maxAddresses: 100 })
    const found = await store.locate(lane, [did])
    if (found === null) throw new Error(`${did} was not bound`)
    return found
  }
  const put = async (given: Parameters<Store["deposit"]>[0]) => verdict(await store.deposit(given))
  const deposit = (to: Address, ...messages: NewMessage[]) => put({ address: to, messages, quota: ROOMY })
  const all = (mailbox: number, lane: Lane = "didcomm"): Promise<readonly Message[]> =>
    store.peek({ mailbox, lane, address: null, after: 0, limit: 100_000, bytes: Number.MAX_SAFE_INTEGER })
  const texts = async (mailbox: number, lane: Lane = "didcomm") => (await all(mailbox, lane)).map((m) => m.content)

  return {
    clock,
    log,
    resident,
    address,
    put,
    deposit,
    all,
    texts,
    get store() {
      return store
    },
    async reopen() {
      await store[Symbol.asyncDispose]()
      store = await place.open(given)
    },
    [Symbol.asyncDispose]: async () => {
      await store[Symbol.asyncDispose]()
      await place[Symbol.asyncDispose]()
    },
  }
}

export type World = Awaited<ReturnType<typeof world>>

/** Bob, approved, with one address. */
export async function bobs(place: Place, backlog?: StoreOptions["backlog"]) {
  const here = await world(place, backlog)
  const bob = await here.resident("did:example:bob")
  return { here, bob, home: await here.address(bob.id, "did:example:bob-home") }
}
