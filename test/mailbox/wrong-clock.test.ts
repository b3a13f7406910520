/** A clock that is wrong costs nobody mail: a real mediator, whose clock is moved. */

import { expect, test } from "bun:test"
import { fakeClock } from "../kit/clock.ts"
import { mediator } from "../kit/mediator.ts"
import { createResident } from "../kit/resident.ts"

const MINUTE = 60_000
const HOUR = 60 * MINUTE
const DAY = 24 * HOUR
const NOW = Date.UTC(2026, 5, 1)

async function running() {
  const clock = fakeClock(NOW)
  const m = await mediator({ "mailbox-ttl": "7d", "log-level": "warn" }, { clock })
  const [bob, alice] = [await m.resident(), createResident()]
  const send = async (text: string) =>
    expect(await m.post(await m.letter(alice, bob.did, text, { created_time: undefined }))).toMatchObject({
      status: 202,
    })
  const inbox = async () => (await m.inbox(bob)).map(({ content }) => content)
  /** Minutes, with time for upkeep in each of them. */
  const minutes = async (count: number) => {
    for (let n = 0; n < count; n++) {
      clock.pass(MINUTE)
      await Bun.sleep(5)
    }
  }
  return { clock, m, send, inbox, minutes }
}

test("a clock that leaps ten years ahead for a while ends nothing, and mail comes and goes meanwhile", async () => {
  const { clock, m, send, inbox, minutes } = await running()
  await using _ = m
  await send("before")
  await minutes(2)
  clock.set(NOW + 3650 * DAY)
  await minutes(30)
  await send("during")
  expect(await inbox()).toEqual(["before", "during"])
  expect(m.logged.join("")).toContain("clock.doubted")
  clock.set(NOW + HOUR)
  await minutes(2)
  expect(await inbox()).toEqual(["before", "during"])
})

test("a leap that stays for an hour was right: what had ended by then is gone", async () => {
  const { clock, m, send, inbox, minutes } = await running()
  await using _ = m
  await send("before")
  await minutes(2)
  clock.set(NOW + 8 * DAY)
  await minutes(58)
  expect(await inbox()).toEqual(["before"])
  await minutes(5)
  expect(await inbox()).toEqual([])
})

test("a clock that starts over in 1970 serves, and what came meanwhile lasts as long as it should", async () => {
  const { clock, m, send, inbox, minutes } = await running()
  await using _ = m
  await send("before")
  await minutes(2)
  clock.set(1000)
  await minutes(10)
  await send("during")
  expect(await inbox()).toEqual(["before", "during"])
  clock.set(NOW + DAY)
  await minutes(2)
  expect(await inbox()).toEqual(["before", "during"])
  clock.pass(5 * DAY)
  expect(await inbox()).toEqual(["before", "during"])
  clock.pass(2 * DAY)
  expect(await inbox()).toEqual([])
}, 20_000)
