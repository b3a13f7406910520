import { createHash } from "node:crypto"
import type { Clock } from "./clock.ts"

export type Level = "error" | "warn" | "info" | "debug"
type Fields = Readonly<Record<string, unknown>>

/** One event a line: a fixed name, then its fields. Fields are redacted; never put keys or message content in one. */
export interface Log {
  error(event: string, fields?: Fields): void
  warn(event: string, fields?: Fields): void
  info(event: string, fields?: Fields): void
  debug(event: string, fields?: Fields): void
}

const rank: Record<Level, number> = { error: 0, warn: 1, info: 2, debug: 3 }

/** A log that writes lines of the given format to `write` (stderr in the executable). */
export function createLog(options: {
  level: Level
  format: "text" | "json"
  clock: Clock
  write(line: string): void
}): Log {
  const at =
    (level: Level) =>
    (event: string, fields: Fields = {}) => {
      if (rank[level] > rank[options.level]) return
      const time = new Date(options.clock.now()).toISOString()
      const shown = Object.entries(fields).map(([name, value]) => [name, redact(value)] as const)
      const line =
        options.format === "json"
          ? JSON.stringify({ time, level, event, ...Object.fromEntries(shown) })
          : [time, level.padEnd(5), event, ...shown.map(([name, value]) => `${name}=${quote(value)}`)].join(" ")
      options.write(`${line}\n`)
    }
  return { error: at("error"), warn: at("warn"), info: at("info"), debug: at("debug") }
}

/** DIDs become a short hash: the same one each time, so that lines can be matched without naming anybody. */
function redact(value: unknown): unknown {
  const text = value instanceof Error ? value.message : value
  if (typeof text !== "string") return text
  return text.replace(/did:[a-z0-9]+:[^\s"',}\]]+/g, (did) => {
    const method = did.slice(4, did.indexOf(":", 4))
    return `did:${method}:#${createHash("sha256").update(did).digest("hex").slice(0, 10)}`
  })
}

// Everything outside plain printable ASCII is escaped, so that no field can forge a line or drive a terminal.
function quote(value: unknown): string {
  const text = typeof value === "string" ? value : (JSON.stringify(value) ?? "undefined")
  return /^[\w.:/#@+-]+$/.test(text) ? text : JSON.stringify(text).replace(/[^\x20-\x7e]/g, unicodeEscape)
}

const unicodeEscape = (c: string) => `\\u${c.charCodeAt(0).toString(16).padStart(4, "0")}`
