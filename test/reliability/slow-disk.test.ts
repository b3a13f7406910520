/** A disk that takes a second for each commit, and three thousand strangers at once. Needs a C compiler. */

import { expect, test } from "bun:test"
import { makeFsyncShim } from "../bench/fsync.ts"
import { openLane, postOf } from "../bench/lane.ts"
import { meet, register } from "../bench/mediator.ts"
import { memoryOf } from "../bench/process.ts"
import { forwardTo, MEDIA_TYPE, mintPurse, openWallet } from "../bench/wallet.ts"
import { dial } from "../transport/raw.ts"
import { start } from "./process.ts"

const FSYNC_MS = 1_000
/** Strangers at once; the mediator lets 128 of them in, and 2,048 stand in line. */
const CROWD = 3_000
const INSIDE = 128 + 2_048
const MB = 1e6

const shim = makeFsyncShim()

test.skipIf(typeof shim === "string")(
  "more mail than a slow disk takes is refused at once with 503 and Retry-After, and memory stays bounded",
  async () => {
    if (typeof shim === "string") throw new Error(shim)
    using slow = shim
    // Strangers stand behind a proxy, because this machine itself is not limited.
    const flags = ["--admission-mode", "open", "--trusted-proxies", "127.0.0.1", ...unlimited]
    await using server = await start({ flags, env: slow.env(FSYNC_MS) })
    const mediator = await meet(server.url, server.did)
    const wallet = openWallet(mintPurse())
    await register(wallet, mediator, await openLane(mediator.url))
    const before = memoryOf(server.pid)?.peak ?? 0

    const crowd = await Promise.all(Array.from({ length: CROWD }, () => dial(server.url)))
    const letters = await Promise.all(crowd.map(() => forwardTo(wallet.did, mediator, null)))
    for (const [at, wire] of crowd.entries()) wire.send(fromStranger(postOf(mediator.url, letters[at] ?? "", MEDIA_TYPE)))
    // Somebody who only looks in is not kept waiting by the disk.
    const health = await fetch(`${server.url}/healthz`)
    const answers = await Promise.all(crowd.map((wire) => wire.until("\r\n\r\n", 90_000)))
    const after = memoryOf(server.pid)?.peak ?? Number.POSITIVE_INFINITY
    for (const wire of crowd) wire[Symbol.dispose]()

    expect(health.status).toBe(200)
    const taken = answers.filter((answer) => answer.startsWith("HTTP/1.1 202 "))
    const refused = answers.filter((answer) => answer.startsWith("HTTP/1.1 503 "))
    expect(taken.length + refused.length).toBe(CROWD)
    expect(taken.length).toBeGreaterThanOrEqual(INSIDE)
    expect(refused.length).toBeGreaterThan(0)
    for (const answer of refused) expect(answer).toMatch(/\r\nRetry-After: \d+\r\n/i)
    expect(after - before).toBeLessThan(200 * MB)
    // What was answered with 202 is there, and nothing else.
    expect(await waiting(server.url)).toBe(taken.length)
  },
  180_000,
)
