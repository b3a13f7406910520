import { Database } from "bun:sqlite"
import { expect, test } from "bun:test"
import { join } from "node:path"
import { openStore } from "../../src/store/store.ts"
import { audit, fakeClock, listeningLog, START, seededRandom } from "../contract/world.ts"
import { folder } from "./places.ts"

const open = (dataDir: string) => {
  const given = { dataDir, clock: fakeClock(), random: seededRandom(1), log: listeningLog() }
  return openStore("sqlite:restante.db", { ...given, writer: "worker" })
}

/** A database with ten lines of audit, and what becomes of it at the hand of somebody who has the file. */
async function written() {
  const where = await folder()
  const store = await open(where.path)
  for (let n = 1; n <= 10; n++) await store.audit({ ...audit, action: `act ${n}` })
  return {
    store,
    forge(...changes: string[]) {
      using db = new Database(where.file)
      for (const trigger of ["audit_stays", "audit_is_final"]) db.run(`DROP TRIGGER ${trigger}`)
      for (const change of changes) db.run(change)
    },
    attempt(change: string): string {
      using db = new Database(where.file)
      try {
        return String(db.run(change).changes)
      } catch (thrown) {
        return String(thrown)
      }
    },
    [Symbol.asyncDispose]: async () => {
      await store[Symbol.asyncDispose]()
      await where[Symbol.asyncDispose]()
    },
  }
}

test.each(["DELETE FROM audit", "DELETE FROM audit WHERE seq = 10", "UPDATE audit SET actor = 'nobody' WHERE seq = 3"])(
  "the database itself refuses %s",
  async (change) => {
    await using here = await written()
    expect(here.attempt(change)).toContain("the audit is append-only")
    expect(await here.store.verifyAudit()).toEqual({ lines: 10, broken: null })
  },
)

test.each([
  ["a changed actor", ["UPDATE audit SET actor = 'nobody' WHERE seq = 4"], 4],
  ["a changed time", ["UPDATE audit SET at = at + 1 WHERE seq = 1"], 1],
  ["a changed detail", ["UPDATE audit SET detail = 'x' WHERE seq = 10"], 10],
  ["a changed hash", [`UPDATE audit SET hash = '${"0".repeat(64)}' WHERE seq = 7`], 7],
  ["a line taken out", ["DELETE FROM audit WHERE seq = 5"], 5],
  ["the first line taken out", ["DELETE FROM audit WHERE seq = 1"], 1],
  ["the last lines taken out", ["DELETE FROM audit WHERE seq > 8"], 9],
  ["all lines taken out", ["DELETE FROM audit"], 1],
  [
    "two lines exchanged",
    [
      "UPDATE audit SET seq = -1 WHERE seq = 2",
      "UPDATE audit SET seq = 2 WHERE seq = 3",
      "UPDATE audit SET seq = 3 WHERE seq = -1",
    ],
    2,
  ],
] as const)("%s is found, and where", async (_, changes, broken) => {
  await using here = await written()
  here.forge(...changes)
  expect(await here.store.verifyAudit()).toEqual({ lines: broken - 1, broken })
  // What is written afterwards does not heal it.
  await here.store.audit({ ...audit, action: "later" })
  expect(await here.store.verifyAudit()).toMatchObject({ broken })
})

test("two processes and a server make one unbroken chain, and together use an invite exactly as often as it says", async () => {
  await using where = await folder()
  await using store = await open(where.path)
  const overrides = { maxMessages: null, maxBytes: null }
  const invite = { id: "party", label: "", uses: 30, expiresAt: null, createdAt: START, overrides }
  await store.createInvite({ invite, audit })
  const script = join(import.meta.dir, "annalist.ts")
  const others = ["one", "two"].map((name) => {
    const cmd = [process.execPath, script, where.path, name, "40", "party"]
    return Bun.spawn({ cmd, stdout: "pipe", stderr: "inherit" })
  })
  let isOver = false
  const ended = Promise.all(others.map((other) => other.exited)).then(() => {
    isOver = true
  })
  let own = 0
  while (!isOver) {
    await store.audit({ ...audit, action: `own ${own++}` })
    await Bun.sleep(1)
  }
  await ended
  const admitted = await Promise.all(others.map((other) => new Response(other.stdout).text()))
  expect(admitted.map(Number).reduce((sum, n) => sum + n)).toBe(30)
  expect(await store.invite("party")).toMatchObject({ used: 30 })
  expect(await store.verifyAudit()).toEqual({ lines: 1 + 80 + 30 + own, broken: null })
}, 20_000)
