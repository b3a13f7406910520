import { useMemo } from "preact/hooks"
import type { History } from "../api/types.ts"
import { Plot } from "../kit/plot.tsx"
import { Loaded } from "../kit/states.tsx"
import { Switch } from "../kit/switch.tsx"
import { filter, query } from "../router.ts"
import { type SpanName, spans, timesOf, useHistory } from "./history.ts"
import { type Line, type Plan, type PlanName, plans } from "./plans.ts"
import { summarise, valuesOf } from "./summary.ts"

/** As many as there are inks. */
const MOST_LINES = 6

const isSpan = (name: string | undefined): name is SpanName => name !== undefined && name in spans

const clock = new Intl.DateTimeFormat(navigator.language, { hour: "2-digit", minute: "2-digit" })
const second = new Intl.DateTimeFormat(navigator.language, { hour: "2-digit", minute: "2-digit", second: "2-digit" })
const date = new Intl.DateTimeFormat(navigator.language, { day: "numeric", month: "short" })
const hourOf = new Intl.DateTimeFormat(navigator.language, {
  day: "numeric",
  month: "short",
  hour: "2-digit",
  minute: "2-digit",
})
const exact = { minutes: second, day: clock, month: hourOf } as const
const coarse = { minutes: clock, day: clock, month: date } as const

/** Figures over time. How far back is in the URL, like every choice of what one sees. */
export function Plots({ title = "Over time", names }: { title?: string; names: readonly PlanName[] }) {
  const name = isSpan(query.value.span) ? query.value.span : "day"
  const history = useHistory(name)
  return (
    <section class="over-time" aria-label={title}>
      <header>
        <h2>{title}</h2>
        <Switch label="How far back" value={name} options={choices} onChange={(span) => filter({ span })} />
      </header>
      <Loaded of={history} lines={8}>
        {(points) => (
          <div class="plots">
            {names.map((one) => (
              <Planned key={one} plan={plans[one]} history={points} span={name} />
            ))}
          </div>
        )}
      </Loaded>
    </section>
  )
}

const choices = Object.entries(spans).map(([value, { label }]) => ({ value: value as SpanName, label }))

function Planned({ plan, history, span }: { plan: Plan; history: History; span: SpanName }) {
  const { seconds } = spans[span]
  const when = (at: number) => exact[span].format(at * 1000)
  // What is drawn is drawn again only when it is another.
  const times = useMemo(() => timesOf(history), [history])
  const lines = useMemo(
    () => linesOf(plan, history).map(({ name, label }) => ({ label, values: valuesOf(history, name, plan.times) })),
    [plan, history],
  )
  return (
    <Plot
      title={plan.title}
      summary={summarise(plan, history, spans[span], when)}
      times={times}
      from={history.until / 1000 - seconds}
      to={history.until / 1000}
      lines={lines}
      write={plan.write}
      when={when}
      mark={(at) => coarse[span].format(at * 1000)}
      steps={plan.steps ?? null}
    />
  )
}

function linesOf({ lines }: Plan, { series }: History): readonly Line[] {
  if (!("prefix" in lines)) return lines
  const { prefix } = lines
  return Object.entries(series)
    .filter(([name]) => name.startsWith(prefix))
    .map(([name, values]) => ({ name, sum: values.reduce<number>((sum, value) => sum + (value ?? 0), 0) }))
    .filter(({ sum }) => sum > 0)
    .sort((a, b) => b.sum - a.sum)
    .slice(0, MOST_LINES)
    .map(({ name }) => ({ name, label: name.slice(prefix.length).replaceAll(/[._]/g, " ") }))
}
