import { expect, test } from "bun:test"
import type { Courier } from "../../src/mailbox/courier.ts"
import type { Mailboxes } from "../../src/mailbox/mailboxes.ts"
import { createNotices } from "../../src/mailbox/notices.ts"
import { fakeClock } from "../kit/clock.ts"

const BOB = 7
const MINUTE = 60_000
const HOUR = 60 * MINUTE

/** One owner with a target, whose mailbox holds `waiting`, and how often they were told. */
function world({ isOwed = false, works = () => true }: { isOwed?: boolean; works?: () => boolean } = {}) {
  const clock = fakeClock()
  const here = { waiting: 0, told: [] as number[], errors: 0, isBroken: false }
  const start = clock.now()
  const notices = createNotices({
    policy: () => ({ interval: MINUTE, repeat: 6 * HOUR }),
    clock,
    async isWaiting() {
      if (here.isBroken) throw new Error("the disk")
      return here.waiting > 0
    },
    async tell() {
      here.told.push((clock.now() - start) / MINUTE)
      return works()
    },
    onError: () => here.errors++,
  })
  notices.know([{ mailbox: BOB, isOwed }])
  const pass = async (ms: number) => {
    // Step by step, so that what is awaited between two timers has its turn.
    for (let left = ms; left >= 0; left -= MINUTE / 2) {
      clock.pass(Math.min(left, MINUTE / 2))
      for (let turn = 0; turn < 5; turn++) await Promise.resolve()
      if (left === 0) break
    }
  }
  const arrive = async (mailbox = BOB) => {
    here.waiting++
    notices.deposited(mailbox)
    await pass(0)
  }
  const mailboxes = notices.mailboxes({
    acknowledge: async ({ ids }: { ids: readonly string[] }) => {
      here.waiting -= ids.length
      return ids.length
    },
    peek: async () => (here.waiting > 0 ? [{}] : []),
  } as unknown as Mailboxes)
  const take = async (count = here.waiting) => {
    await mailboxes.acknowledge({ mailbox: BOB, lane: "didcomm", ids: Array.from({ length: count }, String) })
  }
  const look = () => mailboxes.peek({ mailbox: BOB, lane: "didcomm", address: null, after: 0, limit: 1, bytes: 1 })
  const listened: Courier["listen"] = (_, { ended }) => ({ resume() {}, [Symbol.dispose]: () => ended?.() })
  const real: Courier = { listen: listened, nudge() {}, nudgeAll() {} }
  const listen = () => notices.courier(real).listen({ mailbox: BOB, lane: "didcomm", after: 0 }, { push: () => "sent" })
  return { here, notices, clock, pass, arrive, take, look, listen }
}

test("the first message is told at once, and a burst is one notice", async () => {
  const { here, arrive, pass } = world()
  for (let letter = 0; letter < 50; letter++) await arrive()
  expect(here.told).toEqual([0])
  await pass(HOUR)
  expect(here.told).toEqual([0])
})

test("whoever has fetched nothing is told again after the longer time, and only if something came since", async () => {
  const { here, arrive, pass } = world()
  await arrive()
  await pass(24 * HOUR)
  expect(here.told).toEqual([0])
  await arrive()
  await arrive()
  await pass(5 * HOUR)
  expect(here.told).toEqual([0, 24 * 60])
  await arrive()
  await pass(HOUR)
  expect(here.told).toEqual([0, 24 * 60, 30 * 60])
})

test("after fetching, the next message is told when the shorter time has passed, and none is missed", async () => {
  const { here, arrive, take, pass } = world()
  await arrive()
  await take()
  await arrive()
  expect(here.told).toEqual([0])
  await pass(MINUTE)
  expect(here.told).toEqual([0, 1])
})

test("fetching brings a notice forward that would have waited for longer", async () => {
  const { here, arrive, take, pass } = world()
  await arrive()
  await pass(10 * MINUTE)
  await arrive()
  await take(1)
  await pass(0)
  expect(here.told).toEqual([0, 10])
})

test("looking into the mailbox counts as being there, too", async () => {
  const { here, arrive, look, pass } = world()
  await arrive()
  await pass(2 * MINUTE)
  await look()
  await arrive()
  expect(here.told).toEqual([0, 2])
})

test("nobody is told of mail that was fetched before the notice was due", async () => {
  const { here, arrive, take, pass } = world()
  await arrive()
  await take()
  await arrive()
  await take()
  await pass(HOUR)
  expect(here.told).toEqual([0])
  await arrive()
  expect(here.told).toEqual([0, 60])
})

test("nobody is told while a socket is open, but of what got lost with it a while after it has closed", async () => {
  const { here, arrive, listen, pass } = world()
  const round = listen()
  const other = listen()
  await arrive()
  await pass(HOUR)
  round[Symbol.dispose]()
  round[Symbol.dispose]()
  await pass(HOUR)
  expect(here.told).toEqual([])
  other[Symbol.dispose]()
  await pass(0)
  expect(here.told).toEqual([])
  await pass(MINUTE)
  expect(here.told).toEqual([121])
})

test("a socket that is opened again, or mail that was acknowledged, makes that notice unnecessary", async () => {
  const { here, arrive, listen, take, pass } = world()
  const round = listen()
  await arrive()
  round[Symbol.dispose]()
  const again = listen()
  await pass(HOUR)
  await take()
  again[Symbol.dispose]()
  await pass(HOUR)
  expect(here.told).toEqual([])
})

test("a notice that failed does not silence the next one, which keeps its distance", async () => {
  const { here, arrive, pass } = world({ works: () => false })
  await arrive()
  await arrive()
  await pass(30_000)
  expect(here.told).toEqual([0])
  await pass(MINUTE)
  expect(here.told).toEqual([0, 1])
})

test("what was owed before the start is told one interval after it", async () => {
  const { here, pass } = world({ isOwed: true })
  here.waiting = 1
  await pass(MINUTE / 2)
  expect(here.told).toEqual([])
  await pass(MINUTE)
  expect(here.told).toEqual([1])
})

test("whoever has no target costs nothing and is never told; one whose target went is told no more", async () => {
  const { here, arrive, notices, pass } = world()
  await arrive(BOB + 1)
  expect(here.told).toEqual([])
  await arrive()
  await arrive()
  notices.know([])
  await pass(24 * HOUR)
  expect(here.told).toEqual([0])
})

test("setting a target anew does not begin the times anew", async () => {
  const { here, arrive, notices, pass } = world()
  await arrive()
  notices.know([{ mailbox: BOB, isOwed: true }])
  await arrive()
  await pass(HOUR)
  expect(here.told).toEqual([0])
})

test("taking a target away and setting it again does not begin the times anew either", async () => {
  const { here, arrive, notices, pass } = world()
  for (let round = 0; round < 10; round++) {
    await arrive()
    notices.know([])
    notices.know([{ mailbox: BOB, isOwed: false }])
  }
  expect(here.told).toEqual([0])
  await arrive()
  await pass(MINUTE)
  expect(here.told).toEqual([0, 1])
})

test("a store that fails is tried again after an interval", async () => {
  const { here, arrive, pass } = world()
  here.isBroken = true
  await arrive()
  expect(here.errors).toBe(1)
  here.isBroken = false
  await pass(2 * MINUTE)
  expect(here.told).toEqual([1])
})

test("a clock that is set back silences nobody for longer than the times say", async () => {
  const { here, clock, arrive, take, pass } = world()
  await arrive()
  clock.set(clock.now() - 365 * 24 * HOUR)
  await take()
  await arrive()
  await pass(2 * MINUTE)
  expect(here.told.length).toBe(2)
})
