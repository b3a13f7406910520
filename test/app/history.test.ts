import { expect, test } from "bun:test"
import { existsSync, mkdtempSync, readFileSync, statSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { openHistory } from "../../src/app/history.ts"
import { createPulse } from "../../src/app/pulse.ts"
import type { Log } from "../../src/base/log.ts"
import type { FaultCode } from "../../src/faults.ts"
import type { Message } from "../../src/mailbox/model.ts"
import { fakeClock } from "../kit/clock.ts"

const SECOND = 1_000
const HOUR = 3_600_000
const DAY = 24 * HOUR
const GiB = 1024 ** 3

const somewhere = () => join(mkdtempSync(join(tmpdir(), "restante-history-")), "history")

/** History over a store that says what it is told to. */
function rig({ path = somewhere(), clock = fakeClock() } = {}) {
  const said: string[] = []
  const note = (event: string) => void said.push(event)
  const log: Log = { error: note, warn: note, info: note, debug: note }
  const measure = { messages: 0, oldestAt: null as number | null, databaseBytes: 0, freeBytes: 100 * GiB }
  const pulse = createPulse(clock)
  const store = { measure: async () => measure }
  const history = openHistory({ pulse, sockets: () => 3, store, now: clock.now, path, clock, log })
  const column = (name: string, step: "1" | "10" | "300" = "1") =>
    history.read(step).entries.find((one) => one.name === name)?.column ?? null
  const last = (name: string, step?: "1" | "10" | "300") => column(name, step)?.at(-1)
  const names = () => history.read("1").entries.map(({ name }) => name)
  /** Time, with what the store is asked for in it. */
  async function pass(ms: number): Promise<void> {
    clock.pass(ms)
    await Bun.sleep(0)
  }
  return { clock, pulse, measure, history, column, last, names, pass, path, said }
}

const message = (seq: number, createdAt: number): Message => ({
  id: `${seq}`,
  seq,
  mailbox: 1,
  address: "did:example:bob",
  lane: "didcomm",
  kind: "forward",
  content: "",
  sender: null,
  size: 0,
  createdAt,
  expiresAt: createdAt + DAY,
})

test("its series have the names that the pages know", async () => {
  await using h = rig().history
  expect(h.read("1").entries.map(({ name }) => name)).toEqual([
    "messages_in_didcomm",
    "messages_in_decentrl",
    "messages_out_didcomm",
    "messages_out_decentrl",
    "waiting",
    "oldest_seconds",
    "deliver_p50",
    "deliver_p95",
    "deliver_p99",
    "sockets",
    "refusals",
    "commit_p50",
    "commit_p99",
    "commit_acts",
    "disk_free_bytes",
    "database_bytes",
    "cpu",
    "rss_bytes",
    "loop_lag_p99",
  ])
})

test("messages count a second, whichever the step, and in the last minute", async () => {
  const { clock, pulse, last, history, pass } = rig()
  await using _ = history
  await pass(DAY / 24)
  for (let n = 0; n < 300; n++) {
    pulse.took("didcomm")
    pulse.took("didcomm")
    await pass(SECOND)
  }
  await pass(10 * SECOND - ((clock.now() / SECOND) % 10) * SECOND)
  expect(last("messages_in_didcomm", "10")).toBeWithin(0, 2.1)
  expect(history.inLastMinute("messages_in_")).toBeWithin(100, 121)
  expect(last("messages_in_decentrl")).toBe(0)
  expect(history.read("1", 5)).toMatchObject({ points: 5, until: clock.now() })
})

test("delivery takes from when a message came until it was handed over the first time; again does not count", async () => {
  const { clock, pulse, last, column, pass } = rig()
  await pass(3 * SECOND)
  pulse.gave(message(1, clock.now() - 4 * SECOND))
  await pass(SECOND)
  expect(last("deliver_p50")).toBeWithin(3.6, 4.4)
  expect(last("messages_out_didcomm")).toBe(1)
  pulse.gave(message(1, clock.now() - HOUR))
  await pass(SECOND)
  expect(last("deliver_p50")).toBeNaN()
  expect(column("messages_out_didcomm")?.reduce((sum, value) => sum + value, 0)).toBe(1)
})

test("what is remembered of messages is bounded, and the latest are", () => {
  const { clock, pulse } = rig()
  for (let seq = 0; seq < 60_000; seq++) pulse.gave(message(seq, clock.now()))
  for (let seq = 45_000; seq < 60_000; seq++) pulse.gave(message(seq, clock.now()))
  expect(pulse.handed.didcomm).toBe(60_000)
})

test("the commonest reasons for refusals have a line of their own, a rare one none", async () => {
  const { pulse, names, last, pass } = rig()
  const codes = ["request.busy", "mailbox.full", "recipient.unknown", "request.too_often", "command.body"] as const
  const more = ["command.time", "did.malformed", "message.expired"] as const
  for (const code of [...codes, ...more]) for (let n = 0; n < 3; n++) pulse.refused(code)
  await pass(2 * SECOND)
  const reasons = () => names().filter((name) => name.startsWith("refused_"))
  expect(reasons()).toHaveLength(8)
  pulse.refused("store.failed")
  await pass(SECOND)
  expect(reasons()).not.toContain("refused_store.failed")
  for (let n = 0; n < 5; n++) pulse.refused("store.failed")
  await pass(2 * SECOND)
  expect(reasons()).toHaveLength(8)
  expect(reasons()).toContain("refused_store.failed")
  pulse.refused("store.failed")
  await pass(SECOND)
  expect(last("refused_store.failed")).toBe(1)
  expect(last("refusals")).toBe(1)
})

test("levels are what the store says, at most ten seconds old", async () => {
  const { clock, measure, last, pass } = rig()
  Object.assign(measure, { messages: 7, databaseBytes: 4_096, oldestAt: clock.now() })
  await pass(SECOND)
  await pass(20 * SECOND)
  expect(last("waiting")).toBe(7)
  expect(last("database_bytes")).toBe(4_096)
  expect(last("disk_free_bytes")).toBe(100 * GiB)
  expect(last("sockets")).toBe(3)
  expect(last("oldest_seconds")).toBeWithin(19, 22)
  expect(last("rss_bytes")).toBeGreaterThan(10_000_000)
  expect(last("cpu")).toBeNumber()
})

test("days and months outlive a restart, with the reasons they had", async () => {
  const first = rig()
  for (let n = 0; n < 5; n++) first.pulse.refused("mailbox.full")
  for (let n = 0; n < 100; n++) {
    first.pulse.took("decentrl")
    first.pulse.refused("mailbox.full")
    await first.pass(10 * SECOND)
  }
  const before = first.history.read("10")
  await first.history[Symbol.asyncDispose]()
  expect(statSync(first.path).mode & 0o777).toBe(0o600)

  const second = rig({ path: first.path, clock: first.clock })
  await using _ = second.history
  const named = ({ entries }: typeof before) =>
    Object.fromEntries(entries.map(({ name, column }) => [name, Array.from(column ?? [])]))
  expect(second.history.read("10").until).toBe(before.until)
  expect(named(second.history.read("10"))).toEqual(named(before))
  expect(second.history.read("1").points).toBe(0)
  await second.pass(60 * SECOND)
  expect(second.history.read("10").points).toBe(before.points + 6)
  expect(second.said).toEqual([])
})

test("it is saved every hour, too, and takes two megabytes whatever goes on", async () => {
  const { path, history, pulse, pass } = rig()
  pulse.refused("mailbox.full")
  expect(existsSync(path)).toBe(false)
  await pass(HOUR)
  while (!existsSync(path)) await Bun.sleep(5)
  for (let n = 0; n < 40; n++) pulse.refused(`x${n}` as FaultCode)
  await pass(HOUR)
  await history[Symbol.asyncDispose]()
  expect(statSync(path).size).toBeLessThan(2 * 1024 * 1024)
  expect(existsSync(`${path}.new`)).toBe(false)
})

test("a file that is cut, forged, from another version or no file is as none", async () => {
  const whole = rig()
  whole.clock.pass(HOUR)
  await whole.history[Symbol.asyncDispose]()
  const bytes = readFileSync(whole.path)
  const text = bytes.toString("latin1")
  const forged = [
    Buffer.alloc(0),
    Buffer.from("\n"),
    Buffer.from("null\n"),
    Buffer.alloc(100_000, 0xff),
    bytes.subarray(0, bytes.length - 1),
    Buffer.concat([bytes, Buffer.alloc(4)]),
    Buffer.from(text.replace('"version":1', '"version":2'), "latin1"),
    Buffer.from(text.replace(/"count":\d+/, '"count":-1'), "latin1"),
    Buffer.from(text.replace(/"count":\d+/, '"count":99999999999'), "latin1"),
    Buffer.from(text.replace(/"names":\[[^\]]*\]/, '"names":[1]'), "latin1"),
  ]
  for (const content of forged) {
    const path = somewhere()
    writeFileSync(path, content)
    const { history, said } = rig({ path })
    expect(history.read("10").points).toBe(0)
    expect(said).toEqual(["history.unreadable"])
    await history[Symbol.asyncDispose]()
  }
})

test("a folder that cannot be written costs nothing but history", async () => {
  const { history, said } = rig({ path: "/nowhere/history" })
  await history[Symbol.asyncDispose]()
  expect(said).toEqual(["history.unsaved"])
})

test("the disk's days are told once there are six hours, by how it went, and not by one jump", async () => {
  const { measure, history, pass } = rig()
  await using _ = history
  const hours = async (count: number) => {
    for (let n = 0; n < count * 12; n++) {
      measure.freeBytes -= GiB / 288
      await pass(HOUR / 12)
    }
  }
  await hours(5)
  expect(history.trend("disk_free_bytes")).toBeNull()
  await hours(7)
  expect((history.trend("disk_free_bytes") ?? 0) / GiB).toBeWithin(-1.1, -0.9)
  measure.freeBytes -= GiB
  await pass(HOUR / 6)
  expect((history.trend("disk_free_bytes") ?? 0) / GiB).toBeWithin(-2, -0.9)
  expect(history.trend("waiting")).toBe(0)
})
