import { status } from "../../api/feed.ts"
import { type Resource, useResource } from "../../api/resource.ts"
import type { Snapshot } from "../../api/types.ts"
import { count } from "../../kit/format.ts"
import { Card } from "../../kit/page.tsx"
import { Loaded } from "../../kit/states.tsx"

/** Why something was refused within the hour; never whose it was. */
export function Refused() {
  const first = useResource<Snapshot>("/status")
  const now = status.value ?? first.value
  const snapshot: Resource<Snapshot> = { ...first, value: now, error: now ? null : first.error }
  return (
    <Card title="Refused in the last hour">
      <Loaded of={snapshot} lines={4}>
        {({ refusals }) =>
          refusals.length === 0 ? <p class="soft">Nothing was refused.</p> : <Reasons of={refusals} />
        }
      </Loaded>
    </Card>
  )
}

function Reasons({ of }: { of: Snapshot["refusals"] }) {
  const most = of[0]?.count ?? 1
  return (
    <ol class="reasons">
      {of.map(({ code, count: times, sentence }) => (
        <li key={code}>
          <b>{count(times)}</b>
          <span>
            {sentence}
            <small>
              <code>{code}</code>
            </small>
          </span>
          <svg viewBox="0 0 100 1" preserveAspectRatio="none" aria-hidden="true">
            <rect width={Math.max(0.6, (times / most) * 100)} height="1" />
          </svg>
        </li>
      ))}
    </ol>
  )
}
