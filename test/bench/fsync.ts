/** Slower disks than this machine's: a small library that counts and delays fsync, put before libc. */

import { readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { temporaryFolder } from "./leftovers.ts"

export type FsyncShim = Disposable & {
  /** The environment that makes a program's fsyncs counted, and slower by `ms`. */
  env(ms: number): Record<string, string>
  /** How many fsyncs there were since the shim was made. */
  count(): number
}

/** Compiles the library with gcc or cc; the reason why not where that cannot be done. */
export function makeFsyncShim(): FsyncShim | string {
  if (process.platform !== "linux") return "slow disks are imitated on Linux only"
  const compiler = Bun.which("gcc") ?? Bun.which("cc")
  if (compiler === null) return "slow disks are imitated by a small library, which needs gcc or cc"
  const made = temporaryFolder()
  const { path: folder } = made
  const library = join(folder, "slow-fsync.so")
  const counter = join(folder, "count")
  writeFileSync(counter, new Uint8Array(8))
  const source = join(import.meta.dir, "slow-fsync.c")
  const compiled = Bun.spawnSync([compiler, "-shared", "-fPIC", "-O2", "-o", library, source, "-ldl"])
  if (!compiled.success) {
    made[Symbol.dispose]()
    return `slow disks are imitated by a small library, which did not compile: ${compiled.stderr.toString().trim()}`
  }
  return {
    env: (ms) => ({ LD_PRELOAD: library, BENCH_FSYNC_US: String(ms * 1000), BENCH_FSYNC_COUNT: counter }),
    count: () => Number(readFileSync(counter).readBigInt64LE()),
    [Symbol.dispose]: made[Symbol.dispose],
  }
}
