import { expect, test } from "bun:test"
import { executable } from "../kit/executable.ts"
import { type Figure, median, ratio, share, tableOf } from "./figures.ts"
import { startGenerator } from "./generator.ts"
import { answerIn, percentiles } from "./lane.ts"
import { pickUp } from "./pickups.ts"
import { between, markdownOf } from "./report.ts"

test("the load generator fills mailboxes and empties them again, ten messages at a time", async () => {
  await using server = await executable()
  using generator = startGenerator()
  await generator.call("meet", { url: server.url })
  await generator.call("settle", { count: 2 })
  await generator.call("forwards", { count: 40, connections: 4 })
  expect((await generator.call("go", {})).statuses).toEqual({ 202: 40 })
  const pair = { generator, server: { usage: () => null } }
  // It throws unless every wallet is handed exactly ten.
  await pickUp(pair, 2, 2)
  await pickUp(pair, 2, 2)
  await expect(pickUp(pair, 2, 2)).rejects.toThrow("0 messages were delivered instead of 20")
})

test("a live push is timed from the acceptance of its forward", async () => {
  await using server = await executable()
  using generator = startGenerator()
  await generator.call("meet", { url: server.url })
  await generator.call("settle", { count: 2 })
  await generator.call("goLive", { url: server.wsUrl, count: 2 })
  const { count, sent, accepted } = await generator.call("push", { count: 10, perSecond: 100 })
  expect(count).toBe(10)
  expect(sent.p50).toBeGreaterThan(0)
  expect(accepted.p50).toBeLessThanOrEqual(sent.p50)
})

test("an answer is read once it is whole, with a length or in chunks", () => {
  const whole = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello"
  const chunked = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhe\r\n3\r\nllo\r\n0\r\n\r\n"
  for (const text of [whole, chunked]) {
    for (let end = 0; end < text.length; end++) expect(answerIn(Buffer.from(text.slice(0, end)))).toBeNull()
    expect(answerIn(Buffer.from(text))).toEqual({ status: 200, body: "hello" })
  }
  expect(answerIn(Buffer.from("HTTP/1.1 202 Accepted\r\nContent-Length: 0\r\n\r\n"))).toEqual({ status: 202, body: "" })
})

test("the median and the percentiles do not depend on the order", () => {
  expect(median([9, 1, 5])).toBe(5)
  expect(median([4, 1, 3, 2])).toBe(2.5)
  const times = Array.from({ length: 100 }, (_, at) => 100 - at)
  expect(percentiles(times)).toEqual({ p50: 51, p99: 100 })
})

test("more is better for a rate, less for a cost", () => {
  const rate: Figure = { id: "a", what: "x", unit: "/s", runs: [40, 60, 50], limit: 100, peer: [10] }
  expect([share(rate), ratio(rate)]).toEqual([0.5, 5])
  const cost: Figure = { id: "f", what: "x", unit: "KB", runs: [4], limit: 1, peer: [8] }
  expect([share(cost), ratio(cost)]).toEqual([0.25, 2])
})

test("the table lines up", () => {
  const lines = tableOf([
    { id: "a", what: "short", unit: "/s", runs: [12_345] },
    { id: "cores", what: "something longer", unit: "×", runs: [1.5, 1.6], limit: 2 },
  ]).split("\n")
  const ends = lines.map((line) => line.slice(0, (lines[0] ?? "").indexOf("median") + "median".length))
  expect(new Set(ends.map(({ length }) => length)).size).toBe(1)
  expect(ends[1]).toEndWith("12,345/s")
})

test("the report is a table that Markdown reads, with what was not reached", () => {
  const text = markdownOf({
    at: "2026-01-02T03:04:05.000Z",
    machine: { cpu: "a | b", cores: 2, memory_gb: 4, bun: "1" },
    quick: false,
    primitives_us: { agree: 27.5, batch_counted: true },
    figures: [
      { id: "a", what: "forward", unit: "/s", runs: [40, 60, 50], limit: 100, peer: [10], beside: { server_us: 150 } },
    ],
    goals: [{ goal: "(a) ≥ 55 %", got: "50 %", met: false }],
    notes: [],
  })
  expect(text).toContain("| a | forward | 50.0/s (40.0 … 60.0) | 100/s | 50 % | 10.0/s | 5.0× | 150 |")
  expect(text).toContain("| (a) ≥ 55 % | 50 % | no |")
  expect(text).toContain("| agree | 27.5 |")
  expect(text).not.toContain("batch_counted")
  expect(between("a\n<!-- figures -->\nold\n<!-- end of figures -->\nz", "new\n")).toBe(
    "a\n<!-- figures -->\n\nnew\n\n<!-- end of figures -->\nz",
  )
})
