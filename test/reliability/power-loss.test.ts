import { beforeAll, expect, test } from "bun:test"
import { seed } from "./chance.ts"
import { type Recording, record, replay } from "./power-loss.ts"

const LETTERS = 30
const EVERY = 20

let recording: Recording
beforeAll(async () => {
  recording = await record(LETTERS)
})

test(`wherever the power goes, what was answered is kept, once, and the database starts (seed ${seed})`, async () => {
  const { images, faults } = await replay(recording, { every: EVERY, torn: 1, seed })
  expect(faults).toEqual([])
  expect(images).toBeGreaterThan(3 * LETTERS)
  expect(recording.promises.size).toBeGreaterThan(LETTERS)
  // More than when the database is made: the log was emptied into it on the way.
  expect(
    recording.events.filter((event) => event.kind === "write" && event.file === "restante.db").length,
  ).toBeGreaterThan(10)
}, 180_000)

test("no answer begins before the log that holds the message was synced: without that sync, it would be lost", async () => {
  // The same run on a disk that says "synced" and is not: the replay must notice, or it would notice nothing.
  const events = recording.events.filter(({ kind }) => kind !== "sync ends")
  const { faults } = await replay({ ...recording, events }, { every: 1e9, torn: 0, seed })
  expect(faults.some((fault) => fault.endsWith("is lost"))).toBe(true)
})

test("an answer that came a little too early would be noticed", async () => {
  const { events } = recording
  const sync = (from: number) => events.findLastIndex(({ kind }, at) => at < from && kind === "sync begins")
  const early = events.flatMap((event, at) => (event.kind === "answer" ? [{ event, place: sync(at) - 0.5 }] : []))
  const others = events.flatMap((event, place) => (event.kind === "answer" ? [] : [{ event, place }]))
  const shuffled = [...others, ...early].toSorted((a, b) => a.place - b.place).map(({ event }) => event)
  const { faults } = await replay({ ...recording, events: shuffled }, { every: 1e9, torn: 0, seed })
  expect(faults.some((fault) => fault.endsWith("is lost"))).toBe(true)
})
