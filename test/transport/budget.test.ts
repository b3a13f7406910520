import { expect, test } from "bun:test"
import { createBudget, SMALL } from "../../src/transport/budget.ts"
import { createTurns } from "../../src/transport/turns.ts"
import type { Inbound, Outbound } from "../../src/wire.ts"

const accepted: Outbound = { status: "accepted" }
const inbound = (size: number): Inbound => ({
  bytes: new Uint8Array(size),
  mediaType: null,
  remote: "",
  connection: null,
})

test("all places together hold no more than the budget, and what is given back can be had again", () => {
  const budget = createBudget(4 * SMALL)
  const first = budget.open()
  first.grow(3 * SMALL)
  using second = budget.open()
  expect(() => second.grow(2 * SMALL)).toThrow("request.busy")
  first.shrink(2 * SMALL)
  second.grow(2 * SMALL)
  first[Symbol.dispose]()
  second.grow(2 * SMALL)
  expect(() => second.grow(1)).toThrow("request.busy")
})

test("a refusal counts nothing", () => {
  const budget = createBudget(4 * SMALL)
  using place = budget.open()
  for (let n = 0; n < 10; n++) expect(() => place.grow(5 * SMALL)).toThrow("request.busy")
  place.grow(4 * SMALL)
})

test("small messages always find room", () => {
  const budget = createBudget(SMALL)
  using large = budget.open()
  large.grow(SMALL)
  using small = budget.open()
  small.grow(SMALL)
  expect(() => small.grow(1)).toThrow("request.busy")
})

test("large messages enter while there is room, in their order, and small ones pass them", async () => {
  const inside: number[] = []
  const ends: (() => void)[] = []
  const receive = createTurns(10 * SMALL)(async ({ bytes }) => {
    inside.push(bytes.byteLength)
    await new Promise<void>((end) => ends.push(end))
    return accepted
  })
  const sizes = [6 * SMALL, 5 * SMALL, 2 * SMALL, 20 * SMALL]
  const answers = sizes.map((size) => receive(inbound(size)))
  const small = receive(inbound(SMALL))
  await Bun.sleep(0)
  expect(inside).toEqual([SMALL, 6 * SMALL])
  while (ends.length > 0) {
    for (const end of ends.splice(0)) end()
    await Bun.sleep(0)
  }
  expect(inside.slice(2)).toEqual([5 * SMALL, 2 * SMALL, 20 * SMALL])
  expect(await Promise.all([...answers, small])).toHaveLength(5)
})

test("one that fails leaves its place to the next", async () => {
  const enter = createTurns(SMALL)
  const failing = enter(() => Promise.reject(new Error("broken")))
  const working = enter(async () => accepted)
  const [first, second] = await Promise.allSettled([failing(inbound(2 * SMALL)), working(inbound(2 * SMALL))])
  expect([first?.status, second?.status]).toEqual(["rejected", "fulfilled"])
})
