import { bytes, counted } from "../../kit/format.ts"

/** More than this is not worth thinking about. */
const MOST = 365
const FEW = 30

type DaysProps = { days: number | null; growth: number | null }

/** How long the disk lasts at the pace of the last days. */
export function DaysLeft({ days, growth }: DaysProps) {
  if (growth === null) return <Words big="–" small="known after some hours" />
  if (days === null || days > MOST) return <Words big="years" small={paceOf(growth)} />
  return (
    <div class="quota">
      <span>
        {counted(Math.floor(days), "day")}
        <small>{paceOf(growth)}</small>
      </span>
      <meter min={0} max={MOST} low={FEW} optimum={MOST} value={days} aria-label="Days until the disk is full" />
    </div>
  )
}

const Words = ({ big, small }: { big: string; small: string }) => (
  <>
    {big}
    <small>{small}</small>
  </>
)

const paceOf = (growth: number) => (growth > 0 ? `${bytes(growth)} more a day` : "it does not grow")
