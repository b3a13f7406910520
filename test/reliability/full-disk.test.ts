import { expect, test } from "bun:test"
import { rmSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import type { Resident } from "../kit/resident.ts"
import { makeDisk } from "./disk.ts"
import { acknowledge, fetchSome, isAccepted, letter, post, resident, takeAll, waiting } from "./people.ts"
import { freshFolder, launch, type Running } from "./process.ts"
import { mount } from "./tmpfs.ts"

/** A disk that is full: really, where a small tmpfs may be mounted, and as disk.c imitates it, everywhere. */

type Small = Disposable & { readonly dataDir: string; readonly env: Record<string, string> }

function real(megabytes: number): Small | null {
  const disk = mount(`${megabytes}m`)
  return disk && { dataDir: disk.path, env: {}, [Symbol.dispose]: disk[Symbol.dispose] }
}

function imitated(megabytes: number): Small {
  const disk = makeDisk()
  const dataDir = freshFolder()
  return {
    dataDir,
    env: disk.env({ folder: dataDir, size: megabytes * 1024 * 1024 }),
    [Symbol.dispose]() {
      disk[Symbol.dispose]()
      rmSync(dataDir, { recursive: true, force: true })
    },
  }
}

const probe = real(1)
const kinds = [["imitated", imitated] as const, ...(probe ? [["real", real] as const] : [])]
probe?.[Symbol.dispose]()

const LETTER = 50_000

/** Sends letters until one is not accepted; the ids of those that were. */
async function fill(mediator: Running, who: Resident, name: string): Promise<string[]> {
  const accepted: string[] = []
  for (let n = 0; n < 2_000; n++) {
    const { id, bytes } = await letter(mediator, who.did, `${name}${n}`, LETTER)
    if (!(await isAccepted(mediator.url, bytes))) return accepted
    accepted.push(id)
  }
  throw new Error("the disk did not fill up")
}

const statusOf = async (url: string) => (await fetch(url)).status

test.each(kinds)(
  "(%s) a full disk: refused and not lied about, mail can be read and taken, and there is room again without a restart",
  async (_, make) => {
    using disk = make(12)
    await using mediator = await launch({ ...disk })
    const bob = await resident(mediator)
    const accepted = await fill(mediator, bob, "a")
    expect(accepted.length).toBeGreaterThan(20)

    const refused = await letter(mediator, bob.did, "refused", LETTER)
    const response = await post(mediator.url, refused.bytes)
    expect(response.ok && (await response.text()) === "").toBe(false)
    expect(await statusOf(`${mediator.url}/healthz`)).toBe(200)

    // Everything that was accepted is there and can be read.
    expect(await waiting(mediator, bob)).toBe(accepted.length)
    const some = await fetchSome(mediator, bob, 20)
    expect(some.map(({ letter }) => letter)).toEqual(accepted.slice(0, 20))

    // Taking it makes room, and new mail is accepted.
    const ids = some.map(({ id }) => id)
    expect(await acknowledge(mediator, bob, ids)).toBe(accepted.length - 20)
    expect(await isAccepted(mediator.url, refused.bytes)).toBe(true)
    expect((await takeAll(mediator, bob)).map(({ letter }) => letter)).toEqual([...accepted.slice(20), "refused"])
    expect(await statusOf(`${mediator.url}/readyz`)).toBe(200)
  },
  60_000,
)

test.each(kinds)(
  "(%s) a disk that somebody else filled: not ready and refusing, then ready again when the other file is gone",
  async (_, make) => {
    using disk = make(24)
    const { dataDir = "" } = disk ?? {}
    await using mediator = await launch({ ...disk })
    const bob = await resident(mediator)
    expect(await isAccepted(mediator.url, (await letter(mediator, bob.did, "before")).bytes)).toBe(true)
    const other = join(dataDir, "other")
    try {
      writeFileSync(other, Buffer.alloc(32 * 1024 * 1024))
    } catch (error) {
      expect(String(error)).toContain("ENOSPC")
    }
    await fill(mediator, bob, "b")
    expect(await statusOf(`${mediator.url}/readyz`)).toBe(503)
    const kept = (await fetchSome(mediator, bob, 100)).map(({ letter }) => letter)
    expect(kept[0]).toBe("before")

    rmSync(other)
    expect(await statusOf(`${mediator.url}/readyz`)).toBe(200)
    expect(await isAccepted(mediator.url, (await letter(mediator, bob.did, "after", LETTER)).bytes)).toBe(true)
    expect(mediator.stderr()).not.toContain("mediator.stopped")
  },
  60_000,
)

test.each(kinds)(
  "(%s) stopped and started on a full disk, it still hands out what it has",
  async (_, make) => {
    using disk = make(12)
    const first = await launch({ ...disk })
    const port = Number(new URL(first.url).port)
    const bob = await resident(first)
    const accepted = await fill(first, bob, "c")
    first.kill("SIGKILL")
    await first.exited
    await using second = await launch({ ...disk, port })
    expect((await takeAll(second, bob)).map(({ letter }) => letter)).toEqual(accepted)
  },
  60_000,
)
