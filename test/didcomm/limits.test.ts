import { describe, expect, test } from "bun:test"
import * as v from "valibot"
import { createGate, throughBoth } from "../../src/didcomm/gate.ts"
import { type Arrival, createLimits } from "../../src/didcomm/limits.ts"
import { type Message, on } from "../../src/didcomm/registry.ts"
import { Fault } from "../../src/faults.ts"
import type { Connection } from "../../src/wire.ts"
import { fakeClock } from "../kit/clock.ts"
import { coordination3, mediator, pickup3 } from "../kit/mediator.ts"
import { createResident, encrypted, type Resident } from "../kit/resident.ts"
import { openSocket } from "../kit/socket.ts"

const HOME = "203.0.113.7"
const MEMBER = "did:example:member"
const STRANGER = "did:example:stranger"

const message = (traits: object = {}): Message => on("anyone", v.looseObject({}), async () => null, traits)
const [plain, forward, call] = [message(), message({ byAddress: true }), message({ fetches: true })]
const party = (did: string) => ({ did, kid: `${did}#1` })
const socket: Connection = { id: "1", send: () => "sent", close() {}, onDrain() {}, onClose() {} }

/** Three messages of each sort, and one more a second. */
function limits() {
  const clock = fakeClock()
  const left: string[] = []
  const arrival = (remote = HOME, connection: Connection | null = null): Arrival => ({
    remote,
    connection,
    aside: async (wait) => {
      left.push(remote)
      await wait
    },
  })
  const { admit } = createLimits({
    gates: { known: createGate(1, 1), strangers: createGate(1, 1) },
    perForwarder: () => ({ perSecond: 1, burst: 3 }),
    perDid: () => ({ perSecond: 1, burst: 3 }),
    addresses: { isKnown: () => false, isExempt: (remote) => remote === "local", vouch: () => {} },
    isMember: async (did) => did === MEMBER,
    clock,
  })
  const did = (kind: Message, who: string | null, at: Arrival | null = arrival()) =>
    admit(kind, who === null ? null : party(who), at).then(
      () => "done",
      (thrown) => `${Fault.from(thrown).code} ${Fault.from(thrown).retry}`,
    )
  return { clock, left, arrival, did }
}

const times = async (count: number, act: () => Promise<string>) => {
  const outcomes: string[] = []
  for (let index = 0; index < count; index++) outcomes.push(await act())
  return outcomes
}
const three = ["done", "done", "done"]
const now = (promise: Promise<string>) => Promise.race([promise, Bun.sleep(5).then(() => "waits")])

describe("what a DID may ask for", () => {
  test("a stranger is told when to come back; another DID is another bucket", async () => {
    const { did, clock } = limits()
    expect(await times(5, () => did(plain, STRANGER))).toEqual([...three, ...Array(2).fill("message.too_often 1")])
    expect(await did(plain, "did:example:other")).toBe("done")
    clock.pass(1_000)
    expect(await times(2, () => did(plain, STRANGER))).toEqual(["done", "message.too_often 1"])
  })

  test("a member waits its turn, outside of the gate", async () => {
    const { did, clock, left } = limits()
    await times(3, () => did(plain, MEMBER))
    const late = [did(plain, MEMBER), did(plain, MEMBER)]
    expect(await Promise.all(late.map(now))).toEqual(["waits", "waits"])
    expect(left).toEqual([HOME, HOME])
    clock.pass(1_000)
    expect(await Promise.all(late.map(now))).toEqual(["done", "waits"])
    clock.pass(1_000)
    expect(await Promise.all(late)).toEqual(["done", "done"])
  })

  test("calls for mail count apart from everything else, and wait as well", async () => {
    const { did, clock } = limits()
    await times(3, () => did(plain, MEMBER))
    expect(await times(3, () => did(call, MEMBER))).toEqual(three)
    const late = did(call, MEMBER)
    expect(await now(late)).toBe("waits")
    clock.pass(1_000)
    expect(await late).toBe("done")
  })

  test("however many calls a member has under way, none is refused and none waits longer than a burst takes", async () => {
    const { did, clock } = limits()
    const calls = Array.from({ length: 200 }, () => did(call, MEMBER))
    await Bun.sleep(5)
    clock.pass(3_000)
    expect(await Promise.all(calls)).toEqual(Array(200).fill("done"))
  })

  test("a message inside another cannot wait: it is refused", async () => {
    const { did } = limits()
    expect(await times(4, () => did(plain, MEMBER, null))).toEqual([...three, "message.too_often 1"])
  })

  test("the spellings of one did:peer:4 share a bucket", async () => {
    const long = createResident({ method: "peer4" }).did
    const short = long.slice(0, long.lastIndexOf(":"))
    const { did } = limits()
    await times(3, () => did(plain, long))
    expect(await did(plain, short)).toBe("message.too_often 1")
  })
})

describe("what an address may forward", () => {
  test("forwards count by address, whoever sealed them, and so does what nobody proves to have sent", async () => {
    const { did, arrival } = limits()
    expect([await did(forward, null), await did(forward, MEMBER), await did(plain, null)]).toEqual(three)
    expect(await did(forward, MEMBER)).toBe("message.too_often 1")
    expect(await did(forward, null, arrival("198.51.100.9"))).toBe("done")
    expect(await did(plain, MEMBER)).toBe("done")
  })

  test("on a socket a forward waits: nothing would tell its sender that it was lost", async () => {
    const { did, arrival, clock } = limits()
    await times(3, () => did(forward, null, arrival(HOME, socket)))
    const late = did(forward, null, arrival(HOME, socket))
    expect(await now(late)).toBe("waits")
    clock.pass(1_000)
    expect(await late).toBe("done")
  })

  test("this machine may forward what it likes, but its DIDs are limited as others are", async () => {
    const { did, arrival } = limits()
    expect(await times(9, () => did(forward, null, arrival("local")))).toEqual([...three, ...three, ...three])
    expect(await times(4, () => did(plain, STRANGER, arrival("local")))).toEqual([...three, "message.too_often 1"])
  })
})

describe("through a mediator", () => {
  const few = { "limits-per-did": "4", "limits-burst": "1s" }
  const status = { type: `${pickup3}/status-request`, return_route: "all" }
  type Mediator = Awaited<ReturnType<typeof mediator>>
  const post = async (m: Mediator, who: Resident, draft: { type: string }) =>
    m.post(await who.auth(who.plaintext(draft, m.did), m.did))

  test("a wallet that calls too often is answered late, each time with 200", async () => {
    await using m = await mediator(few)
    const alice = await m.resident()
    const start = performance.now()
    const answers = await Promise.all(Array.from({ length: 8 }, () => post(m, alice, status)))
    expect(answers.map(({ status }) => status)).toEqual(Array(8).fill(200))
    expect(performance.now() - start).toBeGreaterThan(700)
  })

  test("a stranger that asks too often is refused with 429 and nothing else", async () => {
    await using m = await mediator(few, { clock: fakeClock(Date.now()) })
    const stranger = createResident()
    const ping = { type: "https://didcomm.org/trust-ping/2.0/ping", return_route: "all" }
    const answers: { status: number; text: string }[] = []
    for (let index = 0; index < 6; index++) answers.push(await post(m, stranger, ping))
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200, 200, 429, 429])
    expect(answers.at(-1)?.text).toBe("")
  })

  test("forwards beyond the limit of their address are refused with 429, and kept once they are let in", async () => {
    const flags = { "limits-forwards-per-address": "2", "limits-burst": "1s", "trusted-proxies": "127.0.0.1,::1" }
    const clock = fakeClock(Date.now())
    await using m = await mediator(flags, { clock })
    const bob = await m.resident()
    const sender = createResident()
    const send = async (from: string, letter: string) => {
      const headers = { "Content-Type": encrypted, "X-Forwarded-For": from }
      const response = await fetch(m.url, { method: "POST", body: letter, headers })
      return [response.status, response.headers.get("retry-after"), await response.text()]
    }
    const letters = await Promise.all(["one", "two", "three", "four"].map((text) => m.letter(sender, bob.did, text)))
    const [one = "", two = "", three = "", four = ""] = letters
    expect([await send(HOME, one), await send(HOME, two)]).toEqual(Array(2).fill([202, null, ""]))
    expect(await send(HOME, three)).toEqual([429, "1", ""])
    expect(await send("198.51.100.9", four)).toEqual([202, null, ""])
    clock.pass(1_000)
    expect(await send(HOME, three)).toEqual([202, null, ""])
    expect((await m.inbox(bob)).map(({ content }) => content)).toEqual(["one", "two", "four", "three"])
  })

  test("a replayed call is not held against the one who is replayed", async () => {
    await using m = await mediator({ "limits-per-did": "2", "limits-burst": "2s" }, { clock: fakeClock(Date.now()) })
    const alice = await m.resident()
    const caught = await alice.auth(alice.plaintext(status, m.did), m.did)
    for (let times = 0; times < 20; times++) await m.post(caught)
    expect((await post(m, alice, status)).status).toBe(200)
  })

  test("on a socket the answers come late, in order, and all of them", async () => {
    await using m = await mediator(few)
    const alice = await m.resident()
    await using line = await openSocket(m)
    const start = performance.now()
    const drafts = Array.from({ length: 8 }, (_, index) => ({ ...status, id: `call-${index}` }))
    for (const draft of drafts) await line.say(alice, draft)
    const threads: unknown[] = []
    for (const _ of drafts) threads.push((await alice.open(await line.next())).thid)
    expect(threads).toEqual(drafts.map(({ id }) => id))
    expect(performance.now() - start).toBeGreaterThan(700)
  })

  test("a member that keeps asking for a mailbox is slowed down, too", async () => {
    await using m = await mediator(few)
    const alice = await m.resident()
    const asked = Array.from({ length: 6 }, () => m.ask(alice, { type: `${coordination3}/mediate-request` }))
    const answers = await Promise.all(asked)
    expect(answers.map(({ type }) => type)).toEqual(Array(6).fill(`${coordination3}/mediate-grant`))
  })
})

describe("the gate in front of the gate", () => {
  test("strangers take no more than their share of places, and leave both while they wait", async () => {
    const inner = createGate(2, 10)
    const strangers = throughBoth(createGate(1, 10), inner)
    const { promise: wait, resolve: go } = Promise.withResolvers<void>()
    const order: string[] = []
    const first = strangers.enter(async (aside) => {
      order.push("first")
      await aside(wait)
      order.push("first again")
    })
    const second = strangers.enter(async () => void order.push("second"))
    await second
    const members = Array.from({ length: 2 }, (_, index) => inner.enter(async () => void order.push(`member ${index}`)))
    await Promise.all(members)
    go()
    await first
    expect(order).toEqual(["first", "second", "member 0", "member 1", "first again"])
  })

  test("a wait that fails takes its place again before it gives it up", async () => {
    const gate = createGate(1, 0)
    const failing = gate.enter((aside) => aside(Promise.reject(new Error("no"))))
    expect(failing).rejects.toThrow("no")
    await Bun.sleep(0)
    expect(await gate.enter(async () => "free")).toBe("free")
    const both = [gate.enter(() => Bun.sleep(1)), gate.enter(() => Bun.sleep(1)).catch(() => "busy")]
    expect((await Promise.all(both))[1]).toBe("busy")
  })
})
