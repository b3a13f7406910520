import { randomBytes } from "node:crypto"
import { rmSync } from "node:fs"
import { open } from "node:fs/promises"
import { join } from "node:path"

const ROUNDS = 40
const BLOCK = 4096

/** How long the disk of `folder` takes for small writes, in ms: as the database does it, each on disk before the next. */
export async function timeSyncs(folder: string): Promise<readonly number[]> {
  const path = join(folder, `.fsync-${randomBytes(4).toString("hex")}`)
  using _scratch = { [Symbol.dispose]: () => rmSync(path, { force: true }) }
  await using file = await open(path, "wx", 0o600)
  const block = randomBytes(BLOCK)
  const times: number[] = []
  for (let round = 0; round < ROUNDS; round++) {
    const began = performance.now()
    await file.write(block, 0, BLOCK, round * BLOCK)
    await file.datasync()
    times.push(performance.now() - began)
  }
  return times
}

/** The time that half of `times` did not exceed, and the one that 99 of 100 did not. */
export function percentiles(times: readonly number[]): { readonly p50: number; readonly p99: number } {
  const sorted = times.toSorted((a, b) => a - b)
  const at = (share: number) => sorted[Math.ceil(sorted.length * share) - 1] ?? Number.NaN
  return { p50: at(0.5), p99: at(0.99) }
}
