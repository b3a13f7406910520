/** What was chosen in the admin pages: settings.toml in the data folder, between the configuration file and the environment. */

import { readFileSync, statSync } from "node:fs"
import { dirname, join, resolve } from "node:path"
import { fromUtf8 } from "../base/bytes.ts"
import { writeWhole } from "../base/whole-file.ts"
import { Fault } from "../faults.ts"
import type { Source } from "./problem.ts"
import { rows, sections } from "./schema.ts"

const FILE = "settings.toml"

/** The one setting that cannot be in there: it says where the file is. */
export const FIXED = "server.data_dir"

export const chosenPath = (dataDir: string): string => join(dataDir, FILE)

/** Null when nothing was chosen yet. Faults: setting.invalid, folder.forbidden. */
export function readChosen(dataDir: string, cwd: string): Source | null {
  const path = chosenPath(dataDir)
  let bytes: Uint8Array
  try {
    bytes = readFileSync(resolve(cwd, path))
  } catch (cause) {
    const { code, message } = cause as NodeJS.ErrnoException
    if (code === "ENOENT" || code === "ENOTDIR") return null
    if (code === "EACCES") throw forbidden(dirname(resolve(cwd, path)), cause)
    throw new Fault("setting.invalid", { detail: `${path}: ${message}`, cause })
  }
  const text = fromUtf8(bytes)
  if (text === null) throw new Fault("setting.invalid", { detail: `${path}: the file is not UTF-8 text` })
  return { path, text, from: "chosen" }
}

/** Whole or not at all, and on disk. Fault folder.unwritable. */
export function writeChosen({ path, text }: Source, cwd: string): void {
  try {
    writeWhole(resolve(cwd, path), text)
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause)
    throw new Fault("folder.unwritable", { detail: `${path}: ${reason}`, cause })
  }
}

const head = `# What was chosen in the admin pages. It counts for more than the configuration file and for less than the environment.
# Without a line here its setting is as if nothing had been chosen.`

/** The file that says `values` (by path, as the schema gave them). */
export function chosenText(values: ReadonlyMap<string, unknown>): string {
  const groups = sections.flatMap((section) => {
    const lines = rows
      .filter((row) => row.section === section && values.has(row.path))
      .map(({ key, kind, path }) => `${key} = ${kind.toToml(values.get(path))}`)
    return lines.length > 0 ? [[`[${section}]`, ...lines].join("\n")] : []
  })
  return `${[head, ...groups].join("\n\n")}\n`
}

/** The fault of somebody whom a folder is closed to, with whom to be instead. */
export const forbidden = (folder: string, cause?: unknown): Fault =>
  new Fault("folder.forbidden", {
    detail: `${folder}: run the command as the user who runs the mediator${ownerHint(folder)}`,
    cause,
  })

function ownerHint(folder: string): string {
  try {
    return `, for example with sudo -u '#${statSync(folder).uid}' restante …`
  } catch {
    return ""
  }
}
