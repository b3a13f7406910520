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
 * What stands at `path`, member names, in each item of the array at `list`: its raw text, exactly as it was written, or
 * null when it is absent; nothing when there is no array. `text` must have been parsed successfully before. Of a repeated
 * member the last counts, as in JSON.parse. Every letter is looked at once, however many items there are.
 */
export function rawInItems(text: string, list: readonly string[], path: readonly string[]): (string | null)[] {
  let found: (string | null)[] = []
  const readItem = (start: number): number => {
    let raw: string | null = null
    const end = descend(text, start, path, {
      reset: () => (raw = null),
      read(from) {
        const to = valueEnd(text, from)
        raw = text.slice(from, to)
        return to
      },
    })
    found.push(raw)
    return end
  }
  descend(text, skipBlank(text, 0), list, {
    reset: () => (found = []),
    read: (start) => (text.charCodeAt(start) === BRACKET ? eachItem(text, start, readItem) : valueEnd(text, start)),
  })
  return found
}

/** `read` is told where the value begins that is looked for, and says where it ends; `reset`, that another may follow. */
type Search = { read(start: number): number; reset(): void }

/** Goes from the value at `start` along the members in `path`. Where the value at `start` ends. */
function descend(text: string, start: number, path: readonly string[], search: Search): number {
  const [wanted, ...rest] = path
  if (wanted === undefined) return search.read(start)
  if (text.charCodeAt(start) !== BRACE) return valueEnd(text, start)
  return eachMember(text, start, (name, value) => {
    if (name !== wanted) return valueEnd(text, value)
    search.reset()
    return descend(text, value, rest, search)
  })
}

/** `read` gets the name of each member and where its value begins, and says where that ends. Where the object ends. */
function eachMember(text: string, start: number, read: (name: string, value: number) => number): number {
  return eachItem(text, start, (at) => {
    const end = afterString(text, at)
    const colon = skipBlank(text, end)
    return read(unquoted(text.slice(at, end)), skipBlank(text, colon + 1))
  })
}

/** `read` gets where each part of the array or object begins, and says where that ends. Where the whole ends. */
function eachItem(text: string, start: number, read: (item: number) => number): number {
  let at = skipBlank(text, start + 1)
  while (at < text.length && !isClosing(text.charCodeAt(at))) {
    at = skipBlank(text, read(at))
    if (text.charCodeAt(at) === COMMA) at = skipBlank(text, at + 1)
  }
  return at + 1
}

const unquoted = (name: string): string => (name.includes("\\") ? (JSON.parse(name) as string) : name.slice(1, -1))

/** Where the value ends that begins at `start`. */
function valueEnd(text: string, start: number): number {
  let depth = 0
  let at = start
  do {
    const code = text.charCodeAt(at)
    if (code === QUOTE) at = afterString(text, at)
    else {
      if (isOpening(code)) depth++
      else if (isClosing(code)) depth--
      else if (depth === 0) return scalarEnd(text, at)
      at++
    }
  } while (depth > 0 && at < text.length)
  return at
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
