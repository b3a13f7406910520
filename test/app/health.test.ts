import { expect, test } from "bun:test"
import { healthOf, type Signs } from "../../src/app/health.ts"

const GiB = 1024 ** 3

const well: Signs = {
  isReady: true,
  intake: "open",
  isClockBelieved: true,
  backupFailure: null,
  backupAge: null,
  freeBytes: 50 * GiB,
  diskDaysLeft: null,
  usedBytes: GiB,
  mostBytes: 0,
  refused: 0,
  takenIn: 0,
  because: null,
}

test("nothing is wrong", () => {
  expect(healthOf(well)).toEqual({ level: "ok", reason: "All is well." })
  expect(healthOf({ ...well, refused: 59, mostBytes: 2 * GiB, diskDaysLeft: 7 }).level).toBe("ok")
  expect(healthOf({ ...well, refused: 500, takenIn: 501 }).level).toBe("ok")
})

test.each<[Partial<Signs>, string, string]>([
  [{ isReady: false }, "fail", "The database cannot be written: nothing is taken in."],
  [{ freeBytes: 3 * 1024 * 1024 }, "fail", "The disk is full: 3 MiB are free."],
  [{ mostBytes: GiB }, "fail", "The database has reached storage.max_bytes: no mailbox takes more."],
  [{ intake: "paused" }, "warn", "Paused: nothing new is taken in until you open the intake again."],
  [{ intake: "draining" }, "warn", "Draining: nothing new is taken in, and every socket is asked to leave."],
  [{ isClockBelieved: false }, "warn", "The clock cannot be right: nothing expires until it is."],
  [{ freeBytes: 500 * 1024 * 1024 }, "warn", "The disk is nearly full: 500 MiB are free."],
  [{ diskDaysLeft: 1 }, "warn", "The disk will be full in 1 day if it goes on like this."],
  [{ diskDaysLeft: 6 }, "warn", "The disk will be full in 6 days if it goes on like this."],
  [{ backupFailure: "The disk is full." }, "warn", "The last backup failed: The disk is full."],
  [{ backupAge: 3.5 * 86_400_000 }, "warn", "The newest verified backup is 3 days old: make one."],
  [{ refused: 60, because: "Slow down." }, "warn", "60 requests were refused in the last minute. Mostly: Slow down."],
])("%j is told", (signs, level, reason) => {
  expect(healthOf({ ...well, ...signs })).toEqual({ level: level as "warn", reason })
})

test("the worst is told first", () => {
  const bad = { ...well, intake: "paused", freeBytes: 0, isClockBelieved: false } as const
  expect(healthOf({ ...bad, isReady: false }).reason).toStartWith("The database")
  expect(healthOf(bad).reason).toStartWith("The disk is full")
  expect(healthOf({ ...bad, freeBytes: GiB }).reason).toStartWith("Paused")
})
