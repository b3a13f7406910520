import { usePoll } from "../../api/poll.ts"
import { useResource } from "../../api/resource.ts"
import type { Storage as Facts } from "../../api/types.ts"
import { bytes, count } from "../../kit/format.ts"
import { Card, Figure, Figures, PageFrame } from "../../kit/page.tsx"
import { Quota } from "../../kit/quota.tsx"
import { Loaded } from "../../kit/states.tsx"
import { Backups } from "./backups.tsx"
import { DaysLeft } from "./days-left.tsx"

const EVERY_MS = 15_000

/** How much is kept, how much more can be, and what there is to go back to. */
export function Storage() {
  const storage = usePoll(useResource<Facts>("/storage"), EVERY_MS)
  return (
    <PageFrame title="Storage & backups" lead="Everything is in one database in the data folder.">
      <Loaded of={storage} lines={4}>
        {(found) => (
          <div class="halves">
            <Room of={found} />
            <Disk of={found} />
          </div>
        )}
      </Loaded>
      <Backups />
    </PageFrame>
  )
}

const Room = ({ of: { databaseBytes, walBytes, freeBytes, reusableBytes, ...of } }: { of: Facts }) => (
  <Card title="Room">
    <Figures>
      <Figure label="Database">
        <Quota
          used={databaseBytes + walBytes}
          most={databaseBytes + walBytes + freeBytes}
          label="Of the room there is"
          shown={bytes}
        />
      </Figure>
      <Figure label="Disk full in">
        <DaysLeft days={of.daysLeft} growth={of.growthBytesPerDay} />
      </Figure>
      <Figure label="Reusable">
        {sizeOf(reusableBytes)}
        <small>inside it, after deletions</small>
      </Figure>
      <Figure label="Ballast">
        {sizeOf(of.ballastBytes)}
        <small>given up when the disk is full</small>
      </Figure>
    </Figures>
  </Card>
)

const Disk = ({ of }: { of: Facts }) => (
  <Card title="Disk">
    <Figures>
      <Figure label="Commit">
        {milliseconds(of.commitP50)}
        <small>half are faster</small>
      </Figure>
      <Figure label="Commit p99">
        {milliseconds(of.commitP99)}
        <small>1 % are slower</small>
      </Figure>
      <Figure label="Durability">
        {of.durability}
        <small>on disk before the answer</small>
      </Figure>
      <Figure label="Write log">
        {bytes(of.walBytes)}
        <small>
          schema {of.schema}, {bytes(of.pageSize)} pages
        </small>
      </Figure>
    </Figures>
  </Card>
)

const sizeOf = (amount: number) => (amount === 0 ? "none" : bytes(amount))

const milliseconds = (ms: number | null) => (ms === null ? "–" : `${count(Math.round(ms * 10) / 10)} ms`)
