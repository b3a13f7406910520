import { expect, test } from "bun:test"
import fc from "fast-check"
import type { Address } from "../../src/mailbox/model.ts"
import { type Kept, mirror } from "./mirror.ts"
import { HOUR, letter, type Place, type World, world } from "./world.ts"

type Act =
  | { act: "deposit"; to: number; texts: string[]; hours: number }
  | { act: "acknowledge"; as: number; picks: number[] }
  | { act: "peek"; as: number; skip: number; limit: number; bytes: number }
  | { act: "reserve"; key: string; hours: number }
  | { act: "pass"; hours: number }
  | { act: "expire" }
  | { act: "reopen" }

const owner = fc.nat(1)
const hours = fc.integer({ min: 1, max: 40 })
const text = fc.constantFrom("a", "bb", "ccc", "dddd", "eeeee", "ffffff", "ggggggg", "hhhhhhhh")
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
  { weight: 1, arbitrary: fc.record({ ...kind("reserve"), key: fc.constantFrom("x", "y"), hours }) },
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
  const model = mirror(here.clock.now, (did) => addresses.find((one) => one.did === did)?.mailbox ?? 0)
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
    expect(await here.store.deposit({ address, messages, quota })).toBe(
      model.deposit(address.did, texts, expiresAt, quota),
    )
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
