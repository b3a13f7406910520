/** Settings from their five origins: default < file < the admin pages < environment < flag. */

import { readFileSync } from "node:fs"
import { resolve } from "node:path"
import { parse, TomlError } from "smol-toml"
import * as v from "valibot"
import { fromUtf8 } from "../base/bytes.ts"
import { Fault } from "../faults.ts"
import { FIXED, readChosen } from "./chosen.ts"
import { nearest } from "./nearest.ts"
import { type Place, pathKey, positions } from "./positions.ts"
import { type Origin, offsetOf, originAt, type Problem, problemAt, problemText, type Source } from "./problem.ts"
import { ENV_PREFIX, fileEnv, type Row, rows, type Settings, sections } from "./schema.ts"

export type Environment = Readonly<Record<string, string | undefined>>
/** Texts of flags by their names without dashes. */
export type Flags = ReadonlyMap<string, string>
/** `config`: the file that was named, or null. `cwd`: where relative paths begin. */
export type Sources = {
  readonly config: string | null
  readonly env: Environment
  readonly flags: Flags
  readonly cwd: string
}

export type Loaded = {
  readonly settings: Settings
  /** Where each setting's value comes from, by path. */
  readonly origins: ReadonlyMap<string, Origin>
  /** The values that the admin pages chose, whether they count or not, by path. */
  readonly chosen: ReadonlyMap<string, unknown>
  /** The configuration file that was read, or null when there is none. */
  readonly file: string | null
}

export const DEFAULT_FILE = "restante.toml"

/** Everything that is wrong, as one Fault with exit code 78. */
export const settingFault = (problems: readonly Problem[]): Fault =>
  new Fault("setting.invalid", { detail: problems.map(problemText).join("\n\n") })

export type Unusable = { readonly problems: readonly Problem[] }

/**
 * The settings, from `config` (or ./restante.toml if it exists), the data folder, `env` and `flags`.
 * Throws Fault("setting.invalid") with every problem found, or folder.forbidden.
 */
export function loadSettings(given: Sources): Loaded {
  const outcome = readSettings(given)
  if ("problems" in outcome) throw settingFault(outcome.problems)
  return outcome
}

/**
 * The same, with the problems for those who want to look at them; what cannot be read is thrown all the same.
 * `chosen`: what the admin pages are about to choose, instead of what is in the data folder.
 */
export function readSettings(given: Sources, chosen?: Source): Loaded | Unusable {
  const file = readSource(given.config, given.cwd)
  const first = resolveSettings({ ...given, file })
  if ("problems" in first) return first
  const more = chosen ?? readChosen(first.settings.server.data_dir, given.cwd)
  return more ? resolveSettings({ ...given, file, chosen: more }) : first
}

/** The configuration file's text, or null when none was named and there is none. Throws Fault("setting.invalid"). */
export function readSource(config: string | null, cwd: string): Source | null {
  const path = config ?? DEFAULT_FILE
  let bytes: Uint8Array
  try {
    bytes = readFileSync(resolve(cwd, path))
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException
    if (config === null && code === "ENOENT") return null
    throw new Fault("setting.invalid", { detail: `${path}: ${reasons[code ?? ""] ?? message}`, cause: error })
  }
  const text = fromUtf8(bytes)
  if (text === null) throw new Fault("setting.invalid", { detail: `${path}: the file is not UTF-8 text` })
  return { path, text }
}

const reasons: Readonly<Record<string, string>> = {
  ENOENT: "there is no such file",
  EACCES: "the file may not be read by this user",
  EISDIR: "this is a folder, not a file",
}

/** The settings of the given origins, or everything that is wrong with them. */
export function resolveSettings(sources: {
  file: Source | null
  chosen?: Source
  env: Environment
  flags: Flags
}): Loaded | Unusable {
  const problems: Problem[] = []
  const found: Found = new Map()
  const chosen: Found = new Map()
  if (sources.file) problems.push(...readFile(sources.file, found))
  if (sources.chosen) problems.push(...readFile(sources.chosen, chosen))
  for (const [path, one] of chosen) found.set(path, one)
  readEnvironment(sources.env, found, problems)
  readFlags(sources.flags, found, problems)
  if (problems.length > 0) return { problems }

  const settings: Record<string, Record<string, unknown>> = {}
  for (const { section, key, path, fallback } of rows) {
    // A computed default asks only for settings above its own, which are there by now.
    const otherwise = () => ("from" in fallback ? fallback.from(settings as Settings) : fallback.value)
    const given = found.get(path)
    settings[section] = { ...settings[section], [key]: given ? given.value : otherwise() }
  }
  const origins = rows.map(({ path }) => [path, found.get(path)?.origin ?? { from: "default" }] as const)
  // Every row is set, to a default or to a value that its schema let through.
  return {
    settings: settings as Settings,
    origins: new Map(origins),
    chosen: new Map([...chosen].map(([path, { value }]) => [path, value])),
    file: sources.file?.path ?? null,
  }
}

type Found = Map<string, { value: unknown; origin: Origin }>

/** What is wrong with it, by line; the rest is found. */
function readFile(source: Source, found: Found): readonly Problem[] {
  const problems: Problem[] = []
  const document = parseToml(source, problems)
  if (document === null) return problems
  const places = positions(source.text)
  const place = (path: readonly string[]): Place => places.get(pathKey(path)) ?? { key: 0, value: 0, valueEnd: 0 }
  const atKey = (path: readonly string[], message: string, hint: string | null) => {
    const { key } = place(path)
    const length = (path.at(-1) ?? "").length
    problems.push(problemAt(source, { start: key, end: key + length }, message, hint))
  }

  for (const [section, table] of Object.entries(document)) {
    if (!sections.includes(section)) {
      atKey([section], `unknown ${isTable(table) ? "section" : "setting"} \`${section}\``, sectionHint(section, table))
      continue
    }
    if (!isTable(table)) {
      atKey([section], `\`${section}\` is a section: write [${section}] and its settings below`, null)
      continue
    }
    for (const [key, value] of Object.entries(table)) {
      const row = rows.find((row) => row.section === section && row.key === key)
      if (!row) {
        atKey([section, key], `unknown setting \`${key}\` in [${section}]`, keyHint(section, key))
        continue
      }
      if (source.from === "chosen" && row.path === FIXED) {
        atKey([section, key], `\`${FIXED}\` says where this file is, and cannot be in it`, null)
        continue
      }
      const { value: start, valueEnd: end } = place([section, key])
      const checked = check(row, value)
      if (checked.ok) found.set(row.path, { value: checked.value, origin: originAt(source, start) })
      // The line that a problem shows would tell a secret.
      else if (row.secret) problems.push({ ...problemAt(source, { start, end }, checked.message), excerpt: [] })
      else problems.push(problemAt(source, { start, end }, checked.message, checked.hint))
    }
  }
  // The parser lists keys by table, people read by line.
  return problems.sort((a, b) => lineOf(a) - lineOf(b))
}

const lineOf = ({ origin }: Problem): number => ("line" in origin ? origin.line : 0)

const isTable = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null && !Array.isArray(value) && !(value instanceof Date)

function parseToml(source: Source, problems: Problem[]): Readonly<Record<string, unknown>> | null {
  try {
    return parse(source.text)
  } catch (error) {
    if (!(error instanceof TomlError)) throw new Fault("setting.invalid", { detail: source.path, cause: error })
    const start = offsetOf(source.text, error.line, error.column)
    const message = /^Invalid TOML document: (.*)/.exec(error.message)?.[1] ?? "not TOML"
    problems.push(problemAt(source, { start, end: start + 1 }, message))
    return null
  }
}

function readEnvironment(env: Environment, found: Found, problems: Problem[]): void {
  for (const [name, text] of Object.entries(env)) {
    // An empty variable is an unset one: compose files write `${NAME:-}`.
    if (!name.startsWith(ENV_PREFIX) || !text || isKubernetesLink(name, text)) continue
    const origin: Origin = { from: "env", name }
    const row = rows.find((row) => row.env === name)
    const secret = rows.find((row) => fileEnv(row) === name)
    if (row) take(row, text, origin, found, problems)
    else if (secret) takeFile(secret, text, env, origin, found, problems)
    else {
      const hint = nearest(
        name,
        rows.map((row) => row.env),
      )
      problems.push({ origin, message: "no setting has this name", hint, excerpt: [] })
    }
  }
}

function takeFile(row: Row, path: string, env: Environment, origin: Origin, found: Found, problems: Problem[]): void {
  const read = env[row.env] ? { problem: `${row.env} is given as well; only one can be meant` } : readText(path)
  if ("text" in read) take(row, read.text.trimEnd(), origin, found, problems)
  else problems.push({ origin, message: read.problem, hint: null, excerpt: [] })
}

function readText(path: string): { readonly text: string } | { readonly problem: string } {
  try {
    const text = fromUtf8(readFileSync(path))
    return text === null ? { problem: `${path}: the file is not UTF-8 text` } : { text }
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException
    return { problem: `${path}: ${reasons[code ?? ""] ?? message}` }
  }
}

// Kubernetes gives every pod such variables for a service that is called restante.
const isKubernetesLink = (name: string, text: string): boolean =>
  /^RESTANTE_(SERVICE_(HOST|PORT(_\w+)?)|PORT_\d+_(TCP|UDP|SCTP)(_\w+)?)$/.test(name) ||
  (name === "RESTANTE_PORT" && text.includes("://"))

function readFlags(flags: Flags, found: Found, problems: Problem[]): void {
  for (const row of rows) {
    const text = flags.get(row.flag)
    if (text !== undefined) take(row, text, { from: "flag", name: `--${row.flag}` }, found, problems)
  }
}

function take(row: Row, text: string, origin: Origin, found: Found, problems: Problem[]): void {
  const checked = check(row, row.kind.fromText(text))
  if (checked.ok) found.set(row.path, { value: checked.value, origin })
  else problems.push({ origin, message: checked.message, hint: checked.hint, excerpt: [] })
}

export type Checked = { ok: true; value: unknown } | { ok: false; message: string; hint: string | null }

/** A value for one setting, as a flag would give it, or as TOML when it is in quotes or brackets. */
export function checkText(row: Row, text: string): Checked {
  const isToml = /^(".*"|'.*'|\[.*\])$/s.test(text)
  return check(row, isToml ? tomlValue(text) : row.kind.fromText(text))
}

function tomlValue(text: string): unknown {
  try {
    const { value, ...others } = parse(`value = ${text}`)
    return Object.keys(others).length === 0 ? value : text
  } catch {
    return text
  }
}

function check({ path, kind }: Row, value: unknown): Checked {
  const result = v.safeParse(kind.schema, value)
  if (result.success) return { ok: true, value: result.output }
  const hint = typeof value === "string" ? nearest(value, kind.words) : null
  return { ok: false, message: `\`${path}\` must be ${kind.expects}`, hint }
}

function sectionHint(section: string, value: unknown): string | null {
  if (isTable(value)) return nearest(section, sections)
  return rows.find(({ key }) => key === section)?.path ?? nearest(section, sections)
}

function keyHint(section: string, key: string): string | null {
  const here = rows.filter((row) => row.section === section).map((row) => row.key)
  return nearest(key, here) ?? rows.find((row) => row.key === key)?.path ?? null
}
