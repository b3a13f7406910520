import { useResource } from "../api/resource.ts"
import type { Account, Page } from "../api/types.ts"
import { Button } from "../kit/button.tsx"
import { shortDid } from "../kit/did.ts"
import { DidName } from "../kit/did-name.tsx"
import { counted } from "../kit/format.ts"
import { Ago } from "../kit/time.tsx"
import { to } from "../router.ts"
import { laneNames } from "./lanes.ts"
import { decide } from "./work.tsx"

const SHOWN = 4

/** Who asks for a mailbox, where nobody can overlook it. */
export function Waiting() {
  const { value } = useResource<Page<Account>>(`/registrations?state=pending&limit=${SHOWN}`, ["registration."])
  if (!value || value.total === 0) return null
  const more = value.total - value.items.length
  return (
    <section class="waiting" aria-label="Requests">
      <h2>{counted(value.total, "request waits", "requests wait")} for you</h2>
      <ul>
        {value.items.map(({ did, label, lanes, createdAt }) => {
          const name = label || shortDid(did)
          return (
            <li key={did}>
              <DidName did={did} label={label} href={to(["registrations", did])} />
              <span class="soft">
                {lanes.map((lane) => laneNames[lane]).join(", ")} · <Ago at={createdAt} />
              </span>
              <span class="actions">
                <Button icon="cross" onClick={() => decide(did, name, "deny")}>
                  Deny
                </Button>
                <Button tone="main" icon="check" onClick={() => decide(did, name, "approve")}>
                  Approve
                </Button>
              </span>
            </li>
          )
        })}
      </ul>
      {more > 0 && <a href={to(["registrations"], { state: "pending" })}>and {more} more</a>}
    </section>
  )
}
