import type { Vitals } from "../admin/endpoints/status.ts"
import type { Clock } from "../base/clock.ts"
import { Fault } from "../faults.ts"
import type { ClockGuard } from "../mailbox/clock-guard.ts"
import type { MeasureStore } from "../mailbox/operator-ports.ts"
import type { Backups } from "./backup/backups.ts"
import { healthOf } from "./health.ts"
import type { History } from "./history.ts"
import type { OpenIntake } from "./intake.ts"
import type { LiveSettings } from "./live-settings.ts"
import type { Meters } from "./meters.ts"

/** Nobody plans further ahead than this. */
const MOST_DAYS = 3_650

type Parts = {
  readonly history: History
  readonly intake: Pick<OpenIntake, "mode">
  readonly guard: Pick<ClockGuard, "isBelieved">
  readonly live: LiveSettings
  readonly meters: Meters
  readonly backups: Pick<Backups, "failure" | "latest">
  readonly clock: Clock
}
type Measure = Awaited<ReturnType<MeasureStore["measure"]>>

/** How the mediator fares, and what that means. */
export function createVitals({ history, intake, guard, live, meters, backups, clock }: Parts) {
  function daysLeft(freeBytes: number): number | null {
    const change = history.trend("disk_free_bytes")
    if (change === null || change >= 0) return null
    const days = Math.floor(freeBytes / -change)
    return days > MOST_DAYS ? null : days
  }

  return ({ isReady, measure }: { isReady: boolean; measure: Measure }): Vitals => {
    const { freeBytes, databaseBytes, reusableBytes } = measure
    const [top = null] = refusalsOf(meters)
    const newest = backups.latest()
    const messagesInPerMinute = history.inLastMinute("messages_in_")
    const diskDaysLeft = daysLeft(freeBytes)
    const signs = {
      isReady,
      intake: intake.mode(),
      isClockBelieved: guard.isBelieved(),
      backupFailure: backups.failure()?.why ?? null,
      backupAge: newest && clock.now() - newest.at,
      freeBytes,
      diskDaysLeft,
      usedBytes: databaseBytes - reusableBytes,
      mostBytes: live.now().storage.max_bytes,
      refused: history.inLastMinute("refusals"),
      takenIn: messagesInPerMinute,
      because: top?.sentence ?? null,
    }
    return {
      messagesInPerMinute,
      messagesOutPerMinute: history.inLastMinute("messages_out_"),
      topRefusal: top,
      diskDaysLeft,
      intake: signs.intake,
      health: healthOf(signs),
    }
  }
}

/** What a sentence says of one refusal, and not of many. */
const UNSAID = ["…", "…", "…"]

/** What was refused within the hour, the commonest first, in words. */
export const refusalsOf = ({ refusals }: Pick<Meters, "refusals">) =>
  refusals.lastHour().map((one) => ({ ...one, sentence: new Fault(one.code, { args: UNSAID }).sentence }))
