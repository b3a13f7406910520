import { useEffect, useId, useRef, useState } from "preact/hooks"
import { IconButton } from "./button.tsx"
import type { Chart, Drawn } from "./chart.ts"

type PlotProps = Omit<Drawn, "lines"> & {
  readonly title: string
  /** What the drawing shows, for who does not see it or has no time. */
  readonly summary: string
  readonly lines: readonly (Drawn["lines"][number] & { readonly label: string })[]
  /** A time in full. */
  readonly when: (seconds: number) => string
}

/** Lines over time, with a sentence that says the same, and the figures as a table for who wants them. */
export function Plot(props: PlotProps) {
  const { title, summary } = props
  const [isTable, setTable] = useState(false)
  const id = useId()
  return (
    <section class="plot" aria-labelledby={id}>
      <header>
        <h3 id={id}>{title}</h3>
        <IconButton
          icon={isTable ? "plot" : "table"}
          label={isTable ? "Show as drawing" : "Show as table"}
          onClick={() => setTable(!isTable)}
        />
      </header>
      <p>{summary}</p>
      {isTable ? <Figures {...props} /> : <Drawing key={props.lines.length} {...props} fail={() => setTable(true)} />}
    </section>
  )
}

const PAGE = 0.1

/** For keys and for readers of screens it is a slider over time, whose value is what the lines say then. */
function Drawing(props: PlotProps & { fail: () => void }) {
  const { title, lines, times, write, when, fail } = props
  const host = useRef<HTMLDivElement>(null)
  const legend = useRef<HTMLUListElement>(null)
  const given = useRef(props)
  const chart = useRef<Chart | null>(null)
  const [picked, pick] = useState<number | null>(null)
  given.current = props

  useEffect(() => {
    let isGone = false
    import("./chart.ts").then(({ drawChart }) => {
      if (isGone || !host.current) return
      const inks = () => [...(legend.current?.querySelectorAll("i") ?? [])]
      chart.current = drawChart(host.current, () => given.current, inks, pick)
    }, fail)
    return () => {
      isGone = true
      chart.current?.remove()
    }
  }, [])
  useEffect(() => chart.current?.update(), [lines])

  const last = times.length - 1
  const at = Math.min(picked ?? last, last)
  const values = lines.map(({ label, values }) => ({ label, text: written(values[at], write) }))
  const time = times[at]
  function move(event: KeyboardEvent) {
    const page = Math.max(1, Math.round(times.length * PAGE))
    const steps = { ArrowLeft: -1, ArrowRight: 1, PageDown: -page, PageUp: page, Home: -last, End: last }
    const step = steps[event.key as keyof typeof steps]
    if (step === undefined) return
    event.preventDefault()
    const next = Math.max(0, Math.min(last, at + step))
    pick(next)
    chart.current?.point(next)
  }
  return (
    <>
      <div
        class="drawing"
        ref={host}
        role="slider"
        tabIndex={0}
        aria-label={`${title}: the time to read`}
        aria-valuemin={0}
        aria-valuemax={Math.max(0, last)}
        aria-valuenow={Math.max(0, at)}
        aria-valuetext={`${time === undefined ? "" : when(time)}: ${values.map(({ label, text }) => `${label} ${text}`).join(", ")}`}
        onKeyDown={move}
        onBlur={() => {
          pick(null)
          chart.current?.point(null)
        }}
      />
      <ul class="legend" ref={legend}>
        {values.map(({ label, text }) => (
          <li key={label}>
            <i />
            {label} <b>{text}</b>
          </li>
        ))}
        {picked !== null && time !== undefined && <li class="at">{when(time)}</li>}
      </ul>
    </>
  )
}

const written = (value: number | null | undefined, write: (value: number) => string): string =>
  value === null || value === undefined ? "–" : write(value)

/** The newest first; times of which nothing is known are left out. */
const Figures = ({ title, lines, times, write, when }: PlotProps) => (
  // biome-ignore lint/a11y/noNoninteractiveTabindex: whatever can be scrolled must be reachable with keys
  <section class="plot-table" aria-label={`${title}, as table`} tabIndex={0}>
    <table>
      <thead>
        <tr>
          <th scope="col">Time</th>
          {lines.map(({ label }) => (
            <th scope="col" key={label} class="number">
              {label}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {times
          .map((time, at) => ({ time, values: lines.map(({ values }) => values[at] ?? null) }))
          .filter(({ values }) => values.some((value) => value !== null))
          .toReversed()
          .map(({ time, values }) => (
            <tr key={time}>
              <th scope="row">{when(time)}</th>
              {values.map((value, at) => (
                <td key={lines[at]?.label} class="number">
                  {written(value, write)}
                </td>
              ))}
            </tr>
          ))}
      </tbody>
    </table>
  </section>
)
