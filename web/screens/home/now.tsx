import type { Snapshot } from "../../api/types.ts"
import { bytes, count, counted } from "../../kit/format.ts"
import { Card, Figure, Figures } from "../../kit/page.tsx"
import { Ago } from "../../kit/time.tsx"
import { to } from "../../router.ts"

/** Nobody buys a disk so long before it is full. */
const FAR_DAYS = 730

/** The figures of this moment, each a link to where they come from. */
export function Now({ of }: { of: Snapshot }) {
  const { registrations, topRefusal, diskDaysLeft } = of
  const isFar = diskDaysLeft === null || diskDaysLeft > FAR_DAYS
  const refused = of.refusals.reduce((sum, { count }) => sum + count, 0)
  return (
    <Card>
      <Figures>
        <Figure label="Mailboxes">
          <a href={to(["registrations"])}>{count(registrations.approved)}</a>
          <small>{registrations.suspended > 0 && `${count(registrations.suspended)} more suspended`}</small>
        </Figure>
        <Figure label="Connected now">
          <a href={to(["queues", "connections"])}>{count(of.sockets)}</a>
        </Figure>
        <Figure label="Waiting messages">
          <a href={to(["queues"])}>{count(of.messages)}</a>
          <small>
            {of.oldestAt === null ? (
              "nothing waits"
            ) : (
              <>
                {bytes(of.bytes)}, oldest <Ago at={of.oldestAt} />
              </>
            )}
          </small>
        </Figure>
        <Figure label="Last minute">
          {count(of.messagesInPerMinute)} in
          <small>{count(of.messagesOutPerMinute)} out</small>
        </Figure>
        <Figure label="Refused in an hour">
          <a href={to(["traffic"])}>{count(refused)}</a>
          <small>{topRefusal && `${count(topRefusal.count)} ×: ${topRefusal.sentence}`}</small>
        </Figure>
        <Figure label="Disk">
          <a href={to(["storage"])}>{isFar ? bytes(of.freeBytes) : counted(diskDaysLeft, "day")}</a>
          <small>{isFar ? "free, and not soon full" : `left, with ${bytes(of.freeBytes)} free`}</small>
        </Figure>
      </Figures>
    </Card>
  )
}
