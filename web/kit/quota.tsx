import { share } from "./format.ts"

const HIGH = 0.8

type QuotaProps = { used: number; most: number | null; label: string; shown: (amount: number) => string }

/** How much of a quota is used; without a quota, only how much. */
export const Quota = ({ used, most, label, shown }: QuotaProps) => (
  <div class="quota">
    <span>
      {shown(used)}
      {most !== null && <small> of {shown(most)}</small>}
    </span>
    {most !== null && (
      <meter
        min={0}
        max={most}
        high={most * HIGH}
        optimum={0}
        value={Math.min(used, most)}
        aria-label={label}
        title={share(used / most)}
      />
    )}
  </div>
)
