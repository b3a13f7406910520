import { expect, test } from "bun:test"
import { HOUR, type Place, START, world } from "./world.ts"

export function ledgerContract(place: () => Promise<Place>): void {
  test("a fact is noted once, under its kind, until its end", async () => {
    await using here = await world(await place())
    const { store, clock } = here
    expect(await store.reserve("nonce", "n1", START + HOUR)).toBe(true)
    expect(await store.reserve("nonce", "n1", START + 9 * HOUR)).toBe(false)
    expect(await store.reserve("nonce", "n2", START + HOUR)).toBe(true)
    expect(await store.reserve("envelope", "n1", START + HOUR)).toBe(true)
    clock.pass(HOUR - 1)
    expect(await store.reserve("nonce", "n1", START + 9 * HOUR)).toBe(false)
    clock.pass(1)
    expect(await store.reserve("nonce", "n1", START + 9 * HOUR)).toBe(true)
    expect(await store.reserve("nonce", "n1", START + 9 * HOUR)).toBe(false)
  })

  test("of many who note a fact at once, one is first", async () => {
    await using here = await world(await place())
    const tries = Array.from({ length: 50 }, () => here.store.reserve("nonce", "n", START + HOUR))
    expect((await Promise.all(tries)).filter((first) => first)).toHaveLength(1)
  })

  test("upkeep forgets facts only after their end", async () => {
    await using here = await world(await place())
    await here.store.reserve("nonce", "short", START + 1)
    await here.store.reserve("nonce", "long", START + HOUR)
    here.clock.pass(1)
    await here.store.expire(10)
    expect(await here.store.reserve("nonce", "short", START + HOUR)).toBe(true)
    expect(await here.store.reserve("nonce", "long", START + HOUR)).toBe(false)
  })

  test("an open store is ready, a closed one is not", async () => {
    const here = await world(await place())
    expect(await here.store.ready()).toBe(true)
    await here[Symbol.asyncDispose]()
    expect(await here.store.ready()).toBe(false)
  })
}
