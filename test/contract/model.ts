import { expect, test } from "bun:test"
import fc from "fast-check"
import { Fault } from "../../src/faults.ts"
import type { Address } from "../../src/mailbox/model.ts"
import { bytesOf, type Kept, mirror, type Saved } from "./mirror.ts"
import { HOUR, letter, type Place, type World, world } from "./world.ts"

type Act =
  | { act: "deposit"; to: number; texts: string[]; hours: number }
  | { act: "acknowledge"; as: number; picks: number[] }
  | { act: "peek"; as: number; skip: number; limit: number; bytes: number }
  | { act: "save"; as: number; ids: string[]; tags: string[] }
  | { act: "retag"; as: number; id: string; tags: string[] }
  | { act: "query"; as: number; tags: string[]; match: "all" | "any"; skip: number; limit: number; bytes: number }
  | { act: "reserve"; key: string; hours: number }
  | { act: "once"; key: string; hours: number; as: number; ids: string[]; tags: string[] }
  | { act: "pass"; hours: number }
  | { act: "expire" }
  | { act: "reopen" }

const owner = fc.nat(1)
const hours = fc.integer({ min: 1, max: 40 })
const text = fc.constantFrom("a", "bb", "ccc", "dddd", "eeeee", "ffffff", "ggggggg", "hhhhhhhh")
const id = fc.constantFrom("i", "j", "k")
const tags = fc.uniqueArray(fc.constantFrom("t", "u", "vv"))
const match = fc.constantFrom("all" as const, "any" as const)
const key = fc.constantFrom("x", "y")
const kind = <K extends Act["act"]>(act: K) => ({ act: fc.constant(act) })

const anyAct: fc.Arbitrary<Act> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({ ...kind("deposit"), to: fc.nat(3), texts: fc.array(text, { maxLength: 3 }), hours }),
  },
  { weight: 3, arbitrary: fc.record({ ...kind("acknowledge"), as: owner, picks: fc.array(fc.nat(9)) }) },
  {
    weight: 3,
    arbitrary: fc.record({ ...kind("peek"), as: owner, skip: fc.nat(4), limit: fc.nat(5), bytes: fc.nat(30) }),
  },
  { weight: 2, arbitrary: fc.record({ ...kind("save"), as: owner, ids: fc.array(id, { maxLength: 3 }), tags }) },
  { weight: 2, arbitrary: fc.record({ ...kind("retag"), as: owner, id, tags }) },
  {
    weight: 3,
    arbitrary: fc.record({
      ...kind("query"),
      ...{ as: owner, tags, match, skip: fc.nat(2), limit: fc.nat(3), bytes: fc.nat(8) },
    }),
  },
  { weight: 1, arbitrary: fc.record({ ...kind("reserve"), key, hours }) },
  {
    weight: 2,
    arbitrary: fc.record({ ...kind("once"), key, hours, as: owner, ids: fc.array(id, { maxLength: 2 }), tags }),
  },
  { weight: 2, arbitrary: fc.record({ ...kind("pass"), hours }) },
  { weight: 1, arbitrary: fc.record(kind("expire")) },
  { weight: 1, arbitrary: fc.record(kind("reopen")) },
)

const quota = { messages: 5, bytes: 20 }

export function modelContract(place: () => Promise<Place>): void {
  test("whatever is done in whatever order, the store says what a plain model says", async () => {
    const property = fc.asyncProperty(fc.array(anyAct, { maxLength: 40 }), async (acts) => {
      const where = await place()
      await using here = await world(where)
      await play(here, where.keeps ? acts : acts.filter(({ act }) => act !== "reopen"))
    })
    await fc.assert(property, { seed: 20260601, numRuns: 50 })
  }, 60_000)
}

async function play(here: World, acts: readonly Act[]): Promise<void> {
  const owners = [await here.resident("did:example:0"), await here.resident("did:example:1")].map(({ id }) => id)
  const addresses: Address[] = []
  for (const n of [0, 1, 2, 3]) addresses.push(await here.address(owners[n % 2] ?? 0, `did:example:a${n}`))
  const model = mirror(here.clock.now, (did) => addresses.find((one) => one.did === did)?.mailbox ?? 0, quota)
  const ids = new Map<Kept, string>()

  for (const act of acts) {
    await perform(act)
    for (const mailbox of owners) await compare(mailbox)
  }

  async function perform(given: Act): Promise<void> {
    const { store, clock } = here
    if (given.act === "pass") return clock.pass(given.hours * HOUR)
    if (given.act === "reopen") return await here.reopen()
    if (given.act === "expire") return expect(await store.expire(1000)).toBe(model.expire())
    if (given.act === "reserve") {
      const until = clock.now() + given.hours * HOUR
      return expect(await store.reserve("fact", given.key, until)).toBe(model.reserve(given.key, until))
    }
    if (given.act === "deposit") return await deposit(given)
    const mailbox = owners[given.as] ?? 0
    if (given.act === "peek") return await peek(mailbox, given)
    if (given.act === "query") return await query(mailbox, given)
    if (given.act === "once") return await once(mailbox, given)
    if (given.act === "save") {
      const events = eventsOf(given)
      return expect(await store.saveEvents({ mailbox, events, quota })).toBe(model.save(mailbox, events))
    }
    if (given.act === "retag") {
      const said = await store.retagEvents({ mailbox, updates: [given], quota })
      return expect(said).toBe(model.retag(mailbox, given.id, given.tags))
    }
    // Some of the ids are the other owner's.
    const all = owners.flatMap((one) => model.waiting(one))
    const picked = given.picks.flatMap((n) => all[n] ?? [])
    const said = await store.acknowledge({ mailbox, lane: "didcomm", ids: picked.map((one) => ids.get(one) ?? "") })
    expect(said).toBe(model.acknowledge(mailbox, picked))
  }

  async function deposit({ to, texts, hours }: Act & { act: "deposit" }): Promise<void> {
    const address = addresses[to]
    if (address === undefined) throw new Error("there are four addresses")
    const expiresAt = here.clock.now() + hours * HOUR
    const messages = texts.map((one) => letter({ text: one, expiresAt }))
    expect(await here.put({ address, messages, quota })).toBe(model.deposit(address.did, texts, expiresAt))
  }

  async function once(mailbox: number, given: Act & { act: "once" }): Promise<void> {
    const fact = { kind: "fact", key: given.key, until: here.clock.now() + given.hours * HOUR }
    const events = eventsOf(given)
    const said = await here.store
      .once(fact)
      .saveEvents({ mailbox, events, quota })
      .catch((thrown: unknown) => Fault.from(thrown).code)
    const expected = model.reserve(fact.key, fact.until) ? model.save(mailbox, events) : "command.replayed"
    expect<string>(said).toBe(expected)
  }

  async function query(mailbox: number, given: Act & { act: "query" }): Promise<void> {
    const { tags, match, skip, limit, bytes } = given
    const page = { mailbox, tags, match, limit, bytes }
    const skipped = await here.store.queryEvents({ ...page, after: 0, limit: skip, bytes: 1e6 })
    const read = await here.store.queryEvents({ ...page, after: skipped.next ?? 0 })
    const rest = model.tagged(mailbox, tags, match).slice(skipped.next === null ? 0 : skip)
    const fitting = rest.slice(0, limit).filter((_, n) => n === 0 || bytesOf(rest.slice(0, n + 1)) <= bytes)
    expect(read.items.map(({ createdAt: _, ...one }) => one)).toEqual([...fitting])
    expect(read.remaining).toBe(rest.length - fitting.length)
  }

  async function peek(mailbox: number, { skip, limit, bytes }: Act & { act: "peek" }): Promise<void> {
    const all = await here.all(mailbox)
    const after = skip === 0 ? 0 : (all[skip - 1]?.seq ?? (await here.store.latest()))
    const read = await here.store.peek({ mailbox, lane: "didcomm", address: null, after, limit, bytes })
    const rest = model.waiting(mailbox).slice(skip, skip + limit)
    const fitting = rest.filter((_, n) => n === 0 || textOf(rest.slice(0, n + 1)).length <= bytes)
    expect(read.map(({ content }) => content)).toEqual(fitting.map((one) => one.text))
  }

  /** All that waits, in order, under ids that never change. */
  async function compare(mailbox: number): Promise<void> {
    const all = await here.all(mailbox)
    const expected = model.waiting(mailbox)
    expect(all.map(({ address, content, expiresAt }) => ({ address, text: content, expiresAt }))).toEqual([...expected])
    for (const [n, one] of expected.entries()) {
      const id = all[n]?.id ?? ""
      expect(ids.get(one) ?? id).toBe(id)
      ids.set(one, id)
    }
    expect(await here.store.standing({ mailbox, lane: "didcomm", address: null })).toMatchObject({
      messages: expected.length,
      bytes: textOf(expected).length,
    })
  }
}

const textOf = (all: readonly Kept[]): string => all.map(({ text }) => text).join("")

const eventsOf = ({ ids, tags }: { ids: readonly string[]; tags: readonly string[] }): Saved[] =>
  ids.map((id) => ({ id, payload: `${id}.`, tags }))
