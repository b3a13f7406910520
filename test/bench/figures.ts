/** What was measured, how it is summed up, and the table for people. */

/** One line of the table. Every run is kept: the value is their median. */
export type Figure = {
  /** The letter of the measurement. */
  readonly id: string
  readonly what: string
  readonly unit: "/s" | "ms" | "KB" | "MB" | "×"
  readonly runs: readonly number[]
  /** What the primitives alone would allow or cost, in the same unit. */
  readonly limit?: number
  /** The same on didcomm-node. */
  readonly peer?: readonly number[]
  /** Whatever explains the figure: CPU per message, sizes, percentiles. Only in the JSON. */
  readonly beside?: Readonly<Record<string, unknown>>
}

/** Something that should hold, and whether it did. */
export type Goal = { readonly goal: string; readonly got: string; readonly met: boolean }

export type Findings = {
  readonly figures: readonly Figure[]
  readonly goals: readonly Goal[]
  readonly notes?: readonly string[]
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b)
  const half = sorted.length >> 1
  const upper = sorted[half] ?? Number.NaN
  return sorted.length % 2 === 1 ? upper : (upper + (sorted[half - 1] ?? Number.NaN)) / 2
}

/** How much of the limit was reached: for a rate measured over possible, for a cost possible over measured. */
export function share({ unit, runs, limit }: Figure): number | null {
  if (limit === undefined) return null
  return unit === "/s" ? median(runs) / limit : limit / median(runs)
}

/** How many times better than the peer. */
export function ratio({ unit, runs, peer }: Figure): number | null {
  if (!peer) return null
  return unit === "/s" ? median(runs) / median(peer) : median(peer) / median(runs)
}

const HEAD = ["", "what", "median", "lowest … highest", "limit", "of limit", "didcomm-node", "ratio"]

/** The figures as aligned text. */
export function tableOf(figures: readonly Figure[]): string {
  const rows = figures.map((figure) => {
    const { id, what, unit, runs, limit, peer } = figure
    const words = (value: number) => `${inWords(value)} ${unit}`.replace(" /s", "/s").replace(" ×", "×")
    const [of, times] = [share(figure), ratio(figure)]
    return [
      id,
      what,
      words(median(runs)),
      runs.length > 1 ? `${inWords(Math.min(...runs))} … ${inWords(Math.max(...runs))}` : "",
      limit === undefined ? "" : words(limit),
      of === null ? "" : `${Math.round(of * 100)} %`,
      peer ? words(median(peer)) : "",
      times === null ? "" : `${times.toFixed(1)}×`,
    ]
  })
  const widths = HEAD.map((head, column) =>
    Math.max(...[HEAD, ...rows].map((row) => row[column]?.length ?? head.length)),
  )
  const line = (cells: readonly string[]) =>
    cells.map((cell, column) => (column < 2 ? cell.padEnd(widths[column] ?? 0) : cell.padStart(widths[column] ?? 0)))
  return [HEAD, ...rows].map((row) => line(row).join("  ").trimEnd()).join("\n")
}

export const goalsOf = (goals: readonly Goal[]): string =>
  goals.map(({ goal, got, met }) => `${met ? "yes" : "NO "}  ${goal}: ${got}`).join("\n")

const whole = new Intl.NumberFormat("en-US", { maximumFractionDigits: 0 })

export const inWords = (value: number): string =>
  Math.abs(value) >= 100 ? whole.format(value) : value.toFixed(value < 10 ? 2 : 1)
