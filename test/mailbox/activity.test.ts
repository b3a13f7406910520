import { expect, test } from "bun:test"
import { createActivity, lastDays } from "../../src/mailbox/activity.ts"
import { createMailboxes } from "../../src/mailbox/mailboxes.ts"
import type { Tally } from "../../src/mailbox/operator-ports.ts"
import { DAY, fakeClock, letter, START, world } from "../contract/world.ts"
import { inMemory } from "../store/places.ts"

/** An activity, and the batches it told. */
function collecting({ fails = 0 } = {}) {
  const clock = fakeClock()
  const told: Tally[][] = []
  let failures = fails
  const tally = async (given: readonly Tally[]) => {
    if (failures-- > 0) throw new Error("the disk is away")
    told.push([...given])
  }
  return { clock, told, activity: createActivity({ tally }, clock) }
}

test("what happens in a day is told in one line, once, and nothing when nothing happened", async () => {
  const { clock, told, activity } = collecting()
  activity.note(1, { received: 0 })
  await activity.flush()
  activity.note(1, { received: 2 })
  activity.note(1, { refused: 1 })
  clock.pass(DAY)
  activity.note(1, { fetched: 1 })
  await activity.flush()
  await activity.flush()
  expect(told).toEqual([
    [
      { mailbox: 1, day: START, received: 2, fetched: 0, refused: 1 },
      { mailbox: 1, day: START + DAY, received: 0, fetched: 1, refused: 0 },
    ],
  ])
})

test("many are told in batches, and what could not be written is told the next time", async () => {
  const { told, activity } = collecting({ fails: 1 })
  for (let mailbox = 0; mailbox < 700; mailbox++) activity.note(mailbox, { received: 1 })
  await expect(activity.flush()).rejects.toThrow("the disk is away")
  activity.note(0, { received: 1 })
  await activity.flush()
  expect(told.map(({ length }) => length)).toEqual([500, 200])
  expect(told[0]?.[0]).toMatchObject({ mailbox: 0, received: 2 })
})

test("the last days end today, and have zeros where nothing is known", () => {
  const known = { day: START - DAY, received: 3, fetched: 2, refused: 1 }
  const zeros = { received: 0, fetched: 0, refused: 0 }
  expect(lastDays([{ ...known, day: START - 9 * DAY }, known], START + 1, 3)).toEqual([
    { day: START - 2 * DAY, ...zeros },
    known,
    { day: START, ...zeros },
  ])
})

test("kept, acknowledged and refused messages are counted for their mailbox, known ones and strangers' not", async () => {
  await using here = await world(await inMemory())
  const { store, clock } = here
  const bob = await here.resident("did:example:bob")
  await here.address(bob.id, "did:example:home")
  const activity = createActivity(store, clock)
  const policy = { quota: { messages: 2, bytes: 1000 }, maxMessageBytes: 20, ttl: DAY, maxAddresses: 9 }
  const mailboxes = createMailboxes(store, { clock, courier: { nudge() {} }, activity, policy: () => policy })
  const put = (text: string, to = "did:example:home") => {
    const { lane, expiresAt: _, ...parcel } = letter({ text })
    return mailboxes.deposit({ lane, to: [to], parcels: [parcel], expiresAt: null })
  }
  const [first] = await put("one")
  await put("one")
  await put("two")
  await Promise.allSettled([put("three"), put("much too large to be kept"), put("four", "did:example:nobody")])
  await mailboxes.acknowledge({ mailbox: bob.id, lane: "didcomm", ids: [first ?? "", "unknown"] })
  await activity.flush()
  expect(await store.activity(bob.did)).toEqual([{ day: START, received: 2, fetched: 1, refused: 2 }])
})
