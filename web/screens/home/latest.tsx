import { useResource } from "../../api/resource.ts"
import type { AuditLine } from "../../api/types.ts"
import { shortDid } from "../../kit/did.ts"
import { Card } from "../../kit/page.tsx"
import { Loaded } from "../../kit/states.tsx"
import { Ago } from "../../kit/time.tsx"
import { to } from "../../router.ts"

const LINES = 6

const nameOf = (text: string) => (text.startsWith("did:") ? shortDid(text) : text)

/** What was done last, by whoever. */
export function Latest() {
  const audit = useResource<{ lines: readonly AuditLine[] }>(`/audit?limit=${LINES}`, "anything")
  return (
    <Card title="What happened">
      <Loaded of={audit} lines={4}>
        {({ lines }) => (
          <ol class="past">
            {lines.map(({ seq, at, actor, action, subject }) => (
              <li key={seq}>
                <b>{action.replaceAll(/[._]/g, " ")}</b>
                <span title={subject}>
                  {nameOf(subject)} {actor === subject ? "by its owner" : `by ${nameOf(actor)}`}
                </span>
                <Ago at={at} />
              </li>
            ))}
          </ol>
        )}
      </Loaded>
      <a href={to(["audit"])}>All of it</a>
    </Card>
  )
}
