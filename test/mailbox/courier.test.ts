import { describe, expect, test } from "bun:test"
import fc from "fast-check"
import { createCourier, type Listener, type Round } from "../../src/mailbox/courier.ts"
import type { Message } from "../../src/mailbox/model.ts"
import { fakeClock } from "../kit/clock.ts"
import { seeded } from "../kit/seed.ts"

const MAILBOX = 1
const ALL = { mailbox: MAILBOX, lane: "didcomm", after: 0 } as const

const message = (seq: number, mailbox: number): Message => ({
  ...{ id: String(seq), seq, mailbox, address: "did:example:bob", lane: "didcomm", kind: "forward" },
  ...{ content: "{}", sender: null, size: 2, createdAt: 0, expiresAt: Number.MAX_SAFE_INTEGER },
})

/** Mail that is read as a store reads it; `before` is awaited ahead of every reading. */
function mailRoom(before: () => Promise<void> = async () => {}) {
  const mail: Message[] = []
  const errors: unknown[] = []
  let seq = 0
  let readings = 0
  const peek = async (query: { mailbox: number; after: number; limit: number }) => {
    readings++
    await before()
    return mail.filter(({ mailbox, seq }) => mailbox === query.mailbox && seq > query.after).slice(0, query.limit)
  }
  const clock = fakeClock()
  const courier = createCourier({ peek }, { clock, onError: (error) => errors.push(error) })
  const put = (count = 1, mailbox = MAILBOX) => {
    for (let index = 0; index < count; index++) mail.push(message(++seq, mailbox))
    return seq
  }
  const take = (seq: number) => {
    const at = mail.findIndex((one) => one.seq === seq)
    return at !== -1 && mail.splice(at, 1).length === 1
  }
  return { ...courier, put, take, mail, errors, pass: clock.pass, latest: () => seq, readings: () => readings }
}

type Outcome = Awaited<ReturnType<Listener["push"]>>

/** A listener that notes what it is brought, and answers as `outcomes` say; `sent` when they are used up. */
function listener(outcomes: (Outcome | Error)[] = []) {
  const heard: number[] = []
  const push = async ({ seq }: Message) => {
    const outcome = outcomes.shift() ?? "sent"
    if (outcome instanceof Error) throw outcome
    if (outcome !== "closed") heard.push(seq)
    return outcome
  }
  return { heard, push }
}
const settle = () => Bun.sleep(0)
const upTo = (count: number) => Array.from({ length: count }, (_, index) => index + 1)

describe("a listener", () => {
  test("is brought what waits, page after page, and what comes later", async () => {
    const room = mailRoom()
    const bob = listener()
    room.put(50)
    room.listen(ALL, bob)
    await settle()
    expect(bob.heard).toEqual(upTo(50))
    room.put(3)
    room.nudge(MAILBOX)
    await settle()
    expect(bob.heard).toEqual(upTo(53))
  })

  test("that starts after a message is brought only later ones, and nothing of another mailbox", async () => {
    const room = mailRoom()
    const bob = listener()
    room.put(5)
    room.listen({ ...ALL, after: 3 }, bob)
    room.put(2, 2)
    room.put(1)
    room.nudge(2)
    room.nudgeAll()
    await settle()
    expect(bob.heard).toEqual([4, 5, 8])
  })

  test("that wants mail up to a message ends there, and reads no more", async () => {
    const room = mailRoom()
    const bob = listener()
    room.put(20)
    room.listen({ ...ALL, until: 18 }, bob)
    await settle()
    expect(bob.heard).toEqual(upTo(18))
    const before = room.readings()
    room.put()
    room.nudge(MAILBOX)
    await settle()
    expect(room.readings()).toBe(before)
    expect(bob.heard).toEqual(upTo(18))
  })

  test("that wants mail up to a message that is gone ends all the same", async () => {
    const room = mailRoom()
    const bob = listener()
    room.put(3)
    room.take(3)
    room.listen({ ...ALL, until: 3 }, bob)
    await settle()
    const before = room.readings()
    room.put()
    room.nudge(MAILBOX)
    await settle()
    expect(bob.heard).toEqual([1, 2])
    expect(room.readings()).toBe(before)
  })

  test("misses no nudge, at whatever moment of a reading it comes", async () => {
    for (let moment = 0; moment < 20; moment++) {
      const room = mailRoom()
      const bob = listener()
      room.put()
      room.listen(ALL, bob)
      for (let turn = 0; turn < moment; turn++) await null
      room.put()
      room.nudge(MAILBOX)
      await settle()
      expect({ moment, heard: bob.heard }).toEqual({ moment, heard: [1, 2] })
    }
  })

  test("that is slow is left alone until it says so, whoever nudges, and misses nothing", async () => {
    const room = mailRoom()
    const bob = listener(["sent", "buffered", "buffered"])
    room.put(3)
    const round = room.listen(ALL, bob)
    await settle()
    expect(bob.heard).toEqual([1, 2])
    const before = room.readings()
    room.put(2)
    for (let time = 0; time < 10; time++) room.nudge(MAILBOX)
    await settle()
    expect(bob.heard).toEqual([1, 2])
    expect(room.readings()).toBe(before)
    round.resume()
    await settle()
    expect(bob.heard).toEqual([1, 2, 3])
    round.resume()
    round.resume()
    await settle()
    expect(bob.heard).toEqual(upTo(5))
  })

  test("that is closed is forgotten, and was not brought what closed it", async () => {
    const room = mailRoom()
    const bob = listener(["sent", "closed"])
    room.put(3)
    const round = room.listen(ALL, bob)
    await settle()
    const before = room.readings()
    room.nudge(MAILBOX)
    round.resume()
    await settle()
    expect(bob.heard).toEqual([1])
    expect(room.readings()).toBe(before)
  })

  test("that leaves is brought nothing more, even in the middle of a page", async () => {
    const room = mailRoom()
    const heard: number[] = []
    room.put(10)
    const round: Round = room.listen(ALL, {
      push: async ({ seq }) => {
        heard.push(seq)
        if (seq === 4) round[Symbol.dispose]()
        return "sent"
      },
    })
    await settle()
    room.nudge(MAILBOX)
    await settle()
    expect(heard).toEqual(upTo(4))
  })

  test("that fails is tried again from there at the next nudge, and the failure is told", async () => {
    const room = mailRoom()
    const bob = listener(["sent", new Error("no more paper")])
    room.put(3)
    room.listen(ALL, bob)
    await settle()
    expect(bob.heard).toEqual([1])
    expect(room.errors.map(String)).toEqual(["Error: no more paper"])
    room.nudge(MAILBOX)
    await settle()
    expect(bob.heard).toEqual([1, 2, 3])
  })

  test("is not the worse for others that are slow, fail, or leave", async () => {
    const room = mailRoom()
    const [slow, broken, gone, good] = [
      listener(["buffered"]),
      listener(Array(20).fill(new Error("broken"))),
      listener(["closed"]),
      listener(),
    ]
    for (const one of [slow, broken, gone, good]) room.listen(ALL, one)
    for (const _ of upTo(5)) {
      room.put()
      room.nudge(MAILBOX)
      await settle()
    }
    expect(good.heard).toEqual(upTo(5))
    expect([slow.heard, broken.heard, gone.heard]).toEqual([[1], [], []])
  })
})

test("a reading that fails is told, and the next nudge reads again", async () => {
  let isBroken = true
  const room = mailRoom(async () => {
    if (isBroken) throw new Error("the disk is gone")
  })
  const bob = listener()
  room.put(2)
  room.listen(ALL, bob)
  await settle()
  expect([bob.heard, room.errors.map(String)]).toEqual([[], ["Error: the disk is gone"]])
  isBroken = false
  room.nudgeAll()
  await settle()
  expect(bob.heard).toEqual([1, 2])
})

test("a reading that fails is tried again a second later, nudge or none", async () => {
  let isBroken = true
  const room = mailRoom(async () => {
    if (isBroken) throw new Error("the disk is gone")
  })
  const bob = listener()
  room.put(2)
  room.listen(ALL, bob)
  await settle()
  isBroken = false
  room.pass(999)
  await settle()
  expect(bob.heard).toEqual([])
  room.pass(1)
  await settle()
  expect(bob.heard).toEqual([1, 2])
})

/** What may happen, in any order, while readings and pushes are under way. */
const happening = fc.oneof(
  { weight: 4, arbitrary: fc.record({ what: fc.constant("put" as const), count: fc.integer({ min: 1, max: 20 }) }) },
  { weight: 3, arbitrary: fc.record({ what: fc.constant("nudge" as const) }) },
  { weight: 2, arbitrary: fc.record({ what: fc.constant("resume" as const), who: fc.nat(4) }) },
  { weight: 2, arbitrary: fc.record({ what: fc.constant("take" as const), seq: fc.integer({ min: 1, max: 40 }) }) },
  {
    weight: 2,
    arbitrary: fc.record({
      what: fc.constant("listen" as const),
      after: fc.nat(20),
      until: fc.option(fc.nat(40), { nil: undefined }),
      slow: fc.array(fc.boolean(), { maxLength: 30 }),
    }),
  },
)

test("whatever happens meanwhile, each listener is brought each message once and in order", async () => {
  await fc.assert(
    fc.asyncProperty(fc.scheduler(), fc.array(happening, { minLength: 1, maxLength: 40 }), async (s, happenings) => {
      const room = mailRoom(() => s.schedule(Promise.resolve()))
      const taken = new Set<number>()
      const listeners: { heard: number[]; after: number; until: number; round: Round }[] = []
      const happen = async (one: (typeof happenings)[number]) => {
        if (one.what === "put") room.put(one.count)
        else if (one.what === "nudge") room.nudge(MAILBOX)
        else if (one.what === "resume") listeners[one.who]?.round.resume()
        else if (one.what === "take") {
          if (room.take(one.seq)) taken.add(one.seq)
        } else {
          const { after, slow } = one
          // Whoever wants mail up to a message wants what is there already.
          const until = one.until === undefined ? Number.POSITIVE_INFINITY : Math.min(one.until, room.latest())
          const heard: number[] = []
          const push = async ({ seq }: Message): Promise<Outcome> => {
            await s.schedule(Promise.resolve())
            heard.push(seq)
            return slow.shift() ? "buffered" : "sent"
          }
          const wanted = until === Number.POSITIVE_INFINITY ? { ...ALL, after } : { ...ALL, after, until }
          listeners.push({ heard, after, until, round: room.listen(wanted, { push }) })
        }
      }
      s.scheduleSequence(happenings.map((one) => async () => happen(one)))
      await s.waitIdle()
      // Sockets drain in the end, and the last nudge arrives.
      for (let time = 0; time < 40; time++) {
        for (const { round } of listeners) round.resume()
        room.nudge(MAILBOX)
        await s.waitIdle()
      }
      expect(room.errors).toEqual([])
      for (const { heard, after, until } of listeners) {
        expect(heard).toEqual([...new Set(heard)].toSorted((a, b) => a - b))
        for (const seq of heard) expect(seq > after && seq <= until).toBe(true)
        const due = room.mail.map(({ seq }) => seq).filter((seq) => seq > after && seq <= until)
        expect(heard.filter((seq) => !taken.has(seq))).toEqual(due)
      }
    }),
    { numRuns: 300, ...seeded },
  )
}, 20_000)
