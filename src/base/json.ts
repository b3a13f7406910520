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
const COMMA = 44
const BRACKET = 91
const BACKSLASH = 92
const BRACE = 123

const isOpening = (code: number): boolean => code === BRACE || code === BRACKET
const isClosing = (code: number): boolean => code === 125 || code === 93

/** How deep `text` nests, by its brackets outside strings. Of text that is not JSON it says nothing useful. */
function nesting(text: string): number {
  let depth = 0
  let deepest = 0
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at)
    if (code === QUOTE) at = afterString(text, at) - 1
    else if (isOpening(code)) deepest = Math.max(deepest, ++depth)
    else if (isClosing(code)) depth--
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
  if (text.charCodeAt(start) !== BRACKET) return []
  return parts(text, start).map((item) => text.slice(item.start, item.end))
}

type Range = { readonly start: number; readonly end: number }
/** A member of an object with its name, or an item of an array, whose name is its index. */
type Part = Range & { readonly name: string | number }

function child(text: string, { start }: Range, step: string | number): Range | null {
  if (text.charCodeAt(start) !== (typeof step === "string" ? BRACE : BRACKET)) return null
  return parts(text, start).findLast(({ name }) => name === step) ?? null
}

/** The members of the object, or the items of the array, that begins at `start`. */
function parts(text: string, start: number): Part[] {
  const found: Part[] = []
  const isObject = text.charCodeAt(start) === BRACE
  let at = skipBlank(text, start + 1)
  while (at < text.length && !isClosing(text.charCodeAt(at))) {
    let name: string | number = found.length
    if (isObject) {
      const end = afterString(text, at)
      name = unquoted(text.slice(at, end))
      at = skipBlank(text, end) + 1
    }
    const value = valueAt(text, at)
    found.push({ name, start: value.start, end: value.end })
    at = skipBlank(text, value.end)
    if (text.charCodeAt(at) === COMMA) at = skipBlank(text, at + 1)
  }
  return found
}

const unquoted = (name: string): string => (name.includes("\\") ? (JSON.parse(name) as string) : name.slice(1, -1))

function valueAt(text: string, from: number): Range {
  const start = skipBlank(text, from)
  let depth = 0
  let at = start
  do {
    const code = text.charCodeAt(at)
    if (code === QUOTE) at = afterString(text, at)
    else {
      if (isOpening(code)) depth++
      else if (isClosing(code)) depth--
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
