import { fileSchema } from "../config/json-schema.ts"
import { DEFAULT_FILE, type Loaded, readSettings, settingFault } from "../config/load.ts"
import { nearest } from "../config/nearest.ts"
import { originText, type Problem } from "../config/problem.ts"
import { defaultText, fileEnv, type Row, rows, shownText } from "../config/schema.ts"
import { Fault } from "../faults.ts"
import { type Arguments, type Command, json, settingsOf, sourcesOf, textOf } from "./command.ts"
import { print, printJson, table } from "./terminal.ts"

/** The value that `loaded` holds for `row`, and where it comes from. */
function current({ settings, origins }: Loaded, row: Row): { value: unknown; toml: string; origin: string } {
  const groups: Readonly<Record<string, Readonly<Record<string, unknown>>>> = settings
  const value = groups[row.section]?.[row.key]
  const toml = shownText(row, value)
  return {
    value: row.secret && value !== "" ? toml : value,
    toml,
    origin: originText(origins.get(row.path) ?? { from: "default" }),
  }
}

const check: Command = {
  meta: { name: "check", description: "Read the configuration as serve would, and say whether it can be used." },
  args: json,
  settings: true,
  async run(args) {
    const outcome = readSettings(sourcesOf(args))
    if ("problems" in outcome) return refuse(outcome.problems, args)
    if (args.json === true) printJson({ ok: true, problems: [] })
    else print(`${outcome.file ?? `No ${DEFAULT_FILE} here: defaults, environment and flags`}: nothing is wrong.`)
    return 0
  },
}

function refuse(problems: readonly Problem[], args: Arguments): number {
  const fault = settingFault(problems)
  if (args.json !== true) throw fault
  printJson({ ok: false, problems: problems.map(({ origin, message, hint }) => ({ origin, message, hint })) })
  return fault.row.exit ?? 1
}

const show: Command = {
  meta: { name: "show", description: "Print every setting's value and where it comes from." },
  args: json,
  settings: true,
  async run(args) {
    const loaded = settingsOf(args)
    const lines = rows.map((row) => ({ key: row.path, ...current(loaded, row) }))
    if (args.json === true) printJson({ file: loaded.file, settings: lines })
    else print(table([["SETTING", "VALUE", "ORIGIN"], ...lines.map(({ key, toml, origin }) => [key, toml, origin])]))
    return 0
  },
}

const explain: Command = {
  meta: { name: "explain", description: "Say everything about one setting." },
  args: {
    key: { type: "positional", description: "A setting, such as mailbox.ttl; its environment name will do as well." },
    ...json,
  },
  settings: true,
  async run(args) {
    const row = rowOf(textOf(args, "key") ?? "")
    const outcome = readSettings(sourcesOf(args))
    const now = "problems" in outcome ? null : current(outcome, row)
    const facts = {
      key: row.path,
      sentence: row.sentence,
      expects: row.kind.expects,
      default: defaultText(row),
      file: `[${row.section}] ${row.key}`,
      environment: [row.env, fileEnv(row)].filter((name) => name !== null).join(" or "),
      flag: `--${row.flag}`,
    }
    if (args.json === true) printJson({ ...facts, current: now })
    else print(explanation(facts, now))
    return 0
  },
}

function explanation(facts: Readonly<Record<string, string>>, now: { toml: string; origin: string } | null): string {
  const { key = "", sentence = "", expects = "", ...spellings } = facts
  const value = now === null ? "unknown: restante config check says what is wrong" : `${now.toml} (${now.origin})`
  const lines = Object.entries({ "must be": expects, ...spellings, now: value })
  return `${key}\n${sentence}\n\n${table(lines.map(([term, text]) => [`  ${term}`, text]))}`
}

function rowOf(name: string): Row {
  const row = rows.find((row) => [row.path, row.env, row.flag].includes(name))
  if (row) return row
  const hint =
    nearest(
      name,
      rows.map((row) => row.path),
    ) ?? rows.find((row) => row.key === name)?.path
  throw new Fault("usage", { detail: `there is no setting ${name}${hint ? `; did you mean \`${hint}\`?` : ""}` })
}

const schema: Command = {
  meta: { name: "schema", description: "Print a JSON Schema of restante.toml, for editors that check it." },
  async run() {
    printJson(fileSchema())
    return 0
  },
}

export const configCommand: Command = {
  meta: { name: "config", description: "Check, show and explain the configuration." },
  subCommands: { check, show, explain, schema },
}
