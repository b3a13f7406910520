import { useResource } from "../../api/resource.ts"
import type { AuditLine } from "../../api/types.ts"
import { Card } from "../../kit/page.tsx"
import { Loaded } from "../../kit/states.tsx"
import { Ago } from "../../kit/time.tsx"
import { deedOf } from "../../people/audit-words.ts"
import { to } from "../../router.ts"

const LINES = 6

/** What the audit says about somebody. */
export function Past({ did }: { did: string }) {
  const search = new URLSearchParams({ text: did, limit: String(LINES) })
  const audit = useResource<{ items: readonly AuditLine[] }>(`/audit?${search}`, ["registration."])
  return (
    <Card title="What happened">
      <Loaded of={audit} lines={3}>
        {({ items }) => (
          <ol class="past">
            {items.map(({ seq, at, actor, action, detail }) => (
              <li key={seq}>
                <b>{deedOf(action, { isOwn: actor === did })}</b>
                <span>
                  {actor === did ? "by its owner" : `by ${actor}`}
                  {detail && `: ${detail}`}
                </span>
                <Ago at={at} />
              </li>
            ))}
          </ol>
        )}
      </Loaded>
      <a href={to(["audit"], { text: did })}>All of it</a>
    </Card>
  )
}
