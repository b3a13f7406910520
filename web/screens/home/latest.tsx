import { useResource } from "../../api/resource.ts"
import type { AuditLine } from "../../api/types.ts"
import { shortDid } from "../../kit/did.ts"
import { Card } from "../../kit/page.tsx"
import { Loaded } from "../../kit/states.tsx"
import { Ago } from "../../kit/time.tsx"
import { deedOf, shortSubject } from "../../people/audit-words.ts"
import { to } from "../../router.ts"

const LINES = 5

const nameOf = (text: string) => (text.startsWith("did:") ? shortDid(text) : shortSubject(text))

function whoDid(actor: string, subject: string): string {
  if (actor === subject) return `${nameOf(subject)} by its owner`
  // Somebody's own doing, such as signing in.
  if (actor.startsWith(`${subject}@`)) return actor
  return `${nameOf(subject)} by ${nameOf(actor)}`
}

/** What was done last, by whoever. */
export function Latest() {
  const audit = useResource<{ items: readonly AuditLine[] }>(`/audit?limit=${LINES}`, "anything")
  return (
    <Card title="What happened">
      <Loaded of={audit} lines={4}>
        {({ items }) => (
          <ol class="past">
            {items.map(({ seq, at, actor, action, subject }) => (
              <li key={seq}>
                <b>{deedOf(action, { isOwn: actor === subject || actor.startsWith(`${subject}@`) })}</b>
                <span title={subject}>{whoDid(actor, subject)}</span>
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
