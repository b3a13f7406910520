/** Which settings take effect while the mediator runs; all others wait for the next start. */

import type { Row } from "./schema.ts"

/** Whole sections, and single settings of others. */
const live: ReadonlySet<string> = new Set([
  "admission",
  "mailbox",
  "limits",
  "log",
  "storage.max_bytes",
  "notify.interval",
  "notify.repeat",
])

export const isLive = ({ section, path }: Pick<Row, "section" | "path">): boolean => live.has(section) || live.has(path)
