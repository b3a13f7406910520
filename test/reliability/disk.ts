/** A disk that fails on demand, and tells afterwards what was done to it: a small library before libc. Linux only. */

import { closeSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync, writeSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"

/** What can be made to fail with EIO, as disk.c numbers it. */
const failures = { sync: 1, write: 2, read: 4 } as const

/** One thing that was done to a file, or the beginning of an answer on a socket. */
export type Event =
  | { readonly kind: "write"; readonly file: string; readonly offset: number; readonly bytes: Buffer }
  | { readonly kind: "truncate"; readonly file: string; readonly size: number }
  | { readonly kind: "sync begins" | "sync ends" | "unlink"; readonly file: string }
  | { readonly kind: "folder sync" }
  /** `port` is the client's. */
  | { readonly kind: "answer"; readonly port: number; readonly status: number }

export type Disk = Disposable & {
  /** The environment in which a program has this disk; it tells everything when it is `recorded`. */
  env(options?: { recorded?: boolean; killAt?: string; folder?: string; size?: number }): Record<string, string>
  /** From now on these fail; without any, all is well again. */
  fail(...what: readonly (keyof typeof failures)[]): void
  /** How many calls failed. */
  failed(): number
  events(): Event[]
}

/** Compiles the library. Throws where there is no C compiler: what it shows must not be passed over in silence. */
export function makeDisk(): Disk {
  const compiler = Bun.which("cc") ?? Bun.which("gcc")
  if (process.platform !== "linux" || compiler === null) throw new Error("a failing disk needs Linux and a C compiler")
  const folder = mkdtempSync(join(tmpdir(), "restante-disk-"))
  const [library, log, control] = ["disk.so", "log", "control"].map((name) => join(folder, name)) as [
    string,
    string,
    string,
  ]
  const source = join(import.meta.dir, "disk.c")
  const compiled = Bun.spawnSync([compiler, "-shared", "-fPIC", "-O2", "-o", library, source, "-ldl", "-lpthread"])
  if (!compiled.success) throw new Error(`disk.c did not compile: ${compiled.stderr}`)
  writeFileSync(control, new Uint8Array(8))
  return {
    env: ({ recorded = false, killAt, folder: watched, size } = {}) => ({
      LD_PRELOAD: library,
      DISK_CONTROL: control,
      ...(recorded && { DISK_LOG: log }),
      ...(killAt !== undefined && { DISK_KILL: killAt }),
      ...(watched !== undefined && { DISK_FOLDER: watched, DISK_SIZE: String(size) }),
    }),
    fail(...what) {
      // In place: the library has the file mapped.
      const file = openSync(control, "r+")
      writeSync(file, Int32Array.of(what.reduce((sum, name) => sum | failures[name], 0)))
      closeSync(file)
    },
    failed: () => readFileSync(control).readInt32LE(4),
    events: () => parse(readFileSync(log)),
    [Symbol.dispose]: () => rmSync(folder, { recursive: true, force: true }),
  }
}

const HEAD = 16

function parse(log: Buffer): Event[] {
  const events: Event[] = []
  for (let at = 0; at < log.length; ) {
    const [kind, nameLength, length] = [log[at] ?? 0, log[at + 1] ?? 0, log.readUInt32LE(at + 4)]
    const offset = Number(log.readBigUInt64LE(at + 8))
    const start = at + HEAD + nameLength
    const file = log.toString("latin1", at + HEAD, start)
    const bytes = log.subarray(start, start + length)
    if (kind === 1) events.push({ kind: "write", file, offset, bytes })
    if (kind === 2) events.push({ kind: "truncate", file, size: offset })
    if (kind === 3 || kind === 4) events.push({ kind: kind === 3 ? "sync begins" : "sync ends", file })
    if (kind === 6) events.push({ kind: "unlink", file })
    if (kind === 7) events.push({ kind: "folder sync" })
    if (kind === 5) events.push({ kind: "answer", port: offset, status: Number(bytes) })
    at = start + length
  }
  return events
}
