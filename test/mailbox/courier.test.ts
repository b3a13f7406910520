import { describe, expect, test } from "bun:test"
import fc from "fast-check"
import { createCourier, type Outcome, type Round } from "../../src/mailbox/courier.ts"
import type { Kept, Message } from "../../src/mailbox/model.ts"
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
  /** One message, and what the store says of it once it is kept. */
  const keep = (given: Partial<Message> = {}): Kept => {
    const after = mail.findLast(({ mailbox }) => mailbox === MAILBOX)?.seq ?? 0
    mail.push({ ...message(++seq, MAILBOX), ...given })
    return { ...message(seq, MAILBOX), ...given, after }
  }
  const take = (seq: number) => {
    const at = mail.findIndex((one) => one.seq === seq)
    return at !== -1 && mail.splice(at, 1).length === 1
  }
  return { ...courier, put, keep, take, mail, errors, pass: clock.pass, latest: () => seq, readings: () => readings }
}

/** A listener that notes what it is brought, and answers as `outcomes` say; `sent` when they are used up. */
function listener(outcomes: (Outcome | Error)[] = []) {
  const heard: number[] = []
  const push = async ({ seq }: Message): Promise<Outcome> => {
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
      push: ({ seq }) => {
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

describe("what was just kept", () => {
  /** A room where Bob waits for mail and has seen what there was. */
  async function waiting(outcomes?: (Outcome | Error)[]) {
    const room = mailRoom()
    room.put(3)
    const bob = listener(outcomes)
    const round = room.listen(ALL, bob)
    await settle()
    const before = room.readings()
    return { room, bob, round, readings: () => room.readings() - before }
  }

  test("is brought without a reading as long as it is known to be the next", async () => {
    const { room, bob, readings } = await waiting()
    for (const _ of upTo(3)) {
      room.nudge(MAILBOX, [room.keep()])
      await settle()
    }
    room.put(2, 2)
    room.nudge(MAILBOX, [room.keep()])
    await settle()
    expect(bob.heard).toEqual([...upTo(6), 9])
    expect(readings()).toBe(0)
  })

  test("is brought before the nudge is over to whoever takes it at once, one after the other", async () => {
    const room = mailRoom()
    const heard: number[] = []
    const push = ({ seq }: Message): Outcome => {
      heard.push(seq)
      return "sent"
    }
    room.listen(ALL, { push })
    await settle()
    const before = room.readings()
    for (const _ of upTo(5)) room.nudge(MAILBOX, [room.keep()])
    expect(heard).toEqual(upTo(5))
    expect(room.readings()).toBe(before)
  })

  test("is brought after what another process kept before it", async () => {
    const { room, bob } = await waiting()
    room.put(2)
    room.nudge(MAILBOX, [room.keep()])
    await settle()
    expect(bob.heard).toEqual(upTo(6))
  })

  test("is brought in order and once, in whatever order it is told of, how often and how many together", async () => {
    const { room, bob } = await waiting()
    const kept = upTo(5).map(() => room.keep())
    for (const one of kept.toReversed()) room.nudge(MAILBOX, [one])
    room.nudge(MAILBOX, kept)
    await settle()
    for (const one of kept) room.nudge(MAILBOX, [one])
    await settle()
    expect(bob.heard).toEqual(upTo(8))
    room.nudge(
      MAILBOX,
      upTo(2).map(() => room.keep()),
    )
    await settle()
    expect(bob.heard).toEqual(upTo(10))
  })

  test("waits for a listener that is slow, and behind what was read meanwhile", async () => {
    const { room, bob, round } = await waiting(["sent", "sent", "buffered"])
    room.nudge(MAILBOX, [room.keep()])
    room.nudge(MAILBOX, [room.keep()])
    await settle()
    expect(bob.heard).toEqual(upTo(3))
    round.resume()
    room.nudge(MAILBOX, [room.keep()])
    await settle()
    expect(bob.heard).toEqual(upTo(6))
  })

  test("is not brought when it has expired, or is of another lane", async () => {
    const { room, bob } = await waiting()
    for (const given of [{ expiresAt: 0 }, { lane: "decentrl" as const }]) {
      const kept = room.keep(given)
      // As the store would not tell of it.
      room.take(kept.seq)
      room.nudge(MAILBOX, [kept])
      await settle()
    }
    room.nudge(MAILBOX, [room.keep()])
    await settle()
    expect(bob.heard).toEqual([...upTo(3), 6])
  })

  test("is not brought to whoever wants no more than what came before", async () => {
    let isBroken = true
    const room = mailRoom(async () => {
      if (isBroken) throw new Error("the disk is gone")
    })
    const bob = listener()
    room.listen({ ...ALL, until: 0 }, bob)
    await settle()
    isBroken = false
    room.nudge(MAILBOX, [room.keep()])
    await settle()
    expect(bob.heard).toEqual([])
  })

  test("closes and slows down a listener as what is read does", async () => {
    const { room, bob, round } = await waiting(["sent", "sent", "sent", "buffered", "closed"])
    for (const _ of upTo(2)) room.nudge(MAILBOX, [room.keep()])
    await settle()
    expect(bob.heard).toEqual(upTo(4))
    round.resume()
    await settle()
    room.nudge(MAILBOX, [room.keep()])
    await settle()
    expect(bob.heard).toEqual(upTo(4))
  })

  test("fails nobody but the listener that cannot take it, which gets it a second later", async () => {
    const room = mailRoom()
    const heard: number[] = []
    let isBroken = true
    const push = ({ seq }: Message): Outcome => {
      if (isBroken) throw new Error("no more paper")
      heard.push(seq)
      return "sent"
    }
    room.listen(ALL, { push })
    await settle()
    room.nudge(MAILBOX, [room.keep()])
    expect(room.errors.map(String)).toEqual(["Error: no more paper"])
    isBroken = false
    room.pass(1_000)
    await settle()
    expect(heard).toEqual([1])
  })
})

test("whoever ends is told so once: closed, served, or gone", async () => {
  const room = mailRoom()
  const ended: string[] = []
  const as = (name: string, outcomes?: Outcome[]) => ({ ...listener(outcomes), ended: () => void ended.push(name) })
  room.put(2)
  const gone = room.listen(ALL, as("gone"))
  room.listen({ ...ALL, until: 1 }, as("served"))
  room.listen(ALL, as("closed", ["closed"]))
  await settle()
  for (const _ of upTo(2)) gone[Symbol.dispose]()
  room.nudge(MAILBOX, [room.keep()])
  await settle()
  expect(ended.toSorted()).toEqual(["closed", "gone", "served"])
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
  { weight: 6, arbitrary: fc.record({ what: fc.constant("keep" as const), isLost: fc.boolean() }) },
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
      isPrompt: fc.boolean(),
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
        else if (one.what === "keep") {
          const kept = room.keep()
          // Told whenever it may be, before or after others that were kept later.
          if (!one.isLost) void s.schedule(Promise.resolve()).then(() => room.nudge(MAILBOX, [kept]))
        } else if (one.what === "nudge") room.nudge(MAILBOX)
        else if (one.what === "resume") listeners[one.who]?.round.resume()
        else if (one.what === "take") {
          if (room.take(one.seq)) taken.add(one.seq)
        } else {
          const { after, slow } = one
          // Whoever wants mail up to a message wants what is there already.
          const until = one.until === undefined ? Number.POSITIVE_INFINITY : Math.min(one.until, room.latest())
          const heard: number[] = []
          const take = ({ seq }: Message): Outcome => {
            heard.push(seq)
            return slow.shift() ? "buffered" : "sent"
          }
          const push = (message: Message) =>
            one.isPrompt ? take(message) : s.schedule(Promise.resolve()).then(() => take(message))
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
