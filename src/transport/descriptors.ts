/** How many files and sockets this process may have open, and how many it has. */

import { readdirSync, readFileSync, statSync } from "node:fs"

const isLinux = process.platform === "linux"
const FOLDER = isLinux ? "/proc/self/fd" : "/dev/fd"

/** The soft limit, or null where the system does not say. */
export function descriptorLimit(): number | null {
  try {
    const [, soft] = /^Max open files\s+(\d+)/m.exec(readFileSync("/proc/self/limits", "utf8")) ?? []
    return soft === undefined ? null : Number(soft)
  } catch {
    return null
  }
}

/** How many are open now: infinitely many when none is left to count them with, none when the system does not say. */
export function openDescriptors(): number {
  try {
    // Since Linux 6.2 the folder's size is the count, and asking for it needs no descriptor.
    return (isLinux && statSync(FOLDER).size) || readdirSync(FOLDER).length
  } catch (thrown) {
    const code = thrown instanceof Error && "code" in thrown ? thrown.code : null
    return code === "EMFILE" || code === "ENFILE" ? Number.POSITIVE_INFINITY : 0
  }
}
