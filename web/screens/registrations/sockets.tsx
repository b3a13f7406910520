import { usePoll } from "../../api/poll.ts"
import { useResource } from "../../api/resource.ts"
import type { Connection, Page } from "../../api/types.ts"
import { Badge } from "../../kit/badge.tsx"
import { Button } from "../../kit/button.tsx"
import { bytes } from "../../kit/format.ts"
import { Card } from "../../kit/page.tsx"
import { Ago } from "../../kit/time.tsx"
import { closeConnection } from "../../people/close-connection.ts"
import { laneNames } from "../../people/lanes.ts"
import { to } from "../../router.ts"

const SHOWN = 5
const EVERY_MS = 10_000

/** Where somebody is connected right now; nothing at all where they are not. */
export function Sockets({ did }: { did: string }) {
  const filters = new URLSearchParams({ did, limit: String(SHOWN) })
  const { value } = usePoll(
    useResource<Page<Connection>>(`/connections?${filters}`, ["connection.", "registration."]),
    EVERY_MS,
  )
  if (!value || value.total === 0) return null
  const more = value.total - value.items.length
  return (
    <Card title="Connected now">
      <ul class="rows">
        {value.items.map((one) => (
          <li key={one.id}>
            <span>
              <Badge>{laneNames[one.lane]}</Badge>
              {one.isLive && <Badge tone="good">live</Badge>}
            </span>
            <code>{one.address}</code>
            <span class="soft">
              since <Ago at={one.since} />
              {one.bufferedBytes > 0 && `, ${bytes(one.bufferedBytes)} not yet read`}
            </span>
            <Button tone="quiet" onClick={() => closeConnection(one)}>
              Close
            </Button>
          </li>
        ))}
      </ul>
      {more > 0 && <a href={to(["queues", "connections"], { did })}>and {more} more</a>}
    </Card>
  )
}
