import { describe, expect, test } from "bun:test"
import { toUtf8 } from "../../src/base/bytes.ts"
import type { Clock } from "../../src/base/clock.ts"
import { createLog } from "../../src/base/log.ts"
import { systemRandom } from "../../src/base/random.ts"
import { createReplayGuard } from "../../src/didcomm/replay.ts"
import { openStore } from "../../src/store/store.ts"
import { refusal } from "../crypto/refusal.ts"
import { fakeClock } from "../kit/clock.ts"
import { coordination3, mediator } from "../kit/mediator.ts"
import { createResident, type Resident } from "../kit/resident.ts"

const DAY = 24 * 3_600_000

const openLedger = (clock: Clock) => {
  const log = createLog({ level: "error", format: "text", clock, write: () => {} })
  return openStore("sqlite::memory:", { dataDir: "/", clock, random: systemRandom, log, writer: "in-place" })
}

describe.each([
  ["what changes something", true],
  ["what only reads", false],
])("%s", (_, durably) => {
  const bytes = toUtf8("an envelope")
  const succeed = async () => "done" as const
  const fail = async () => {
    throw new Error("the disk is full")
  }

  test("is done once", async () => {
    const clock = fakeClock()
    await using ledger = await openLedger(clock)
    const { once } = createReplayGuard({ ledger, clock })
    expect(await once(bytes, durably, succeed)).toBe("done")
    expect(await refusal(() => once(bytes, durably, succeed))).toBe("envelope.replayed")
    expect(await once(toUtf8("another envelope"), durably, succeed)).toBe("done")
  })

  test("may be tried again as long as it fails, and not once it succeeded", async () => {
    const clock = fakeClock()
    await using ledger = await openLedger(clock)
    const { once } = createReplayGuard({ ledger, clock })
    for (const _ of [1, 2, 3]) expect(once(bytes, durably, fail)).rejects.toThrow("the disk is full")
    await Bun.sleep(0)
    expect(await once(bytes, durably, succeed)).toBe("done")
    expect(await refusal(() => once(bytes, durably, succeed))).toBe("envelope.replayed")
  })
})

test("what changes something stays done for seven days over restarts; what only reads may be read again", async () => {
  const clock = fakeClock()
  await using ledger = await openLedger(clock)
  const [before, after] = [createReplayGuard({ ledger, clock }), createReplayGuard({ ledger, clock })]
  const [change, reading] = [toUtf8("a change"), toUtf8("a reading")]
  await before.once(change, true, async () => {})
  await before.once(reading, false, async () => {})
  await after.once(reading, false, async () => {})
  clock.pass(7 * DAY - 1)
  expect(await refusal(() => after.once(change, true, async () => {}))).toBe("envelope.replayed")
})

test("of the same change twice at the same time, one happens", async () => {
  const clock = fakeClock()
  await using ledger = await openLedger(clock)
  const { once } = createReplayGuard({ ledger, clock })
  let acts = 0
  const act = async () => void acts++
  const outcomes = await Promise.all([1, 2, 3].map(() => refusal(() => once(toUtf8("a change"), true, act))))
  expect(outcomes.toSorted()).toEqual(["accepted", "envelope.replayed", "envelope.replayed"])
  expect(acts).toBe(1)
})

describe("a captured request", () => {
  /** Makes the request, undoes it, and says whether a thief's version of the same envelope does it again. */
  async function isDoneAgain(
    seal: (message: object, who: Resident, did: string) => Promise<string>,
    thief: (wire: string, did: string) => Promise<string>,
  ) {
    await using m = await mediator()
    const [bob, other] = [await m.resident(), createResident().did]
    const updateTo = (action: string) => ({
      type: `${coordination3}/recipient-update`,
      body: { updates: [{ recipient_did: other, action }] },
      return_route: "all",
    })
    const wire = await seal(bob.plaintext(updateTo("add"), m.did), bob, m.did)
    const add = await bob.open((await m.post(wire)).text)
    expect(add.body).toMatchObject({ updated: [{ result: "success" }] })
    await m.ask(bob, updateTo("remove"))
    await m.post(await thief(wire, m.did))
    const list = await m.ask(bob, { type: `${coordination3}/recipient-query` })
    return JSON.stringify(list.body).includes(other)
  }

  const seals = {
    authcrypt: (message: object, who: Resident, did: string) => who.auth(message, did),
    signature: (message: object, who: Resident) => who.sign(message),
  }
  const thieves: Readonly<Record<string, (wire: string, did: string) => Promise<string>>> = {
    "as it was": async (wire) => wire,
    "printed otherwise": async (wire) => JSON.stringify(JSON.parse(wire), null, 1),
    "with a member more": async (wire) => JSON.stringify({ ...JSON.parse(wire), more: 1 }),
    "with its members in another order": async (wire) =>
      JSON.stringify(Object.fromEntries(Object.entries(JSON.parse(wire)).toReversed())),
    "sealed once more": (wire, did) => createResident().anon(wire, did),
  }
  const rows = Object.entries(seals).flatMap(([how, seal]) =>
    Object.entries(thieves).map(([change, thief]) => [how, change, seal, thief] as const),
  )
  test.each(rows)("under %s is not done again %s", async (_, __, seal, thief) => {
    expect(await isDoneAgain(seal, thief)).toBe(false)
  })
})

test("a request that failed is done when the same envelope comes again", async () => {
  await using m = await mediator()
  const [bob, other] = [createResident(), createResident().did]
  const body = { updates: [{ recipient_did: other, action: "add" }] }
  const type = `${coordination3}/recipient-update`
  const wire = await bob.auth(bob.plaintext({ type, body, return_route: "all" }, m.did), m.did)
  expect((await bob.open((await m.post(wire)).text)).body.code).toBe("e.p.req.not_enroll")
  await m.ask(bob, { type: `${coordination3}/mediate-request` })
  expect((await bob.open((await m.post(wire)).text)).type).toBe(`${type}-response`)
  expect((await bob.open((await m.post(wire)).text)).body.code).toBe("e.p.crypto.message.dejavu")
})
