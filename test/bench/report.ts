/**
 * `bun test/bench/report.ts FILE [PAGE]`: what `bun run bench --json FILE` measured, as tables; into the page, between its
 * two marks, where one is given: docs/performance.md.
 */

import { readFileSync, writeFileSync } from "node:fs"

import { type Figure, type Goal, inWords, median, ratio, share } from "./figures.ts"

export type Report = {
  readonly at: string
  readonly machine: Readonly<Record<"cpu" | "bun", string> & Record<"cores" | "memory_gb", number>>
  readonly quick: boolean
  readonly primitives_us: Readonly<Record<string, number | boolean>>
  readonly figures: readonly Figure[]
  readonly goals: readonly Goal[]
  readonly notes: readonly string[]
}

const row = (cells: readonly string[]): string => `| ${cells.map((cell) => cell.replaceAll("|", "\\|")).join(" | ")} |`

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  return [row(head), row(head.map(() => "---")), ...rows.map(row)].join("\n")
}

const amount = (value: number, unit: Figure["unit"]): string =>
  unit === "/s" || unit === "×" ? `${inWords(value)}${unit}` : `${inWords(value)} ${unit}`

function figureRow(figure: Figure): string[] {
  const { id, what, unit, runs, limit, peer, beside = {} } = figure
  const [of, times] = [share(figure), ratio(figure)]
  const spread = runs.length > 1 ? ` (${inWords(Math.min(...runs))} … ${inWords(Math.max(...runs))})` : ""
  return [
    id,
    what,
    `${amount(median(runs), unit)}${spread}`,
    limit === undefined ? "" : amount(limit, unit),
    of === null ? "" : `${Math.round(of * 100)} %`,
    peer ? amount(median(peer), unit) : "",
    times === null ? "" : `${times.toFixed(1)}×`,
    typeof beside.server_us === "number" ? inWords(beside.server_us) : "",
  ]
}

/** The report as Markdown: the machine, the figures, whether the goals were met, and the primitives of the limits. */
export function markdownOf({ at, machine, quick, primitives_us, figures, goals, notes }: Report): string {
  const { cores, cpu, memory_gb, bun } = machine
  const costs = Object.entries(primitives_us).flatMap(([name, us]) =>
    typeof us === "number" ? [[name, inWords(us)] as const] : [],
  )
  const parts = [
    `Measured ${at.slice(0, 10)} on ${cores} cores (${cpu}), ${memory_gb} GB, Bun ${bun}${quick ? ", with --quick" : ""}.`,
    table(
      ["", "what", "median (lowest … highest)", "limit", "of it", "didcomm-node", "ratio", "CPU, µs"],
      figures.map(figureRow),
    ),
    table(
      ["goal", "got", "met"],
      goals.map(({ goal, got, met }) => [goal, got, met ? "yes" : "no"]),
    ),
    table(["primitive", "µs of CPU"], costs),
    ...notes,
  ]
  return `${parts.join("\n\n")}\n`
}

const MARKED = /(<!-- figures -->\n).*(<!-- end of figures -->)/s

/** The page with this text between its marks; throws when it has none. */
export function between(page: string, text: string): string {
  if (!MARKED.test(page)) throw new Error("the page has no marks for the figures")
  return page.replace(MARKED, (_, begin: string, end: string) => `${begin}\n${text}\n${end}`)
}

if (import.meta.main) {
  const [file, page] = process.argv.slice(2)
  if (file === undefined) {
    process.stderr.write("bun test/bench/report.ts FILE [PAGE], with the FILE that `bun run bench --json FILE` wrote\n")
    process.exit(2)
  }
  const text = markdownOf(JSON.parse(readFileSync(file, "utf8")) as Report)
  if (page === undefined) process.stdout.write(text)
  else writeFileSync(page, between(readFileSync(page, "utf8"), text))
}
