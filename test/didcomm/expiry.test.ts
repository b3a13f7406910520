import { afterAll, beforeAll, beforeEach, describe, expect, test } from "bun:test"
import { toSeconds } from "../../src/base/clock.ts"
import { fakeClock } from "../kit/clock.ts"
import { coordination3, type Mediator, mediator, pickup3, pickup4 } from "../kit/mediator.ts"
import { createResident, type Resident } from "../kit/resident.ts"

const DAY = 24 * 3_600_000
const clock = fakeClock(Date.now())
const seconds = () => toSeconds(clock.now())
const alice = createResident()
let m: Mediator
let bob: Resident

beforeAll(async () => {
  m = await mediator({}, { clock })
})
beforeEach(async () => {
  bob = await m.resident()
})
afterAll(async () => {
  await m?.[Symbol.asyncDispose]()
})

const accepted = { status: 202, text: "" }
const contents = async () => (await m.inbox(bob)).map(({ content }) => content)

describe("a forward", () => {
  test.each([
    ["had expired more than a minute before it came", () => ({ expires_time: seconds() - 61 })],
    ["expires before it was made", () => ({ created_time: seconds() + 30, expires_time: seconds() + 10 })],
    ["expires the moment it was made", () => ({ created_time: seconds(), expires_time: seconds() })],
    ["expired at the beginning of time", () => ({ expires_time: 0 })],
  ])("that %s is dropped without a word", async (_, times) => {
    expect(await m.post(await m.letter(alice, bob.did, "late", times()))).toMatchObject(accepted)
    expect(await contents()).toEqual([])
    // Not even to somebody who is not here.
    expect(await m.post(await m.letter(alice, createResident().did, "late", times()))).toMatchObject(accepted)
  })

  test("that expired less than a minute ago is given the benefit of the clocks, and then vanishes", async () => {
    const times = { created_time: seconds() - 100, expires_time: seconds() + 1 }
    expect(await m.post(await m.letter(alice, bob.did, "in time", times))).toMatchObject(accepted)
    expect(await contents()).toEqual(["in time"])
  })

  test("is kept until it expires, and neither counted nor handed out after that", async () => {
    const soon = { created_time: seconds(), expires_time: seconds() + 3600 }
    await m.post(await m.letter(alice, bob.did, "for an hour", soon))
    await m.post(await m.letter(alice, bob.did, "for longer"))
    clock.pass(3_599_000)
    expect(await contents()).toEqual(["for an hour", "for longer"])
    clock.pass(2_000)
    expect(await contents()).toEqual(["for longer"])
    const status = await m.ask(bob, { type: `${pickup3}/status-request` })
    expect(status.body).toMatchObject({ message_count: 1 })
  })

  test("is never kept longer than the mediator keeps mail", async () => {
    const late = { expires_time: 4_102_444_800 }
    await m.post(await m.letter(alice, bob.did, "for ever", late))
    clock.pass(7 * DAY - 1_000)
    expect(await contents()).toEqual(["for ever"])
    clock.pass(2_000)
    expect(await contents()).toEqual([])
    // A week of everything that happens every few seconds.
  }, 60_000)

  test.each([
    ["a fraction", 1.5],
    ["milliseconds that overflow", 8_640_000_000_001],
    ["a negative number", -1],
    ["a text", "4102444800"],
    ["null", null],
  ])("whose expires_time is %s is refused", async (_, expires_time) => {
    expect(await m.post(await m.letter(alice, bob.did, "odd", { expires_time }))).toMatchObject({ status: 400 })
    expect(await contents()).toEqual([])
  })
})

describe("a request that had expired", () => {
  const expired = () => ({ created_time: seconds() - 200, expires_time: seconds() - 100 })

  test.each([
    [`${coordination3}/mediate-request`, {}],
    [`${coordination3}/recipient-update`, { updates: [{ recipient_did: createResident().did, action: "add" }] }],
    [`${pickup3}/status-request`, {}],
    [`${pickup3}/messages-received`, { message_id_list: [] }],
    ["https://didcomm.org/trust-ping/2.0/ping", {}],
  ])("is not carried out, and its sender is told: %s", async (type, body) => {
    const before = await m.ask(bob, { type: `${coordination3}/recipient-query` })
    const report = await m.ask(bob, { type, body, ...expired() })
    expect(report.type).toBe("https://didcomm.org/report-problem/2.0/problem-report")
    expect(report.body.code).toBe("e.m.req.time")
    expect((await m.ask(bob, { type: `${coordination3}/recipient-query` })).body).toEqual(before.body)
  })

  test("is reported in pickup 4.0's own words there", async () => {
    const report = await m.ask(bob, { type: `${pickup4}/status-request`, ...expired() })
    expect(report.type).toBe(`${pickup4}/problem-report`)
    expect(report.body.code).toBe("e.m.req.time")
  })

  test("is refused by a bare status when nobody is proven", async () => {
    const ping = { type: "https://didcomm.org/trust-ping/2.0/ping", return_route: "all", ...expired() }
    expect(await m.post(await alice.anon(alice.plaintext(ping, m.did), m.did))).toMatchObject({ status: 400, text: "" })
  })
})
