import { expect, test } from "bun:test"
import { createMetrics } from "../../src/base/metrics.ts"

test("the text is Prometheus' format 0.0.4, with escapes where it wants them", async () => {
  const metrics = createMetrics()
  const counter = metrics.counter("restante_things_total", 'Things with a \\ and a\nnew line and a "quote".')
  counter.add()
  counter.add({ reason: 'a "b" \\ c\nd', by: "door" }, 2)
  counter.add({ reason: 'a "b" \\ c\nd', by: "door" })
  metrics.reading("restante_degrees", "How warm it is.", "gauge", () => -1.5)
  expect(await metrics.render()).toBe(
    [
      '# HELP restante_things_total Things with a \\\\ and a\\nnew line and a "quote".',
      "# TYPE restante_things_total counter",
      "restante_things_total 1",
      'restante_things_total{reason="a \\"b\\" \\\\ c\\nd",by="door"} 3',
      "# HELP restante_degrees How warm it is.",
      "# TYPE restante_degrees gauge",
      "restante_degrees -1.5",
      "",
    ].join("\n"),
  )
})

test("the classes of a histogram include those below, and the last takes everything", async () => {
  const metrics = createMetrics()
  const histogram = metrics.histogram("restante_wait_seconds", "Waiting.", [0.1, 1])
  for (const value of [0.05, 0.1, 0.5, 7, Number.NaN]) histogram.observe(value)
  expect((await metrics.render()).split("\n").slice(2)).toEqual([
    'restante_wait_seconds_bucket{le="0.1"} 2',
    'restante_wait_seconds_bucket{le="1"} 3',
    'restante_wait_seconds_bucket{le="+Inf"} 4',
    "restante_wait_seconds_sum 7.65",
    "restante_wait_seconds_count 4",
    "",
  ])
})

test("readings are looked up each time; null leaves one out; infinities and NaN have their names", async () => {
  const metrics = createMetrics()
  let value = 1
  metrics.reading("restante_a", "A.", "gauge", [
    [{ part: "x" }, () => value],
    [{ part: "y" }, async () => null],
    [{ part: "z" }, () => Number.NEGATIVE_INFINITY],
    [{ part: "n" }, () => Number.NaN],
  ])
  const lines = async () => (await metrics.render()).split("\n").filter((line) => line !== "" && !line.startsWith("#"))
  expect(await lines()).toEqual(['restante_a{part="x"} 1', 'restante_a{part="z"} -Inf', 'restante_a{part="n"} NaN'])
  value = 2
  expect(await lines()).toContain('restante_a{part="x"} 2')
})

test("a name is given once, and has to be one", () => {
  const metrics = createMetrics()
  metrics.counter("restante_a_total", "A.")
  expect(() => metrics.counter("restante_a_total", "A.")).toThrow()
  expect(() => metrics.counter("restante a", "A.")).toThrow()
  expect(metrics.names()).toEqual(["restante_a_total"])
})
