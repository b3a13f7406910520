import { expect, test } from "bun:test"
import { createPresence } from "../../src/mailbox/presence.ts"
import { fakeClock, START } from "../contract/world.ts"

const MINUTE = 60_000

/** A presence, and the batches it told. */
function collecting({ fails = 0 } = {}) {
  const clock = fakeClock()
  const told: { mailbox: number; at: number; generation: number | null }[][] = []
  let failures = fails
  const seen = async (given: readonly { mailbox: number; at: number; generation: number | null }[]) => {
    if (failures-- > 0) throw new Error("the disk is away")
    told.push([...given])
  }
  return { clock, told, presence: createPresence({ seen }, clock) }
}

test("whoever is seen often is told once in five minutes, and nobody when nobody was", async () => {
  const { clock, told, presence } = collecting()
  await presence.flush()
  for (let n = 0; n < 10; n++) {
    presence.note(1, null)
    if (n === 0) presence.note(2, 1)
    await presence.flush()
    clock.pass(MINUTE)
  }
  expect(told).toEqual([
    [
      { mailbox: 1, at: START, generation: null },
      { mailbox: 2, at: START, generation: 1 },
    ],
    [{ mailbox: 1, at: START + 5 * MINUTE, generation: null }],
  ])
})

test("many are told in batches", async () => {
  const { told, presence } = collecting()
  for (let mailbox = 0; mailbox < 1200; mailbox++) presence.note(mailbox, null)
  await presence.flush()
  expect(told.map(({ length }) => length)).toEqual([500, 500, 200])
})

test("what could not be written is noted again when they come back", async () => {
  const { told, presence } = collecting({ fails: 1 })
  presence.note(1, null)
  await expect(presence.flush()).rejects.toThrow("the disk is away")
  presence.note(1, null)
  await presence.flush()
  expect(told).toEqual([[{ mailbox: 1, at: START, generation: null }]])
})
