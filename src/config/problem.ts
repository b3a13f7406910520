/** What is wrong with the configuration, and how it is shown. */

/** Where a value comes from. Lines and columns count from 1, columns in UTF-16 units. */
export type Origin =
  | { readonly from: "default" }
  | Placed
  | { readonly from: "env"; readonly name: string }
  | { readonly from: "flag"; readonly name: string }

type Placed = {
  readonly from: "file" | "chosen"
  readonly path: string
  readonly line: number
  readonly column: number
}

export type Problem = {
  readonly origin: Origin
  readonly message: string
  /** What was probably meant. */
  readonly hint: string | null
  /** The line of the file and a caret below it; empty for other origins. */
  readonly excerpt: readonly string[]
}

/** `default` · `file restante.toml:12` · `the admin pages` · `env RESTANTE_SERVER_PORT` · `flag --port` */
export function originText(origin: Origin): string {
  switch (origin.from) {
    case "default":
      return "default"
    case "file":
      return `file ${origin.path}:${origin.line}`
    case "chosen":
      return "the admin pages"
    default:
      return `${origin.from} ${origin.name}`
  }
}

export function problemText({ origin, message, hint, excerpt }: Problem): string {
  const where = "line" in origin ? `${origin.path}:${origin.line}:${origin.column}` : originText(origin)
  const sentence = hint === null ? message : `${message}; did you mean \`${hint}\`?`
  return [`${where}: ${sentence}`, ...excerpt].join("\n")
}

/** A file's text, for problems that point into it. `from`: whose it is; the configuration file's unless given. */
export type Source = { readonly path: string; readonly text: string; readonly from?: Placed["from"] }

/** A problem at `start`; the caret underlines to `end` or to the end of the line. */
export function problemAt(
  source: Source,
  range: { start: number; end: number },
  message: string,
  hint: string | null = null,
): Problem {
  const origin = originAt(source, range.start)
  const line = source.text.split("\n")[origin.line - 1]?.replace(/\r$/, "") ?? ""
  const shown = origin.line === 1 ? line.replace(/^\uFEFF/, "") : line
  const width = Math.max(1, Math.min(range.end - range.start, shown.length - origin.column + 1))
  const margin = String(origin.line)
  return {
    origin,
    message,
    hint,
    excerpt: [
      `  ${margin} | ${harmless(shown)}`,
      `  ${" ".repeat(margin.length)} | ${blank(shown.slice(0, origin.column - 1))}${"^".repeat(width)}`,
    ],
  }
}

export function originAt({ path, text, from = "file" }: Source, offset: number): Placed {
  const before = text.slice(0, offset).replace(/^\uFEFF/, "")
  const lineStart = before.lastIndexOf("\n") + 1
  return { from, path, line: before.split("\n").length, column: before.length - lineStart + 1 }
}

/** The offset of a line and column that count from 1. */
export function offsetOf(text: string, line: number, column: number): number {
  const start = text.split("\n", line - 1).reduce((sum, before) => sum + before.length + 1, 0)
  return Math.min(start + column - 1, text.length)
}

// A file is shown on a terminal: nothing in it may drive the terminal. Tabs stay, so that the caret stays below its place.
const harmless = (line: string): string => line.replace(/(?!\t)[\p{Cc}\p{Cf}]/gu, "?")
const blank = (line: string): string => line.replace(/[^\t]/g, " ")
