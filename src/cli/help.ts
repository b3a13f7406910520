/** `--help` of every command. */

import type { ArgsDef } from "citty"
import { yesOrNo } from "../config/kinds.ts"
import { defaultText, rows, sections } from "../config/schema.ts"
import { type Command, configFlag } from "./command.ts"

const WIDTH = 100
const INDENT = 6

/** The help of the command that `trail` names, as text of at most 100 columns. */
export function helpText(command: Command, trail: string): string {
  const own = Object.entries(command.args ?? {})
  const positional = own.filter(([, { type }]) => type === "positional")
  const words = positional.map(([name]) => (command.repeats ? `${name.toUpperCase()}…` : name.toUpperCase()))
  const commands = Object.entries(command.subCommands ?? {})
  const usage = [
    trail,
    ...(commands.length > 0 ? [command.run ? "[COMMAND]" : "COMMAND"] : []),
    "[flags]",
    ...words,
  ].join(" ")
  return [
    command.meta.description,
    "",
    `Usage: ${usage}`,
    ...list(
      "Commands",
      commands.map(([name, { meta }]) => [name, meta.description]),
    ),
    ...list(
      "Arguments",
      positional.map(([name, { description = "" }]) => [name.toUpperCase(), description]),
    ),
    ...list("Flags", ownFlags(command)),
    ...(command.settings ? settingFlags() : []),
  ].join("\n")
}

type Entry = readonly [term: string, sentence: string]

function ownFlags({ args, settings, subCommands, meta }: Command): Entry[] {
  const all: ArgsDef = { ...args, ...(settings ? configFlag : {}) }
  const flags = Object.entries(all)
    .filter(([, { type }]) => type !== "positional")
    .map(([name, { description = "", valueHint }]): Entry => [term(name, valueHint), description])
  const help: Entry = ["-h, --help", "Print this help."]
  const version: Entry[] = subCommands && meta.name === "restante" ? [["--version", "Print the version."]] : []
  return [...flags, help, ...version]
}

const term = (name: string, valueHint: string | undefined): string =>
  valueHint === undefined ? `--${name}` : `--${name} ${valueHint}`

function settingFlags(): string[] {
  const title = "Settings (each can also stand in the file or the environment: restante config explain KEY)"
  return ["", title, ...sections.flatMap((section) => ["", `[${section}]`, ...settingsOf(section)])]
}

const settingsOf = (section: string): string[] =>
  rows
    .filter((row) => row.section === section)
    .flatMap((row) => {
      const flag = row.kind === yesOrNo ? `--[no-]${row.flag}` : term(row.flag, row.kind.placeholder)
      const sentence = `${row.sentence} Default: ${defaultText(row)}.`
      return [`  ${flag}`, " ".repeat(INDENT) + hanging(sentence, INDENT)]
    })

function list(title: string, entries: readonly Entry[]): string[] {
  if (entries.length === 0) return []
  const widest = Math.max(...entries.map(([term]) => term.length))
  const lines = entries.map(([term, sentence]) => `  ${term.padEnd(widest)}  ${hanging(sentence, widest + 4)}`)
  return ["", title, ...lines]
}

/** `text` wrapped at the width, its further lines indented by `indent`. */
function hanging(text: string, indent: number): string {
  const lines: string[] = []
  let line = ""
  for (const word of text.split(" ")) {
    if (line !== "" && indent + line.length + 1 + word.length > WIDTH) {
      lines.push(line)
      line = word
    } else line = line === "" ? word : `${line} ${word}`
  }
  return [...lines, line].join(`\n${" ".repeat(indent)}`)
}
