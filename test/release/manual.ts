/** The manual page restante.1, from the same declarations as --help. Format: man(7). */

import { type Command, configFlag } from "../../src/cli/command.ts"
import { yesOrNo } from "../../src/config/kinds.ts"
import { defaultText, rows, sections } from "../../src/config/schema.ts"

/** The page for the command line below `root`, dated `time` (epoch seconds). */
export function manual(root: Command, { version, time }: { version: string; time: number }): string {
  const { name, description } = root.meta
  const day = new Date(time * 1000).toISOString().slice(0, 10)
  return lines([
    `.TH ${name.toUpperCase()} 1 "${day}" "${name} ${version}" "User Commands"`,
    ".SH NAME",
    `${name} \\- ${escaped(description)}`,
    ".SH SYNOPSIS",
    `.B ${name}`,
    "\\fICOMMAND\\fR [flags]",
    ".SH COMMANDS",
    ...commandsOf(root, ""),
    ".SH SETTINGS",
    "Commands that read the configuration take these flags. Each setting can also stand in the file or in the environment.",
    ...sections.flatMap((section) => [
      `.SS [${escaped(section)}]`,
      ...rows
        .filter((row) => row.section === section)
        .flatMap((row) => {
          const flag = row.kind === yesOrNo ? `--[no-]${row.flag}` : `--${row.flag} ${row.kind.placeholder}`
          return entry(flag, `${row.sentence} Default: ${defaultText(row)}. Environment: ${row.env}.`)
        }),
    ]),
    ".SH FILES",
    ...entry("restante.toml", "The configuration, in the working directory unless --config names another."),
    ...entry("/etc/restante/restante.toml", "The configuration of the system service."),
    ...entry("/var/lib/restante", "The identity and the database of the system service."),
    ".SH EXIT STATUS",
    ...exits.flatMap(([code, meaning]) => entry(code, meaning)),
  ])
}

// sysexits.h; faults/ says which failure ends a command with which.
const exits: readonly (readonly [string, string])[] = [
  ["0", "It worked."],
  ["1", "It did not, or the answer is no."],
  ["64", "The command was not understood."],
  ["65", "What was given, or the database, is bad."],
  ["69", "Nobody answers, or the address is taken."],
  ["73", "Something cannot be created."],
  ["74", "Reading or writing failed."],
  ["75", "It is in use just now; try again later."],
  ["77", "This user may not do that."],
  ["78", "The configuration is wrong."],
]

function commandsOf(command: Command, trail: string): string[] {
  return Object.entries(command.subCommands ?? {}).flatMap(([word, inner]) => {
    const name = trail === "" ? word : `${trail} ${word}`
    return [...(inner.run ? described(inner, name) : []), ...commandsOf(inner, name)]
  })
}

function described(command: Command, name: string): string[] {
  const args = Object.entries({ ...command.args, ...(command.settings ? configFlag : {}) })
  const words = args.filter(([, { type }]) => type === "positional").map(([word]) => ` ${word.toUpperCase()}`)
  const flags = args.filter(([, { type }]) => type !== "positional")
  return [
    `.SS ${escaped(name + words.join("") + (command.repeats ? "…" : ""))}`,
    escaped(command.meta.description),
    ...flags.flatMap(([flag, { valueHint, description = "" }]) =>
      entry(valueHint === undefined ? `--${flag}` : `--${flag} ${valueHint}`, description),
    ),
  ]
}

const entry = (term: string, sentence: string): string[] => [".TP", `.B ${escaped(term)}`, escaped(sentence)]

const lines = (all: readonly string[]): string => `${all.join("\n")}\n`

// A line that begins with a dot or a quote would be a request; "-" alone is a hyphen, which cannot be pasted in a shell.
const escaped = (text: string): string =>
  text
    .replaceAll("\\", "\\e")
    .replaceAll("-", "\\-")
    .replaceAll("…", "...")
    .replace(/^(?=[.'])/, "\\&")
