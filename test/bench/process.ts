/** What a process costs, as Linux tells it under /proc; nothing elsewhere. */

import { readdirSync, readFileSync } from "node:fs"

/** CPU time since the start: of all threads, and of the first, which runs the event loop. Null where there is no /proc. */
export type Usage = { readonly totalUs: number; readonly mainUs: number } | null

export function usageOf(pid: number): Usage {
  try {
    let totalUs = 0
    let mainUs = 0
    for (const thread of readdirSync(`/proc/${pid}/task`)) {
      const us = Number(readFileSync(`/proc/${pid}/task/${thread}/schedstat`, "utf8").split(" ", 1)[0]) / 1000
      totalUs += us
      if (Number(thread) === pid) mainUs = us
    }
    return { totalUs, mainUs }
  } catch {
    return null
  }
}

/** Resident memory now and at its highest, bytes; `own`: without pages of files, such as the executable itself. */
export function memoryOf(pid: number): { rss: number; own: number; peak: number } | null {
  try {
    const status = readFileSync(`/proc/${pid}/status`, "utf8")
    const bytes = (name: string) => Number(new RegExp(`^${name}:\\s+(\\d+)`, "m").exec(status)?.[1] ?? 0) * 1024
    return { rss: bytes("VmRSS"), own: bytes("RssAnon"), peak: bytes("VmHWM") }
  } catch {
    return null
  }
}
