import { expect, test } from "bun:test"
import { chmodSync, chownSync, readdirSync } from "node:fs"
import { join } from "node:path"
import { restoreAtRest } from "../../src/app/backup/at-rest.ts"
import { identityOf, openDesk } from "../../src/app/desk.ts"
import { Fault, faults } from "../../src/faults.ts"
import { home } from "./home.ts"

const NOBODY = 65_534

/** Does something as a user who is not root: as nobody, or as whoever runs the tests. */
async function unprivileged<T>(work: () => Promise<T>): Promise<T> {
  if (process.geteuid?.() !== 0) return await work()
  process.seteuid?.(NOBODY)
  try {
    return await work()
  } finally {
    process.seteuid?.(0)
  }
}

test("a data folder that may not be entered ends with 77, and says as whom to run the command", async () => {
  const { cwd, settings } = await home()
  chmodSync(cwd, 0o755)
  // Not to be entered by its owner either, who may be running this.
  chmodSync(settings.server.data_dir, 0o600)
  const fault = await unprivileged(() => identityOf(settings).catch(Fault.from))
  chmodSync(settings.server.data_dir, 0o700)
  if (!(fault instanceof Fault)) throw new Error("the folder was entered")
  expect(fault.detail).toStartWith(
    `${settings.server.data_dir}: run the command as the user who runs the mediator, for example with sudo -u '#`,
  )
  expect(faults[fault.code].exit).toBe(77)
})

test.if(process.geteuid?.() === 0)(
  "root is told to act as whoever owns the data, and leaves nothing there",
  async () => {
    const { settings } = await home()
    const folder = settings.server.data_dir
    const identity = join(folder, "identity.json")
    for (const path of [folder, identity]) chownSync(path, NOBODY, NOBODY)
    const files = readdirSync(folder)
    const wanted: readonly (() => Promise<unknown>)[] = [
      () => openDesk(settings),
      () => restoreAtRest(settings, { archive: "any.tar", confirm: null, by: "test" }),
    ]
    for (const open of wanted) {
      const [outcome] = await Promise.allSettled([open()])
      expect(outcome.status === "rejected" && Fault.from(outcome.reason)).toMatchObject({
        code: "folder.forbidden",
        detail: expect.stringContaining(`sudo -u '#${NOBODY}'`),
      })
    }
    expect(readdirSync(folder)).toEqual(files)
  },
)
