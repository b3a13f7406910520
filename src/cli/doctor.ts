import { writeFileSync } from "node:fs"
import { resolve } from "node:path"
import { openDoctor } from "../app/doctor/at-rest.ts"
import type { Checked, Level, Report } from "../app/doctor/doctor.ts"
import { Fault } from "../faults.ts"
import { type Command, json, settingsOf, textOf } from "./command.ts"
import { localAddress, look } from "./status.ts"
import { print, printJson, progress } from "./terminal.ts"

export const doctorCommand: Command = {
  meta: {
    name: "doctor",
    description:
      "Look at everything that could be wrong, whether the mediator runs or not; exit code 1 when something is.",
  },
  args: {
    bundle: {
      type: "string",
      valueHint: "FILE",
      description: "Write what was found, without names, addresses and keys, for whoever helps you.",
    },
    ...json,
  },
  settings: true,
  async run(args) {
    const loaded = settingsOf(args)
    const isRunning = async (dids: readonly string[]) =>
      /^(not )?ready$/.test((await look(localAddress(loaded.settings), dids)).state)
    await using doctor = await openDoctor(loaded, isRunning)
    progress("Looking; this takes eight seconds at most.")
    const file = textOf(args, "bundle")
    if (file !== null) {
      const bundle = await doctor.bundle()
      writeNew(file, `${JSON.stringify(bundle, null, 2)}\n`)
      print(`Wrote ${file}. It holds figures, and no names, addresses or keys; read it before you pass it on.`)
      return bundle.level === "fail" ? 1 : 0
    }
    const report = await doctor.examine()
    if (args.json === true) printJson(report)
    else print(reportText(report))
    return report.level === "fail" ? 1 : 0
  },
}

function writeNew(file: string, text: string): void {
  try {
    writeFileSync(resolve(file), text, { flag: "wx", mode: 0o600 })
  } catch (cause) {
    throw new Fault("file.uncreatable", { detail: (cause as Error).message, cause })
  }
}

const marks: Readonly<Record<Level, string>> = { ok: "ok  ", warn: "WARN", fail: "FAIL" }

const lines = ({ level, title, why, fix }: Checked): string =>
  [`${marks[level]}  ${title}: ${why}`, ...(fix === null ? [] : [`      → ${fix}`])].join("\n")

function reportText({ items }: Report): string {
  const count = (level: Level) => items.filter((item) => item.level === level).length
  const closing = `${count("ok")} fine, ${count("warn")} to look at, ${count("fail")} wrong.`
  return [...items.map(lines), "", closing].join("\n")
}
