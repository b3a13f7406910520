/** Where keys stand in a TOML text: the parser says what was written, this says where. */

import { parse } from "smol-toml"

/** Offsets in UTF-16 units; for a table or an array of tables both are its name in the header. */
export type Place = { readonly key: number; readonly value: number; readonly valueEnd: number }

/** The places of all keys of a text that parses as TOML, by path (`pathKey`). Of several, the first counts. */
export function positions(toml: string): ReadonlyMap<string, Place> {
  const scan: Scan = { toml, at: 0, found: new Map() }
  let table: readonly string[] = []
  for (skipBlank(scan); scan.at < toml.length; skipBlank(scan)) {
    const before = scan.at
    if (toml[scan.at] === "[") table = header(scan)
    else pair(scan, table)
    // Of text that is not TOML nothing is promised, except to come to an end.
    if (scan.at === before) scan.at++
  }
  return scan.found
}

export const pathKey = (path: readonly string[]): string => JSON.stringify(path)

type Scan = { readonly toml: string; at: number; readonly found: Map<string, Place> }
type Segment = { readonly name: string; readonly at: number; readonly end: number }

function header(scan: Scan): readonly string[] {
  while (scan.toml[scan.at] === "[") scan.at++
  const segments = dottedKey(scan)
  segments.forEach(({ at, end }, i) => {
    note(scan, namesOf(segments.slice(0, i + 1)), { key: at, value: at, valueEnd: end })
  })
  while (scan.toml[scan.at] === "]") scan.at++
  return namesOf(segments)
}

function pair(scan: Scan, table: readonly string[]): void {
  const segments = dottedKey(scan)
  if (scan.toml[scan.at] === "=") scan.at++
  skipSpace(scan)
  const start = scan.at
  const path = [...table, ...namesOf(segments)]
  value(scan, path)
  segments.forEach(({ at }, i) => {
    note(scan, [...table, ...namesOf(segments.slice(0, i + 1))], { key: at, value: start, valueEnd: scan.at })
  })
}

const namesOf = (segments: readonly Segment[]): string[] => segments.map(({ name }) => name)

function note(scan: Scan, path: readonly string[], place: Place): void {
  const key = pathKey(path)
  if (!scan.found.has(key)) scan.found.set(key, place)
}

function dottedKey(scan: Scan): Segment[] {
  const segments: Segment[] = []
  do {
    if (scan.toml[scan.at] === ".") scan.at++
    skipSpace(scan)
    segments.push(segment(scan))
    skipSpace(scan)
  } while (scan.toml[scan.at] === ".")
  return segments
}

function segment(scan: Scan): Segment {
  const at = scan.at
  const quote = scan.toml[at]
  if (quote === '"' || quote === "'") string(scan)
  else scan.at = endOf(/[\w-]*/y, scan)
  const raw = scan.toml.slice(at, scan.at)
  return { name: quote === '"' ? unescaped(raw) : raw.replaceAll("'", ""), at, end: scan.at }
}

// The parser knows every escape there is.
function unescaped(quotedKey: string): string {
  try {
    return Object.keys(parse(`${quotedKey} = 0`))[0] ?? quotedKey
  } catch {
    return quotedKey
  }
}

function value(scan: Scan, path: readonly string[]): void {
  const first = scan.toml[scan.at]
  if (first === '"' || first === "'") string(scan)
  else if (first === "[") list(scan, "]", () => value(scan, [...path, "[]"]))
  else if (first === "{") list(scan, "}", () => pair(scan, path))
  else scan.at = endOf(bareValue, scan)
}

// Dates may hold a blank inside; those at the end are not part of the value.
const bareValue = /[^,\]}#\r\n]*[^,\]}#\s]/y

function list(scan: Scan, close: "]" | "}", item: () => void): void {
  scan.at++
  for (skipBlank(scan); scan.at < scan.toml.length && scan.toml[scan.at] !== close; skipBlank(scan)) {
    const before = scan.at
    item()
    skipBlank(scan)
    if (scan.toml[scan.at] === "," || scan.at === before) scan.at++
  }
  if (scan.toml[scan.at] === close) scan.at++
}

const strings = [
  /"""(?:[^\\]|\\[\s\S])*?"{3,5}(?!")/y,
  /'''[\s\S]*?'{3,5}(?!')/y,
  /"(?:[^"\\\r\n]|\\.)*"/y,
  /'[^'\r\n]*'/y,
]

function string(scan: Scan): void {
  for (const form of strings) {
    const end = endOf(form, scan)
    if (end === scan.at) continue
    scan.at = end
    return
  }
}

function skipSpace(scan: Scan): void {
  scan.at = endOf(/[ \t]*/y, scan)
}

/** White space, line ends, comments, and a byte order mark. */
function skipBlank(scan: Scan): void {
  scan.at = endOf(/(?:\s|#[^\n]*)*/y, scan)
}

/** Where `form` ends when it matches here, else here. */
function endOf(form: RegExp, { toml, at }: Scan): number {
  form.lastIndex = at
  return form.test(toml) ? form.lastIndex : at
}
