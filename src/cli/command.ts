/** What a command is: citty's, with parts that are plain values, so that help and the strict reader can look at them. */

import type { ArgDef, ArgsDef, CommandContext, CommandDef } from "citty"
import * as v from "valibot"
import { type Kind, yesOrNo } from "../config/kinds.ts"
import { type Loaded, loadSettings, type Sources } from "../config/load.ts"
import { rows } from "../config/schema.ts"
import { Fault } from "../faults.ts"

export type Command = {
  readonly meta: { readonly name: string; readonly description: string }
  /** Flags of the command's own and its positional arguments. */
  readonly args?: ArgsDef
  /** Its last positional argument may be given more than once. */
  readonly repeats?: true
  /** Whether it takes the settings' flags and --config. */
  readonly settings?: true
  readonly subCommands?: Readonly<Record<string, Command>>
  /** Its exit code. */
  readonly run?: (args: Arguments) => Promise<number>
}

export type Arguments = CommandContext<ArgsDef>["args"]

export const json: ArgsDef = {
  json: { type: "boolean", description: "Print one JSON document, for machines." },
}

export const configFlag: ArgsDef = {
  config: {
    type: "string",
    valueHint: "FILE",
    description: "The configuration file; ./restante.toml if there is one.",
  },
}

const settingFlags: ArgsDef = Object.fromEntries(
  rows.map(({ flag, kind, sentence }): [string, ArgDef] => [
    flag,
    { type: kind === yesOrNo ? "boolean" : "string", valueHint: kind.placeholder, description: sentence },
  ]),
)

/** Every argument that `command` takes. */
export const argumentsOf = ({ args, settings }: Command): ArgsDef => ({
  ...args,
  ...(settings ? { ...configFlag, ...settingFlags } : {}),
})

/** The command as citty runs it. */
export const cittyCommand = (command: Command): CommandDef<ArgsDef> => ({
  meta: command.meta,
  args: argumentsOf(command),
  run: ({ args }) => command.run?.(args),
})

/** The text of a flag or positional argument, or null when it was not given. */
export function textOf(args: Arguments, name: string): string | null {
  const value = args[name]
  return typeof value === "string" ? value : null
}

/** The value of a flag of the command's own, or null when it was not given. Throws Fault("usage"). */
export function flagValue<T>(args: Arguments, name: string, kind: Kind<T>): T | null {
  const text = textOf(args, name)
  if (text === null) return null
  const given = v.safeParse(kind.schema, kind.fromText(text))
  if (!given.success) throw new Fault("usage", { detail: `--${name} must be ${kind.expects}` })
  return given.output
}

/** The positional arguments, each once. */
export const wordsOf = (args: Arguments): readonly string[] => [...new Set(args._)]

/** The settings' flags that were given, by name. */
export const flagsOf = (args: Arguments): ReadonlyMap<string, string> =>
  new Map(rows.flatMap(({ flag }) => (args[flag] === undefined ? [] : [[flag, String(args[flag])]])))

/** Where settings come from in this process. */
export const sourcesOf = (args: Arguments): Sources => ({
  config: textOf(args, "config"),
  env: process.env,
  flags: flagsOf(args),
  cwd: process.cwd(),
})

/** The settings. Faults: setting.invalid, folder.forbidden. */
export const settingsOf = (args: Arguments): Loaded => loadSettings(sourcesOf(args))
