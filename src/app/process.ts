/** What the operating system and the event loop say about this process. */

import { readdirSync, statSync } from "node:fs"
import type { Clock } from "../base/clock.ts"

const LOOK_EVERY_MS = 1_000

/** Seconds of processor time since the start. */
export function processorSeconds(): number {
  const { user, system } = process.cpuUsage()
  return (user + system) / 1e6
}

/** Open files and sockets; null where the system does not say. */
export function openFiles(): number | null {
  try {
    // Since Linux 6.2 the folder's size is the count, and asking for it needs no descriptor.
    return statSync("/proc/self/fd").size || readdirSync("/proc/self/fd").length
  } catch {
    return null
  }
}

/** Tells every second by how many seconds the event loop came too late. */
export function watchLoop(clock: Clock, late: (seconds: number) => void): Disposable {
  let due = clock.now() + LOOK_EVERY_MS
  return clock.every(LOOK_EVERY_MS, () => {
    const now = clock.now()
    late(Math.max(0, now - due) / 1000)
    due = now + LOOK_EVERY_MS
  })
}
