/** What commands say: results on standard output, everything else on standard error. */

import { once } from "node:events"
import type { ConsolaInstance } from "consola"
import { LogLevels } from "consola/core"

/** A result, for people or machines. */
export function print(text: string): void {
  process.stdout.write(text.endsWith("\n") ? text : `${text}\n`)
}

const EX_IOERR = 74

// A reader that has seen enough (`restante config show | head`) is no failure; a full disk is.
process.stdout.on("error", (error: NodeJS.ErrnoException) => process.exit(error.code === "EPIPE" ? 0 : EX_IOERR))
// A log that cannot be written, on a full disk or to a terminal that has gone, is no reason to stop.
process.stderr.on("error", () => {})

/** A result as the one JSON document that `--json` promises. */
export const printJson = (value: unknown): void => print(JSON.stringify(value, null, 2))

/** Results that come in pieces, no faster than their reader takes them. */
export async function printAll(pieces: AsyncIterable<string>): Promise<void> {
  for await (const piece of pieces) {
    if (!process.stdout.write(piece)) await once(process.stdout, "drain")
  }
}

const options = {
  level: LogLevels.info,
  fancy: isColourful(),
  formatOptions: { date: false },
  stdout: process.stderr,
  stderr: process.stderr,
}

// What draws in colour takes a megabyte, which a server without a terminal need not.
const { createConsola } = await (options.fancy ? import("consola") : import("consola/basic"))

/** Notes and errors for people, on standard error; colour only on a terminal that wants it. */
export const notes: ConsolaInstance = createConsola(options)

/** Says what takes a while, to somebody who watches. */
export function progress(text: string): void {
  if (process.stderr.isTTY) notes.info(text)
}

function isColourful(): boolean {
  const { NO_COLOR, TERM } = process.env
  return process.stderr.isTTY === true && !NO_COLOR && TERM !== "dumb"
}

/** Lines of columns, each as wide as its widest cell. */
export function table(lines: readonly (readonly string[])[]): string {
  const cells = lines.map((line) => line.map(harmless))
  const widths = (cells[0] ?? []).map((_, column) => Math.max(...cells.map((line) => (line[column] ?? "").length)))
  return cells
    .map((line) =>
      line
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join("  ")
        .trimEnd(),
    )
    .join("\n")
}

// DIDs are chosen by strangers: what could move the cursor or turn the line around is shown as a question mark.
const harmless = (text: string): string => text.replace(/[\p{Cc}\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/gu, "?")
