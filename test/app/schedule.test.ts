import { expect, test } from "bun:test"
import { createBackups } from "../../src/app/backup/backups.ts"
import { makeBackup } from "../../src/app/backup/make.ts"
import { nextBackup } from "../../src/app/backup/schedule.ts"
import type { Worker } from "../../src/app/backup/works.ts"
import { systemRandom } from "../../src/base/random.ts"
import { Fault } from "../../src/faults.ts"
import { DAY, fakeClock, HOUR, listeningLog } from "../contract/world.ts"
import { house } from "./house.ts"

const local = (day: number, hour: number, minute = 0) => new Date(2026, 5, day, hour, minute).getTime()

test("a time of day is due once a day, also when it was missed", () => {
  expect(nextBackup("03:15", local(1, 3, 15), 0)).toBe(local(2, 3, 15))
  expect(nextBackup("03:15", local(1, 2), 0)).toBe(local(1, 3, 15))
  expect(nextBackup("03:15", local(1, 23), 0)).toBe(local(2, 3, 15))
  expect(nextBackup("03:15", null, local(4, 12))).toBe(local(5, 3, 15))
})

test("so often means after the last one, and at once when there is none", () => {
  expect(nextBackup("every 6h", local(1, 3), 0)).toBe(local(1, 9))
  expect(nextBackup("every 30m", local(1, 3), 0)).toBe(local(1, 3, 30))
  expect(nextBackup("every 2d", local(1, 3), 0)).toBe(local(1, 3) + 2 * DAY)
  expect(nextBackup("every 6h", null, 42)).toBe(42)
})

test("off is never", () => expect(nextBackup("off", 1, 1)).toBeNull())

/** Backups by a schedule, where making one is counted, and fails while it is told to. */
async function scheduled(schedule: string) {
  const home = await house()
  const clock = fakeClock()
  const log = listeningLog()
  const made: number[] = []
  const state = { isFailing: false }
  const work = (async () => {
    made.push(clock.now())
    if (state.isFailing) throw new Fault("backup.failed", { args: ["no room"] })
    throw new Fault("backup.busy")
  }) as unknown as Worker
  const settings = { ...home.settings, backup: { ...home.settings.backup, schedule } }
  const backups = createBackups({ settings, store: { audit: async () => null as never }, work, clock, log })
  const keeping = backups.keepSchedule()
  return {
    home,
    made,
    log,
    state,
    backups,
    async pass(ms: number) {
      for (let left = ms; left > 0; left -= 60_000) {
        clock.pass(60_000)
        await backups.newest()
        // A look at the folder takes as long as this one, or a little longer.
        await backups.newest()
        await Bun.sleep(0)
      }
    },
    [Symbol.dispose]() {
      keeping[Symbol.dispose]()
      home[Symbol.dispose]()
    },
  }
}

test("nothing is made by itself when it is off", async () => {
  using world = await scheduled("off")
  await world.pass(2 * DAY)
  expect(world.made).toEqual([])
})

test("one that fails is in the log and shown, and is tried again an hour later, not each minute", async () => {
  using world = await scheduled("every 1d")
  world.state.isFailing = true
  await world.pass(1.5 * HOUR)
  expect(world.made).toHaveLength(2)
  expect(world.log.events).toEqual(["backup.failed", "backup.failed"])
  expect(world.backups.failure()?.why).toContain("no room")
})

test("a backup from the future, made while the clock was ahead, keeps none from being made", async () => {
  using world = await scheduled("every 1d")
  const { home } = world
  await home.deliver("did:example:bob", 1)
  const { file, dataDir, dir } = home
  const at = Date.now() + 3650 * DAY
  await makeBackup({ file, dataDir, dir, passphrase: null, keep: 3, at, release: "0.0.1" }, { random: systemRandom })
  expect(await world.backups.newest()).toBeNull()
  await world.pass(60_000)
  expect(world.made).toHaveLength(1)
})
