/** The strict reader in front of citty, which lets unknown flags and superfluous arguments pass. */

import type { ArgsDef } from "citty"
import { nearest } from "../config/nearest.ts"
import { Fault } from "../faults.ts"
import { argumentsOf, type Command } from "./command.ts"

/** The command that `argv` names, the words that led to it, and what follows them. Throws Fault("usage"). */
export function findCommand(
  root: Command,
  argv: readonly string[],
): { command: Command; trail: string; rest: string[] } {
  let command = root
  let trail = root.meta.name
  const rest = [...argv]
  while (command.subCommands && rest[0] !== undefined && !rest[0].startsWith("-")) {
    const name = rest.shift() ?? ""
    const next = Object.hasOwn(command.subCommands, name) ? command.subCommands[name] : undefined
    if (!next) throw mistake(trail, `unknown command ${name}`, nearest(name, Object.keys(command.subCommands)))
    command = next
    trail = `${trail} ${name}`
  }
  return { command, trail, rest }
}

/**
 * `rest` in the one form that leaves citty no choice: every flag as `--name=value`, then `--` and the positional
 * arguments. Throws Fault("usage").
 */
export function strictArguments(command: Command, trail: string, rest: readonly string[]): string[] {
  const known = argumentsOf(command)
  const flags: string[] = []
  const words: string[] = []
  const waiting = [...rest]
  for (let given = waiting.shift(); given !== undefined; given = waiting.shift()) {
    if (given === "--") words.push(...waiting.splice(0))
    else if (given.startsWith("-") && given !== "-") flags.push(flag(known, trail, given, waiting))
    else words.push(given)
  }

  const wanted = Object.keys(known).filter((name) => known[name]?.type === "positional")
  const superfluous = command.repeats ? undefined : words[wanted.length]
  if (superfluous !== undefined) throw mistake(trail, `superfluous argument ${superfluous}`)
  const missing = wanted[words.length]
  if (missing !== undefined) throw mistake(trail, `missing argument ${missing.toUpperCase()}`)
  return [...flags, "--", ...words]
}

function flag(known: ArgsDef, trail: string, given: string, waiting: string[]): string {
  const [, dashes = "", name = "", value] = /^(--?)([^=]*)(?:=([\s\S]*))?$/.exec(given) ?? []
  const type = dashes === "--" ? typeOf(known, name) : null
  if (type === "string") return `--${name}=${value ?? following(known, trail, name, waiting)}`
  if (type === "boolean" && /^(true|false)$/.test(value ?? "true")) return `--${name}=${value ?? "true"}`
  if (type === "boolean") throw mistake(trail, `--${name} takes true or false`)

  const denied = name.replace(/^no-/, "")
  if (denied !== name && value === undefined && typeOf(known, denied) === "boolean") return `--${denied}=false`
  const names = Object.keys(known).filter((name) => typeOf(known, name) !== null)
  const hint = nearest(name, [...names, "help"])
  throw mistake(trail, `unknown flag ${dashes}${name}`, hint && `--${hint}`)
}

function typeOf(known: ArgsDef, name: string): "string" | "boolean" | null {
  const type = Object.hasOwn(known, name) ? known[name]?.type : null
  return type === "string" || type === "boolean" ? type : null
}

function following(known: ArgsDef, trail: string, name: string, waiting: string[]): string {
  const next = waiting.shift()
  // A value that begins with a dash must be given as --name=value: it is far more often a forgotten value.
  if (next === undefined || next.startsWith("-")) {
    throw mistake(trail, `--${name} needs a value: --${name} ${known[name]?.valueHint ?? "VALUE"}`)
  }
  return next
}

function mistake(trail: string, said: string, hint: string | null = null): Fault {
  const meant = hint === null ? "" : `; did you mean \`${hint}\`?`
  return new Fault("usage", { detail: `${said}${meant}\n${trail} --help says what there is.` })
}
