/** A clock that is wrong costs nobody mail: a real mediator, whose clock is moved. */

import { expect, test } from "bun:test"
import { fakeClock } from "../kit/clock.ts"
import { mediator } from "../kit/mediator.ts"
import { createResident } from "../kit/resident.ts"

const MINUTE = 60_000
const HOUR = 60 * MINUTE
const DAY = 24 * HOUR
const NOW = Date.UTC(2026, 5, 1)

async function running(ttl: string) {
  const right = fakeClock(NOW)
  let error = 0
  const clock = { ...right, now: () => right.now() + error }
  /** What the clock is off by, from now on. */
  const err = (by: number) => {
    error = by
  }
  // Rates are measured in time, too: here they would only make everybody wait for a clock that stands still.
  const noLimits = { "limits-per-address": "0", "limits-forwards-per-address": "0", "limits-per-did": "0" }
  const m = await mediator({ "mailbox-ttl": ttl, "log-level": "warn", ...noLimits }, { clock })
  const [bob, alice] = [await m.resident(), createResident()]
  const send = async (text: string) =>
    expect(await m.post(await m.letter(alice, bob.did, text, { created_time: undefined }))).toMatchObject({
      status: 202,
    })
  const inbox = async () => (await m.inbox(bob)).map(({ content }) => content)
  /** Minutes, with time for upkeep in each of them. */
  const minutes = async (count: number) => {
    for (let n = 0; n < count; n++) {
      right.pass(MINUTE)
      await Bun.sleep(5)
    }
  }
  return { err, m, send, inbox, minutes }
}

test("a clock that leaps ten years ahead for a while ends nothing, and mail comes and goes meanwhile", async () => {
  const { err, m, send, inbox, minutes } = await running("7d")
  await using _ = m
  await send("before")
  await minutes(2)
  err(3650 * DAY)
  await minutes(30)
  await send("during")
  expect(await inbox()).toEqual(["before", "during"])
  expect(m.logged.join("")).toContain("clock.doubted")
  err(0)
  await minutes(2)
  expect(await inbox()).toEqual(["before", "during"])
})

test("a leap that stays for an hour was right: what had ended by then is gone", async () => {
  const { err, m, send, inbox, minutes } = await running("7d")
  await using _ = m
  await send("before")
  await minutes(2)
  err(8 * DAY)
  await minutes(58)
  expect(await inbox()).toEqual(["before"])
  await minutes(5)
  expect(await inbox()).toEqual([])
})

test("a clock that starts over in 1970 serves, and what came meanwhile lasts as long as it should", async () => {
  const { err, m, send, inbox, minutes } = await running("3h")
  await using _ = m
  await send("before")
  await minutes(2)
  err(-NOW)
  await minutes(10)
  await send("during")
  expect(await inbox()).toEqual(["before", "during"])
  err(0)
  await minutes(150)
  expect(await inbox()).toEqual(["before", "during"])
  await minutes(60)
  expect(await inbox()).toEqual([])
}, 20_000)
