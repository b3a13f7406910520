import { status } from "../../api/feed.ts"
import { type Resource, useResource } from "../../api/resource.ts"
import type { Snapshot } from "../../api/types.ts"
import { Pill } from "../../kit/badge.tsx"
import { PageFrame } from "../../kit/page.tsx"
import { Loaded } from "../../kit/states.tsx"
import { Waiting } from "../../people/waiting.tsx"
import { everyPlan } from "../../plots/plans.ts"
import { Plots } from "../../plots/plots.tsx"
import { IntakeButtons, IntakeNotice } from "./intake.tsx"
import { Latest } from "./latest.tsx"
import { Now } from "./now.tsx"
import { TestCard } from "./test-card.tsx"

/** How the mediator fares, and what waits for its operator. */
export function Home() {
  const first = useResource<Snapshot>("/status")
  // The feed is fresher, as soon as it has said something.
  const now = status.value ?? first.value
  const snapshot: Resource<Snapshot> = { ...first, value: now, error: now ? null : first.error }
  return (
    <PageFrame
      title="Home"
      lead={now && <Pill level={now.health.level}>{now.health.reason}</Pill>}
      actions={now && <IntakeButtons mode={now.intake} sockets={now.sockets} />}
    >
      {now && <IntakeNotice mode={now.intake} />}
      <Waiting />
      <Loaded of={snapshot} lines={4}>
        {(one) => <Now of={one} />}
      </Loaded>
      <div class="halves">
        <Latest />
        <TestCard />
      </div>
      <Plots names={everyPlan} />
    </PageFrame>
  )
}
