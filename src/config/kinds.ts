/** The kinds of value a setting can have: how each is read from TOML or text, checked, and written back. */

import * as v from "valibot"
import { parseNetwork } from "../base/ip.ts"

export type Kind<T> = {
  /** Completes the sentence "must be …". */
  readonly expects: string
  /** What stands for the value in `--help`. */
  readonly placeholder: string
  /** Checks and converts a value as TOML parses it. */
  readonly schema: v.GenericSchema<unknown, T>
  /** The words a value is chosen from, where there are few. */
  readonly words: readonly string[]
  /** The value as TOML would parse it, from the text of a flag or an environment variable. */
  fromText(text: string): unknown
  /** The value as it is written in TOML. */
  toToml(value: T): string
}

export const KiB = 1024
export const MiB = 1024 * KiB
const GiB = 1024 * MiB
const sizeUnits = { GiB, MiB, KiB } as const

export const SECOND = 1000
export const MINUTE = 60 * SECOND
export const HOUR = 60 * MINUTE
export const DAY = 24 * HOUR
const durationUnits = { d: DAY, h: HOUR, m: MINUTE, s: SECOND } as const

const quoted = (text: string): string => JSON.stringify(text)
const asIs = (text: string): unknown => text
const digits = (text: string): unknown => (/^-?\d{1,15}$/.test(text) ? Number(text) : text)

/** Text that `pattern` matches whole. */
export const text = (expects: string, pattern: RegExp): Kind<string> => ({
  expects,
  placeholder: "TEXT",
  schema: v.pipe(v.string(), v.regex(pattern)),
  words: [],
  fromText: asIs,
  toToml: quoted,
})

/** The address under which others reach the server: normalised, without a slash at its end. */
export const webAddress: Kind<string> = {
  expects: "an http:// or https:// address without credentials, query or fragment",
  placeholder: "URL",
  schema: v.pipe(v.string(), v.check(isWebAddress), v.transform(withoutFinalSlash)),
  words: [],
  fromText: asIs,
  toToml: quoted,
}

/** A whole number from `least` to `most`. */
export const count = (least: number, most = Number.MAX_SAFE_INTEGER): Kind<number> => ({
  expects:
    most === Number.MAX_SAFE_INTEGER ? `a whole number, at least ${least}` : `a whole number from ${least} to ${most}`,
  placeholder: "NUMBER",
  schema: v.pipe(v.number(), v.safeInteger(), v.minValue(least), v.maxValue(most)),
  words: [],
  fromText: digits,
  toToml: String,
})

export const yesOrNo: Kind<boolean> = {
  expects: "true or false",
  placeholder: "true|false",
  schema: v.boolean(),
  words: ["true", "false"],
  fromText: (text) => (text === "true" ? true : text === "false" ? false : text),
  toToml: String,
}

export const choice = <const W extends string>(words: readonly W[]): Kind<W> => ({
  expects: `one of ${words.map(quoted).join(", ")}`,
  placeholder: words.join("|"),
  schema: v.picklist(words),
  words,
  fromText: asIs,
  toToml: quoted,
})

/** Some of `words`, at least one, none twice. In text they are separated by commas. */
export const choices = <const W extends string>(words: readonly W[]): Kind<readonly W[]> => ({
  expects: `a list of some of ${words.map(quoted).join(", ")}, none twice`,
  placeholder: words.join(","),
  schema: v.pipe(
    v.array(v.picklist(words)),
    v.minLength(1),
    v.check((list) => new Set(list).size === list.length),
  ),
  words,
  fromText: (text) => text.split(",").map((word) => word.trim()),
  toToml: (list) => `[${list.map(quoted).join(", ")}]`,
})

/** Addresses and networks of them, as many as there are, also none. In text they are separated by commas. */
export const networks: Kind<readonly string[]> = {
  expects: 'a list of IP addresses and networks such as "127.0.0.1" or "10.0.0.0/8"',
  placeholder: "NETWORKS",
  schema: v.array(
    v.pipe(
      v.string(),
      v.check((text) => parseNetwork(text) !== null),
    ),
  ),
  words: [],
  fromText: (text) => text.split(",").flatMap((word) => word.trim() || []),
  toToml: (list) => `[${list.map(quoted).join(", ")}]`,
}

/** DIDs, methods of them, and patterns with `*`, also none. In text they are separated by commas. */
export const didPatterns: Kind<readonly string[]> = {
  expects: 'a list of DIDs, methods such as "did:web", and patterns such as "did:web:*.example"',
  placeholder: "DIDS",
  schema: v.array(v.pipe(v.string(), v.regex(/^(?:\*|did:[a-z0-9*]+(?::[\w.:%*-]*)?)$/))),
  words: [],
  fromText: (text) => text.split(",").flatMap((word) => word.trim() || []),
  toToml: (list) => `[${list.map(quoted).join(", ")}]`,
}

/** When something is done again and again: at a time of day, every so often, or never. */
export const schedule: Kind<string> = {
  expects: '"off", a time of day such as "03:15", or a time between two such as "every 6h"',
  placeholder: "WHEN",
  schema: v.pipe(v.string(), v.regex(/^(?:off|(?:[01]\d|2[0-3]):[0-5]\d|every [1-9]\d{0,3}[mhd])$/)),
  words: [],
  fromText: asIs,
  toToml: quoted,
}

/** Where to listen, as `host:port` with an IPv6 address in brackets; empty is nowhere. */
export const listenAddress: Kind<string> = {
  expects: 'an address with a port such as "127.0.0.1:9464", or empty',
  placeholder: "HOST:PORT",
  schema: v.pipe(
    v.string(),
    v.check((text) => text === "" || splitAddress(text) !== null),
  ),
  words: [],
  fromText: asIs,
  toToml: quoted,
}

/** The host, without brackets, and the port of a `listenAddress`; null when it is empty or none. */
export function splitAddress(text: string): { host: string; port: number } | null {
  const [, bracketed, plain, port = ""] = /^(?:\[([\da-fA-F:.]+)\]|([\w.-]+)):(\d{1,5})$/.exec(text) ?? []
  const host = bracketed ?? plain
  return host === undefined || Number(port) > 65_535 ? null : { host, port: Number(port) }
}

/** A number of bytes, at least `least`; `1048576`, `"64 KiB"` and `"1 MiB"` are understood. */
export const size = (least: number): Kind<number> => ({
  expects: `a size such as 1048576, "64 KiB" or "1 MiB", at least ${sizeText(least)}`,
  placeholder: "SIZE",
  schema: v.pipe(
    v.union([v.number(), v.string()]),
    v.transform(sizeOf),
    v.number(),
    v.safeInteger(),
    v.minValue(least),
  ),
  words: [],
  fromText: digits,
  toToml: (bytes) => (bytes > 0 && bytes % KiB === 0 ? quoted(sizeText(bytes)) : String(bytes)),
})

const LONGEST = 36_500 * DAY

/** A length of time in milliseconds from `least` to `most`, written with its unit. */
export const duration = (least: number, most = LONGEST): Kind<number> => ({
  expects: `a length of time such as "30s", "10m", "12h" or "7d", ${boundsText(least, most)}`,
  placeholder: "TIME",
  schema: v.pipe(v.string(), v.transform(durationOf), v.number(), v.minValue(least), v.maxValue(most)),
  words: [],
  fromText: asIs,
  toToml: (ms) => quoted(durationText(ms)),
})

function isWebAddress(text: string): boolean {
  // Tested on the text too: URL drops an empty query or fragment, white space and control characters.
  if (!/^https?:\/\/[^\s?#@\\]+$/i.test(text)) return false
  return URL.canParse(text)
}

function withoutFinalSlash(text: string): string {
  const { origin, pathname } = new URL(text)
  return (origin + pathname).replace(/\/+$/, "")
}

function sizeOf(value: number | string): number | null {
  if (typeof value !== "string") return value
  const [, amount, unit] = /^(\d{1,12}) ?([KMG]iB)$/.exec(value) ?? []
  return amount === undefined ? null : Number(amount) * sizeUnits[unit as keyof typeof sizeUnits]
}

function durationOf(value: string): number | null {
  const [, amount, unit] = /^(\d{1,9}) ?([smhd])$/.exec(value) ?? []
  return amount === undefined ? null : Number(amount) * durationUnits[unit as keyof typeof durationUnits]
}

function sizeText(bytes: number): string {
  const [unit, factor] = Object.entries(sizeUnits).find(([, factor]) => bytes > 0 && bytes % factor === 0) ?? [
    "bytes",
    1,
  ]
  return `${bytes / factor} ${unit}`
}

const boundsText = (least: number, most: number): string =>
  most === LONGEST ? `at least ${durationText(least)}` : `from ${durationText(least)} to ${durationText(most)}`

function durationText(ms: number): string {
  const [unit, factor] = Object.entries(durationUnits).find(([, factor]) => ms % factor === 0) ?? ["s", SECOND]
  return `${ms / factor}${unit}`
}
