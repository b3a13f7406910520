import type { IntakeMode } from "../mailbox/intake.ts"

/** How the mediator is, in one word and one sentence. */
export type Health = { readonly level: "ok" | "warn" | "fail"; readonly reason: string }

export type Signs = {
  /** Whether something could be written just now. */
  readonly isReady: boolean
  readonly intake: IntakeMode
  readonly isClockBelieved: boolean
  /** Why the last backup failed, as a sentence; null when it did not. */
  readonly backupFailure: string | null
  /** How old the newest verified backup is, ms; null without one, or without a database to make any of. */
  readonly backupAge: number | null
  readonly freeBytes: number
  readonly diskDaysLeft: number | null
  /** What the database uses, and may; 0 is no bound. */
  readonly usedBytes: number
  readonly mostBytes: number
  /** In the last minute. */
  readonly refused: number
  readonly takenIn: number
  /** Why most were refused lately, as a sentence. */
  readonly because: string | null
}

const MiB = 1024 * 1024
const GiB = 1024 * MiB
const NO_ROOM = 64 * MiB
const LITTLE_ROOM = GiB
const FEW_DAYS = 7
const MANY_REFUSED = 60
const DAY_MS = 86_400_000
/** As the doctor has it. */
const OLD_MS = 2 * DAY_MS

/** The worst of what there is to say. */
export function healthOf(signs: Signs): Health {
  const { intake, freeBytes, diskDaysLeft, usedBytes, mostBytes, refused, takenIn, because } = signs
  const fail = (reason: string): Health => ({ level: "fail", reason })
  const warn = (reason: string): Health => ({ level: "warn", reason })
  if (!signs.isReady) return fail("The database cannot be written: nothing is taken in.")
  if (freeBytes < NO_ROOM) return fail(`The disk is full: ${Math.floor(freeBytes / MiB)} MiB are free.`)
  if (mostBytes > 0 && usedBytes >= mostBytes)
    return fail("The database has reached storage.max_bytes: no mailbox takes more.")
  if (intake === "paused") return warn("Paused: nothing new is taken in until you open the intake again.")
  if (intake === "draining") return warn("Draining: nothing new is taken in, and every socket is asked to leave.")
  if (!signs.isClockBelieved) return warn("The clock cannot be right: nothing expires until it is.")
  if (freeBytes < LITTLE_ROOM) return warn(`The disk is nearly full: ${Math.floor(freeBytes / MiB)} MiB are free.`)
  if (diskDaysLeft !== null && diskDaysLeft < FEW_DAYS) {
    return warn(
      `The disk will be full in ${diskDaysLeft === 1 ? "1 day" : `${diskDaysLeft} days`} if it goes on like this.`,
    )
  }
  if (signs.backupFailure !== null) return warn(`The last backup failed: ${signs.backupFailure}`)
  if (signs.backupAge !== null && signs.backupAge > OLD_MS) {
    return warn(`The newest verified backup is ${Math.floor(signs.backupAge / DAY_MS)} days old: make one.`)
  }
  if (refused >= MANY_REFUSED && refused > takenIn) {
    return warn(`${refused} requests were refused in the last minute.${because === null ? "" : ` Mostly: ${because}`}`)
  }
  return { level: "ok", reason: "All is well." }
}
