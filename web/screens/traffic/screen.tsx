import { PageFrame } from "../../kit/page.tsx"
import { Plots } from "../../plots/plots.tsx"
import { EditLimits } from "./edit-limits.tsx"
import { Limiters } from "./limiters.tsx"
import { Rates } from "./rates.tsx"
import { Refused } from "./refused.tsx"

/** What comes and goes, what is refused and why, and who is held back. */
export const Traffic = () => (
  <PageFrame title="Traffic & limits" lead="What comes and goes, what is refused, and who is held back.">
    <div class="columns">
      <div class="stack">
        <Rates />
        <Refused />
        <Limiters />
      </div>
      <EditLimits />
    </div>
    <Plots names={["messages", "refusals", "sockets"]} />
  </PageFrame>
)
