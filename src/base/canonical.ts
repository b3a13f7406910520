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

/** Whether every string, number and member name in `text`, which is JSON, means the same to everybody. */
function isUnambiguous(text: string): boolean {
  const open: Set<string>[] = []
  let at = 0
  while (at < text.length) {
    const c = text[at] as string
    if (c === '"') {
      const end = afterString(text, at)
      const raw = text.slice(at, end)
      const said: string = raw.includes("\\") ? JSON.parse(raw) : raw.slice(1, -1)
      if (!said.isWellFormed()) return false
      at = skipSpace(text, end)
      if (text[at] === ":" && !isNewMember(open.at(-1), said)) return false
    } else if (/[-\d]/.test(c)) {
      const end = endOfNumber(text, at)
      if (!isExact(text.slice(at, end))) return false
      at = end
    } else {
      if (c === "{" || c === "[") open.push(new Set())
      else if (c === "}" || c === "]") open.pop()
      at++
    }
  }
  return true
}

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
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(",")}]`
  if (typeof value !== "object" || value === null) return JSON.stringify(value)
  const members = value as { readonly [member: string]: Json }
  const said = Object.keys(members)
    .sort()
    .map((name) => `${JSON.stringify(name)}:${canonicalJson(members[name] as Json)}`)
  return `{${said.join(",")}}`
}
