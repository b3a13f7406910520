import { useMemo } from "preact/hooks"
import type { AccountDetail } from "../../api/types.ts"
import { count, counted } from "../../kit/format.ts"
import { Plot } from "../../kit/plot.tsx"
import { whole } from "../../plots/figures.ts"

type Day = AccountDetail["history"][number]
type Kind = "received" | "fetched" | "refused"

const SPAN = "in the last 30 days"
const label = new Intl.DateTimeFormat(navigator.language, { day: "numeric", month: "short" })
const write = (seconds: number): string => label.format(seconds * 1000)

/** What came, went and was refused, day by day. */
export const History = ({ of: { history } }: { of: AccountDetail }) => (
  <section class="over-time" aria-label="Last 30 days">
    <header>
      <h2>Last 30 days</h2>
    </header>
    <div class="plots">
      <Daily title="Messages a day" summary={mailIn(history)} days={history} kinds={mail} />
      <Daily title="Refused a day" summary={refusalsIn(history)} days={history} kinds={refusals} />
    </div>
  </section>
)

type Shown = readonly { readonly kind: Kind; readonly label: string }[]
const mail: Shown = [
  { kind: "received", label: "Came in" },
  { kind: "fetched", label: "Acknowledged" },
]
const refusals: Shown = [{ kind: "refused", label: "Refused" }]

function Daily({ days, kinds, ...said }: { title: string; summary: string; days: readonly Day[]; kinds: Shown }) {
  // What is drawn is drawn again only when it is another.
  const times = useMemo(() => days.map(timeOf), [days])
  const lines = useMemo(
    () => kinds.map(({ kind, label }) => ({ label, values: days.map((day) => day[kind]) })),
    [days, kinds],
  )
  const [from = 0, to = from] = [times[0], times.at(-1)]
  return (
    <Plot
      {...said}
      times={times}
      from={from}
      to={to}
      lines={lines}
      write={count}
      when={write}
      mark={write}
      steps={whole}
    />
  )
}

/** A day of UTC where the axis, which is in local time, has a day of that name; seconds. */
function timeOf({ day }: Day): number {
  const date = new Date(day)
  return new Date(date.getUTCFullYear(), date.getUTCMonth(), date.getUTCDate()).getTime() / 1000
}

const total = (days: readonly Day[], kind: Kind): number => days.reduce((sum, day) => sum + day[kind], 0)

function mailIn(days: readonly Day[]): string {
  const [received, fetched] = [total(days, "received"), total(days, "fetched")]
  if (received + fetched === 0) return `None ${SPAN}.`
  return `${counted(received, "message")} came ${SPAN}; ${count(fetched)} were acknowledged.`
}

function refusalsIn(days: readonly Day[]): string {
  const refused = total(days, "refused")
  if (refused === 0) return `None ${SPAN}.`
  const worst = days.reduce((one, other) => (other.refused > one.refused ? other : one))
  return `${count(refused)} ${SPAN}, most on ${write(timeOf(worst))}: no room, too many from one sender, or too large.`
}
