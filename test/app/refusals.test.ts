import { expect, test } from "bun:test"
import { createRefusals } from "../../src/app/refusals.ts"
import { fakeClock } from "../kit/clock.ts"

const MINUTE = 60_000

test("the latest refusals are kept, newest first, and no more than a screenful of pages", () => {
  const clock = fakeClock()
  const refusals = createRefusals(clock)
  for (let index = 0; index < 500; index++) {
    clock.pass(1)
    refusals.note("door", "request.too_often")
  }
  refusals.note("didcomm", "envelope.unreadable")
  expect(refusals.latest()).toHaveLength(200)
  expect(refusals.latest()[0]).toEqual({ at: clock.now(), by: "didcomm", code: "envelope.unreadable" })
})

test("an hour's reasons are counted, the commonest first, and what is older is not", () => {
  const clock = fakeClock()
  const refusals = createRefusals(clock)
  refusals.note("door", "mailbox.full")
  clock.pass(30 * MINUTE)
  for (let times = 0; times < 3; times++) refusals.note("door", "request.too_often")
  expect(refusals.lastHour()).toEqual([
    { code: "request.too_often", count: 3 },
    { code: "mailbox.full", count: 1 },
  ])
  clock.pass(30 * MINUTE)
  expect(refusals.lastHour()).toEqual([{ code: "request.too_often", count: 3 }])
  clock.pass(24 * 60 * MINUTE)
  refusals.note("door", "request.busy")
  expect(refusals.lastHour()).toEqual([{ code: "request.busy", count: 1 }])
})

test("a clock that is set back leaves nothing from the future", () => {
  const clock = fakeClock()
  const refusals = createRefusals(clock)
  refusals.note("door", "mailbox.full")
  clock.set(clock.now() - 365 * 24 * 60 * MINUTE)
  refusals.note("door", "request.busy")
  expect(refusals.lastHour()).toEqual([{ code: "request.busy", count: 1 }])
})
