/** JSON from strangers: depth checked before anything can walk the value, and exact slices of the raw text. */

export type JsonObject = { readonly [member: string]: unknown }

export const isObject = (value: unknown): value is JsonObject =>
  typeof value === "object" && value !== null && !Array.isArray(value)

/** The parsed object, or null when `text` is not a JSON object or nests deeper than `depth`. */
export function parseObject(text: string, depth = 32): JsonObject | null {
  if (nesting(text) > depth) return null
  try {
    const value: unknown = JSON.parse(text)
    return isObject(value) ? value : null
  } catch {
    return null
  }
}

const QUOTE = 34
const BACKSLASH = 92

/** How deep `text` nests, by its brackets outside strings. Of text that is not JSON it says nothing useful. */
function nesting(text: string): number {
  let depth = 0
  let deepest = 0
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at)
    if (code === QUOTE) at = afterString(text, at) - 1
    else if (code === 123 || code === 91) deepest = Math.max(deepest, ++depth)
    else if (code === 125 || code === 93) depth--
  }
  return deepest
}

/** Where the string that begins at `quote` has ended; the end of the text when it does not end. */
export function afterString(text: string, quote: number): number {
  let end = text.indexOf('"', quote + 1)
  while (end !== -1 && isEscaped(text, end)) end = text.indexOf('"', end + 1)
  return end === -1 ? text.length : end + 1
}

function isEscaped(text: string, at: number): boolean {
  let backslashes = 0
  while (text.charCodeAt(at - 1 - backslashes) === BACKSLASH) backslashes++
  return backslashes % 2 === 1
}

/**
 * The raw text of the value at `path` (member names and array indices), exactly as it was written; null when absent.
 * `text` must have been parsed successfully before. Of a repeated member the last counts, as in JSON.parse.
 */
export function rawValue(text: string, path: readonly (string | number)[]): string | null {
  let range: Range | null = valueAt(text, 0)
  for (const step of path) range = range && child(text, range, step)
  return range && text.slice(range.start, range.end)
}

/** The raw texts of an array's items, in one pass over it; none when `text` is not an array. */
export function rawItems(text: string): string[] {
  const { start } = valueAt(text, 0)
  if (text[start] !== "[") return []
  return [...parts(text, start)].map(({ value }) => text.slice(value.start, value.end))
}

type Range = { start: number; end: number }

function child(text: string, { start }: Range, step: string | number): Range | null {
  if (text[start] !== (typeof step === "string" ? "{" : "[")) return null
  let found: Range | null = null
  for (const { name, value } of parts(text, start)) if (name === step) found = value
  return found
}

/** The members of the object, or the items of the array, that begins at `start`. */
function* parts(text: string, start: number): Generator<{ name: string | number; value: Range }> {
  let index = 0
  let at = skipBlank(text, start + 1)
  while (at < text.length && text[at] !== "}" && text[at] !== "]") {
    let name: string | number = index++
    if (text[start] === "{") {
      const end = afterString(text, at)
      name = JSON.parse(text.slice(at, end)) as string
      at = skipBlank(text, end) + 1
    }
    const value = valueAt(text, at)
    yield { name, value }
    at = skipBlank(text, value.end)
    if (text[at] === ",") at = skipBlank(text, at + 1)
  }
}

function valueAt(text: string, from: number): Range {
  const start = skipBlank(text, from)
  let depth = 0
  let at = start
  do {
    const code = text.charCodeAt(at)
    if (code === QUOTE) at = afterString(text, at)
    else {
      if (code === 123 || code === 91) depth++
      else if (code === 125 || code === 93) depth--
      else if (depth === 0) return { start, end: scalarEnd(text, at) }
      at++
    }
  } while (depth > 0 && at < text.length)
  return { start, end: at }
}

function scalarEnd(text: string, at: number): number {
  let end = at
  while (end < text.length && !/[\s,\]}]/.test(text[end] as string)) end++
  return end
}

function skipBlank(text: string, from: number): number {
  let at = from
  while (at < text.length && text.charCodeAt(at) <= 32) at++
  return at
}
