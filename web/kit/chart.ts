/** A drawing of lines over time. It is large, and comes only when something is drawn. */

import uPlot from "uplot"

export type Drawn = {
  /** Seconds since 1970, rising. */
  readonly times: readonly number[]
  readonly from: number
  readonly to: number
  /** One value for each time; null is a gap. */
  readonly lines: readonly { readonly values: readonly (number | null)[] }[]
  /** A value, and a time, on their axes. */
  readonly write: (value: number) => string
  readonly mark: (seconds: number) => string
  /** What the axis of the values counts in; null for tens. */
  readonly steps: readonly number[] | null
}

export type Chart = {
  update(): void
  /** Puts the cursor on a time; null takes it away. */
  point(at: number | null): void
  remove(): void
}

/** One cursor for all that is on a screen. */
const cursor = { drag: { x: false, y: false }, y: false, sync: { key: "restante" }, points: { size: 7 } }
const dashes = [[], [7, 4], [2, 3], [10, 3, 2, 3], [4, 2], [1, 4]]
const SMALL = 11
const FILLED = "22"

/** What custom properties stand for depends on the scheme, and a canvas does not know them: elements do. */
const colourOf = (element: Element | undefined | null): string => (element ? getComputedStyle(element).color : "")

/**
 * Draws what `given` says in `host`, as large as that is. `inks` are the elements that have the lines' colours; `pick`
 * is told where the cursor is.
 */
export function drawChart(
  host: HTMLElement,
  given: () => Drawn,
  inks: () => readonly Element[],
  pick: (at: number | null) => void,
): Chart {
  const soft = () => colourOf(host)
  const faint = () => getComputedStyle(host).borderTopColor
  const font = `${SMALL}px ${getComputedStyle(host).fontFamily}`
  const axis = { stroke: soft, font, grid: { stroke: faint, width: 1 }, ticks: { show: false } }
  const { lines, steps } = given()
  const size = () => ({ width: host.clientWidth, height: host.clientHeight })
  const fill = (_: uPlot, at: number) => alpha(colourOf(inks()[at - 1]))
  const plot = new uPlot(
    {
      ...size(),
      cursor,
      legend: { show: false },
      padding: [6, 8, 0, 0],
      scales: {
        x: { range: () => [given().from, given().to] },
        y: { range: (_, __, most) => [0, most > 0 ? most * 1.1 : 1] },
      },
      axes: [
        { ...axis, size: 20, gap: 4, space: 64, grid: { show: false }, values: (_, at) => at.map(given().mark) },
        {
          ...axis,
          gap: 4,
          space: 34,
          size: (_, texts) => Math.max(32, ...(texts ?? []).map((text) => text.length * 6.4 + 10)),
          values: (_, at) => at.map((value) => (value === 0 ? "0" : given().write(value))),
          ...(steps && { incrs: [...steps] }),
        },
      ],
      series: [
        {},
        ...lines.map((_, at) => ({
          stroke: () => colourOf(inks()[at]),
          width: 1.6,
          dash: dashes[at % dashes.length] ?? [],
          ...(lines.length === 1 && { fill }),
        })),
      ],
      hooks: { setCursor: [({ cursor: { idx, left = -1 } }) => pick(left < 0 ? null : (idx ?? null))] },
    },
    aligned(given()),
    host,
  )
  const redraw = () => plot.redraw(false)
  const scheme = matchMedia("(prefers-color-scheme: dark)")
  scheme.addEventListener("change", redraw)
  const resized = new ResizeObserver(() => plot.setSize(size()))
  resized.observe(host)
  return {
    update: () => plot.setData(aligned(given())),
    point(at) {
      const time = at === null ? undefined : given().times[at]
      plot.setCursor(time === undefined ? { left: -10, top: -10 } : { left: plot.valToPos(time, "x"), top: 0 })
    },
    remove() {
      scheme.removeEventListener("change", redraw)
      resized.disconnect()
      plot.destroy()
    },
  }
}

const aligned = ({ times, lines }: Drawn): uPlot.AlignedData => [[...times], ...lines.map(({ values }) => [...values])]

/** A wash of a colour that computed styles write as rgb(…). */
const alpha = (colour: string): string =>
  `#${(colour.match(/\d+/g) ?? [])
    .slice(0, 3)
    .map((part) => Number(part).toString(16).padStart(2, "0"))
    .join("")}${FILLED}`
