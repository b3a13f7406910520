import { afterAll, beforeAll, describe, expect, test } from "bun:test"
import { rmSync } from "node:fs"
import { type Disk, makeDisk } from "./disk.ts"
import { acknowledge, fetchSome, isAccepted, letter, post, resident, takeAll } from "./people.ts"
import { freePort, freshFolder, launch, spawn } from "./process.ts"

/** A disk on which calls fail with EIO, and one that dies in the middle of a change. */

let disk: Disk
beforeAll(() => {
  disk = makeDisk()
})
afterAll(() => disk[Symbol.dispose]())

const flags = ["--storage-ballast", "1MiB"]
const statusOf = async (url: string) => (await fetch(url)).status

describe.each([["sync"], ["write"]] as const)("after a %s that failed", (what) => {
  test("nothing is accepted, also when the disk is well again, mail is handed out, and a restart mends it", async () => {
    const dataDir = freshFolder()
    disk.fail()
    const mediator = await launch({ dataDir, env: disk.env(), flags })
    const port = Number(new URL(mediator.url).port)
    const bob = await resident(mediator)
    const put = async (id: string) => isAccepted(mediator.url, (await letter(mediator, bob.did, id)).bytes)
    expect(await put("before")).toBe(true)
    const [before] = await fetchSome(mediator, bob)

    const failed = disk.failed()
    disk.fail(what)
    const letters = await Promise.all(Array.from({ length: 20 }, (_, n) => letter(mediator, bob.did, `during ${n}`)))
    const answers = await Promise.all(letters.map(({ bytes }) => isAccepted(mediator.url, bytes)))
    expect(new Set(answers)).toEqual(new Set([false]))
    expect(disk.failed()).toBeGreaterThan(failed)
    disk.fail()

    // The kernel may have forgotten what it could not write: that a later sync succeeds says nothing.
    expect(await put("after")).toBe(false)
    expect((await post(mediator.url, letters[0]?.bytes ?? "")).ok).toBe(false)
    expect(await statusOf(`${mediator.url}/readyz`)).toBe(503)
    expect(await statusOf(`${mediator.url}/healthz`)).toBe(200)
    expect((await fetchSome(mediator, bob)).map(({ letter }) => letter)).toEqual(["before"])
    expect(JSON.stringify(await acknowledge(mediator, bob, [before?.id ?? ""]).catch(() => null))).not.toBe("0")
    expect(mediator.stderr().match(/error store\.disk_failed .*restart/g)).toHaveLength(1)

    mediator.kill()
    expect(await mediator.exited).toBe(0)
    await using again = await launch({ dataDir, port, flags })
    const kept = (await takeAll(again, bob)).map(({ letter }) => letter)
    expect(kept.filter((id) => id === "before")).toEqual(["before"])
    expect(new Set(kept).size).toBe(kept.length)
    expect(await isAccepted(again.url, letters[0]?.bytes ?? "")).toBe(true)
    rmSync(dataDir, { recursive: true })
  }, 180_000)
})

test("it does not start on a disk that fails: exit 74, and a sentence", async () => {
  disk.fail("sync")
  const { exited, stderr } = spawn({ env: disk.env(), flags })
  const code = await exited
  disk.fail()
  expect(code).toBe(74)
  expect(stderr()).toMatch(/^\[error\] The database[\s\S]*cannot be written/)
  expect(stderr()).not.toMatch(/^\s+at |\$bunfs|\.ts:\d/m)
})

describe("killed half way through a change", () => {
  /** Of the file that the write-ahead log is emptied into: a small ballast makes that happen every few letters. */
  test.each([1, 2, 3, 8, 21])(
    "of the database (the %d. of a start), it has everything that it accepted",
    async (n) => {
      const dataDir = freshFolder()
      const port = await freePort()
      const first = await launch({ dataDir, port, flags })
      const bob = await resident(first)
      first.kill()
      await first.exited

      const second = await launch({ dataDir, port, env: disk.env({ killAt: `restante.db:${n}` }), flags }).catch(
        () => null,
      )
      const accepted: string[] = []
      for (let at = 0; second && at < 500; at++) {
        const { id, bytes } = await letter(first, bob.did, `${at}`, 3_000)
        const answer = await isAccepted(second.url, bytes)
        if (answer === undefined) break
        expect(answer).toBe(true)
        accepted.push(id)
      }
      expect(accepted.length).toBeLessThan(500)
      await using third = await launch({ dataDir, port, flags })
      const kept = (await takeAll(third, bob)).map(({ letter }) => letter)
      expect(accepted.filter((id) => !kept.includes(id))).toEqual([])
      expect(new Set(kept).size).toBe(kept.length)
      rmSync(dataDir, { recursive: true })
    },
    60_000,
  )

  test.each([
    ["restante.db-journal", [1, 2, 4, 7]],
    ["restante.db", [1, 2]],
    ["restante.db-wal", [1, 2, 3, 10, 40, 60]],
  ])(
    "of %s while the database is made, it starts the next time",
    async (file, changes) => {
      for (const change of changes) {
        const dataDir = freshFolder()
        const { exited } = spawn({ dataDir, env: disk.env({ killAt: `${file}:${change}` }), flags })
        expect([change, await exited]).toEqual([change, 137])
        await using mediator = await launch({ dataDir, flags })
        const bob = await resident(mediator)
        expect(await isAccepted(mediator.url, (await letter(mediator, bob.did, "one")).bytes)).toBe(true)
        mediator.kill()
        await mediator.exited
        rmSync(dataDir, { recursive: true })
      }
    },
    60_000,
  )
})
