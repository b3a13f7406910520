import { existsSync, readFileSync } from "node:fs"
import { rename, writeFile } from "node:fs/promises"
import type { Clock } from "../base/clock.ts"
import type { Log } from "../base/log.ts"
import { createRing, type Ring, type Series } from "../base/ring.ts"
import type { FaultCode } from "../faults.ts"
import type { MeasureStore } from "../mailbox/operator-ports.ts"
import { readHistory, writeHistory } from "./history-file.ts"
import { processorSeconds } from "./process.ts"
import type { Pulse } from "./pulse.ts"

const SECOND = 1_000
const MINUTE_POINTS = 60
const HOUR = 3_600_000
const DAY = 24 * HOUR
/** 27 series of 17,880 points of four bytes: 1.9 MB, whatever goes on. */
const rings = {
  "1": { stepMs: SECOND, points: 600 },
  "10": { stepMs: 10 * SECOND, points: 8_640 },
  "300": { stepMs: 300 * SECOND, points: 8_640 },
} as const
export type Step = keyof typeof rings

/** Reasons for refusals that have a line of their own: the commonest. */
const REASONS = 8
/** What takes some work to find out is looked up this seldom, in ticks. */
const MEASURE_EVERY = 10
/** A trend needs so much history, and looks back so far. */
const TREND_FROM_MS = 6 * HOUR
const TREND_OVER_MS = 7 * DAY

type Measure = Pick<
  Awaited<ReturnType<MeasureStore["measure"]>>,
  "messages" | "oldestAt" | "freeBytes" | "databaseBytes"
>

type Ports = {
  readonly pulse: Pulse
  readonly sockets: () => number
  readonly store: { measure(): Promise<Measure> }
  /** What time it is, as far as that is believed: a wrong clock must not blank out what was right. */
  readonly now: () => number
  /** Where it is kept over a restart. */
  readonly path: string
  readonly clock: Clock
  readonly log: Log
}

export type History = ReturnType<typeof openHistory>

/** Figures of the last ten minutes, day and month, noted each second. Disposing it saves the last two. */
export function openHistory({ pulse, sockets, store, now, path, clock, log }: Ports) {
  const fresh = `${path}.new`
  const reasons: (FaultCode | null)[] = Array.from({ length: REASONS }, () => null)
  let measure: Measure | null = null
  let memory: number | null = null
  let processor = processorSeconds()
  const measured = (name: "messages" | "freeBytes" | "databaseBytes") => () => measure?.[name] ?? null
  const oldest = () => (measure?.oldestAt ? Math.max(0, now() - measure.oldestAt) / SECOND : null)
  const { taken, handed, sums, spreads } = pulse

  const series: readonly Series[] = [
    { name: "messages_in_didcomm", unit: "per second", sum: () => taken.didcomm },
    { name: "messages_in_decentrl", unit: "per second", sum: () => taken.decentrl },
    { name: "messages_out_didcomm", unit: "per second", sum: () => handed.didcomm },
    { name: "messages_out_decentrl", unit: "per second", sum: () => handed.decentrl },
    { name: "waiting", unit: "messages", level: measured("messages") },
    { name: "oldest_seconds", unit: "seconds", level: oldest },
    ...shares("deliver", spreads.deliver, [0.5, 0.95, 0.99]),
    { name: "sockets", unit: "sockets", level: sockets },
    { name: "refusals", unit: "per second", sum: () => sums.refused },
    ...shares("commit", spreads.commit, [0.5, 0.99]),
    { name: "commit_acts", unit: "changes", sum: () => sums.acts, each: () => sums.commits },
    { name: "disk_free_bytes", unit: "bytes", level: measured("freeBytes") },
    { name: "database_bytes", unit: "bytes", level: measured("databaseBytes") },
    { name: "cpu", unit: "cores", sum: () => processor },
    { name: "rss_bytes", unit: "bytes", level: () => memory },
    ...shares("loop_lag", spreads.lag, [0.99]),
    ...reasons.map((_, at) => ({ name: "", unit: "per second", sum: () => refusedFor(reasons[at] ?? null) })),
  ]
  const firstReason = series.length - REASONS
  const names = () => series.map(({ name }, at) => name || reasonName(reasons[at - firstReason] ?? null))
  const all: Readonly<Record<Step, Ring>> = {
    "1": createRing(series, rings["1"]),
    "10": createRing(series, rings["10"]),
    "300": createRing(series, rings["300"]),
  }
  const every = Object.values(all)

  const refusedFor = (code: FaultCode | null): number => (code === null ? 0 : (pulse.refusals.get(code) ?? 0))

  /** A reason that has become commoner than the rarest of those with a line takes it over. */
  function takeLines(): void {
    for (const [code, count] of pulse.refusals) {
      if (reasons.includes(code)) continue
      const free = reasons.indexOf(null)
      if (free !== -1) {
        reasons[free] = code
        continue
      }
      const rarest = reasons.reduce(
        (least, one, at) => (refusedFor(one) < refusedFor(reasons[least] ?? null) ? at : least),
        0,
      )
      if (refusedFor(reasons[rarest] ?? null) >= count) continue
      reasons[rarest] = code
      for (const ring of every) ring.clear(firstReason + rarest)
    }
  }

  function restore(): void {
    const kept = readHistory(contentOf(path))
    if (!kept) {
      if (existsSync(path)) log.warn("history.unreadable", { file: path })
      return
    }
    const codes = kept.names.filter((name) => name.startsWith(reasonName(null)) && name !== reasonName(null))
    // Names that are no code of today's are never refused for again, and make room for others in time.
    for (const [at, name] of codes.slice(0, REASONS).entries())
      reasons[at] = name.slice(reasonName(null).length) as FaultCode
    const columnOf = names().map((name) => kept.names.indexOf(name))
    for (const { stepMs, until, count, columns } of kept.rings) {
      const ring = every.find((ring) => ring.stepMs === stepMs)
      ring?.restore({ until, count, columns: columnOf.map((at) => columns[at] ?? null) })
    }
  }

  async function write(): Promise<void> {
    const kept = [all["10"], all["300"]].map((ring) => ({ stepMs: ring.stepMs, ...ring.read() }))
    try {
      // Not forced onto the disk: nobody should wait for it, and one that is torn is as none.
      await writeFile(fresh, writeHistory({ names: names(), rings: kept }), { mode: 0o600 })
      await rename(fresh, path)
    } catch (error) {
      log.warn("history.unsaved", { error: String(error) })
    }
  }

  let saved = Promise.resolve()
  function save(): Promise<void> {
    saved = saved.then(write)
    return saved
  }

  let turn = 0
  async function look(): Promise<void> {
    memory = process.memoryUsage.rss()
    measure = await store.measure().catch(() => null)
  }
  function tick(): void {
    if (turn++ % MEASURE_EVERY === 0) void look()
    processor = processorSeconds()
    takeLines()
    for (const ring of every) ring.tick(now())
  }

  restore()
  tick()
  const ticks = clock.every(SECOND, tick)
  const saves = clock.every(HOUR, () => void save())

  /** By how much a series changes in a day, by the line that fits the last week best; null before that can be told. */
  function trend(name: string): number | null {
    const { stepMs } = rings["300"]
    const { count, columns } = all["300"].read(TREND_OVER_MS / stepMs)
    const column = columns[names().indexOf(name)]
    const known = Array.from({ length: count }, (_, at) => ({ at, value: column?.[at] ?? Number.NaN })).filter(
      ({ value }) => !Number.isNaN(value),
    )
    const span = (known.at(-1)?.at ?? 0) - (known[0]?.at ?? 0)
    if (span * stepMs < TREND_FROM_MS) return null
    const mean = (of: (one: { at: number; value: number }) => number) =>
      known.reduce((sum, one) => sum + of(one), 0) / known.length
    const [at, value] = [mean((one) => one.at), mean((one) => one.value)]
    const slope = mean((one) => (one.at - at) * (one.value - value)) / mean((one) => (one.at - at) ** 2)
    return (slope * DAY) / stepMs
  }

  /** What was counted in the last minute by all series whose names begin so. */
  function inLastMinute(prefix: string): number {
    const { columns } = all["1"].read(MINUTE_POINTS)
    let total = 0
    for (const [at, name] of names().entries()) {
      if (!name.startsWith(prefix)) continue
      for (const value of columns[at] ?? []) if (!Number.isNaN(value)) total += value
    }
    return Math.round(total)
  }

  return {
    /** The latest points of one ring, at most `most`: by name, with their units. */
    read(step: Step, most?: number) {
      const ring = all[step]
      const { until, count, columns } = ring.read(most)
      const entries = names().map((name, at) => ({ name, unit: series[at]?.unit ?? "", column: columns[at] }))
      return { until, points: count, entries: entries.filter(({ name }) => name !== reasonName(null)) }
    },
    trend,
    inLastMinute,
    [Symbol.asyncDispose]() {
      ticks[Symbol.dispose]()
      saves[Symbol.dispose]()
      return save()
    },
  }
}

/** Nothing for a file that cannot be read: history is not worth stopping a start for. */
function contentOf(path: string): Uint8Array {
  try {
    return readFileSync(path)
  } catch {
    return new Uint8Array(0)
  }
}

const reasonName = (code: FaultCode | null): string => `refused_${code ?? ""}`

const shares = (name: string, spread: Pulse["spreads"]["lag"], wanted: readonly number[]): Series[] =>
  wanted.map((share) => ({ name: `${name}_p${share * 100}`, unit: "seconds", spread, share }))
