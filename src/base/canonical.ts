/** JSON that is signed: what two readers could understand differently is refused, and one value has one text. */

import { afterString, type JsonObject, parseObject } from "./json.ts"

export type Json = null | boolean | number | string | readonly Json[] | { readonly [member: string]: Json }

const LARGEST = 2 ** 53

/**
 * The object that `text` says, or null: also for nesting over `depth`, duplicate members, `__proto__`, lone surrogates,
 * and numbers that are not finite or beyond 2^53.
 */
export function parseStrict(text: string, depth = 32): (JsonObject & { readonly [member: string]: Json }) | null {
  const value = parseObject(text, depth)
  // JSON.parse made it of text, so it consists of nothing but JSON.
  return value && isUnambiguous(text) ? (value as { readonly [member: string]: Json }) : null
}

const QUOTE = 34
const COLON = 58

/** Whether every string, number and member name in `text`, which is JSON, means the same to everybody. */
function isUnambiguous(text: string): boolean {
  if (!text.isWellFormed()) return false
  const open: Set<string>[] = []
  let backslash = nextBackslash(text, 0)
  let at = 0
  while (at < text.length) {
    const code = text.charCodeAt(at)
    if (code === QUOTE) {
      const end = afterString(text, at)
      const next = skipSpace(text, end)
      const isName = text.charCodeAt(next) === COLON
      const isEscaped = backslash < end
      if (isName || isEscaped) {
        const said: string = isEscaped ? JSON.parse(text.slice(at, end)) : text.slice(at + 1, end - 1)
        if (!said.isWellFormed() || (isName && !isNewMember(open.at(-1), said))) return false
      }
      if (isEscaped) backslash = nextBackslash(text, end)
      at = next
    } else if (code === MINUS || isDigit(code)) {
      const end = endOfNumber(text, at)
      if (!isExact(text.slice(at, end))) return false
      at = end
    } else {
      if (code === 123 || code === 91) open.push(new Set())
      else if (code === 125 || code === 93) open.pop()
      at++
    }
  }
  return true
}

function nextBackslash(text: string, from: number): number {
  const at = text.indexOf("\\", from)
  return at === -1 ? text.length : at
}

const MINUS = 45
const isDigit = (code: number): boolean => code >= 48 && code <= 57

function isNewMember(members: Set<string> | undefined, name: string): boolean {
  if (name === "__proto__" || members?.has(name)) return false
  members?.add(name)
  return true
}

function endOfNumber(text: string, from: number): number {
  let at = from
  while (at < text.length && /[-+.eE\d]/.test(text[at] as string)) at++
  return at
}

// 2^53 + 1 would be read as 2^53: only the text tells them apart.
function isExact(number: string): boolean {
  const size = Math.abs(Number(number))
  return size < LARGEST || (size === LARGEST && number.replace("-", "") === String(LARGEST))
}

function skipSpace(text: string, from: number): number {
  let at = from
  while (at < text.length && text.charCodeAt(at) <= 32) at++
  return at
}

/** The one text of a value: members sorted by UTF-16 code units at every level, no spaces, JSON.stringify's spelling. */
export function canonicalJson(value: Json): string {
  if (typeof value !== "object" || value === null) return JSON.stringify(value)
  let inside = ""
  if (Array.isArray(value)) {
    for (const item of value) inside += `${inside && ","}${canonicalJson(item)}`
    return `[${inside}]`
  }
  const members = value as { readonly [member: string]: Json }
  for (const name of Object.keys(members).sort()) {
    inside += `${inside && ","}${JSON.stringify(name)}:${canonicalJson(members[name] as Json)}`
  }
  return `{${inside}}`
}
