/** A disk that takes half a second for each commit, and three thousand strangers at once. Needs a C compiler. */

import { expect, test } from "bun:test"
import { makeFsyncShim } from "../bench/fsync.ts"
import { postOf } from "../bench/lane.ts"
import { temporaryFolder } from "../bench/leftovers.ts"
import { meet } from "../bench/mediator.ts"
import { forwardTo, MEDIA_TYPE } from "../bench/wallet.ts"
import { dial } from "../transport/raw.ts"
import { resident, waiting } from "./people.ts"
import { freePort, launch, memoryOf } from "./process.ts"

const FSYNC_MS = 500
/** Of strangers 128 are let in, and 2,048 stand in line. */
const CROWD = 3_000
const INSIDE = 128 + 2_048

// Strangers stand behind a proxy, because this machine itself is exempt.
const flags = [
  ...["--admission-mode", "open", "--mailbox-max-messages", "10000", "--trusted-proxies", "127.0.0.1"],
  ...["--limits-per-address", "0", "--limits-forwards-per-address", "0", "--limits-connections-per-address", "0"],
]
const fromStranger = (request: Uint8Array): string =>
  Buffer.from(request).toString().replace("\r\n", "\r\nX-Forwarded-For: 203.0.113.7\r\n")

const shim = makeFsyncShim()

test.skipIf(typeof shim === "string")(
  "mail beyond what a slow disk takes is refused at once, and what was answered with 202 is there",
  async () => {
    if (typeof shim === "string") throw new Error(shim)
    using slow = shim
    using folder = temporaryFolder()
    const { path: dataDir } = folder
    const port = await freePort()
    const settled = async () => {
      await using mediator = await launch({ flags, dataDir, port })
      return await resident(mediator)
    }
    const bob = await settled()
    await using mediator = await launch({ flags, dataDir, port, env: slow.env(FSYNC_MS) })
    const post = await meet(mediator.url, mediator.did)
    const letters = await Promise.all(Array.from({ length: CROWD }, () => forwardTo(bob.did, post, null)))
    const wires = await Promise.all(letters.map(() => dial(mediator.url)))
    const before = memoryOf(mediator.pid)

    for (const [at, wire] of wires.entries()) wire.send(fromStranger(postOf(post.url, letters[at] ?? "", MEDIA_TYPE)))
    const health = await fetch(`${mediator.url}/healthz`)
    const answers = await Promise.all(wires.map((wire) => wire.until("\r\n\r\n", 120_000)))
    for (const wire of wires) wire[Symbol.dispose]()

    expect(health.status).toBe(200)
    const taken = answers.filter((answer) => answer.startsWith("HTTP/1.1 202 ")).length
    const refused = answers.filter((answer) => answer.startsWith("HTTP/1.1 503 "))
    expect(taken + refused.length).toBe(CROWD)
    expect(taken).toBeGreaterThanOrEqual(INSIDE)
    expect(refused.length).toBeGreaterThan(0)
    for (const answer of refused) expect(answer).toMatch(/\r\nretry-after: \d+\r\n/i)
    expect(memoryOf(mediator.pid) - before).toBeLessThan(150)
    expect(await waiting(mediator, bob)).toBe(taken)
  },
  180_000,
)
