import { readFileSync } from "node:fs"
import type { ArgsDef } from "citty"
import type { Settings } from "../config/schema.ts"
import { Fault } from "../faults.ts"
import { type Arguments, settingsOf, textOf } from "./command.ts"

export const passphraseFlag: ArgsDef = {
  "passphrase-file": {
    type: "string",
    valueHint: "FILE",
    description: "Read the backup's passphrase from this file; backup.passphrase unless given.",
  },
}

/** The settings, with the passphrase that is in the file. Faults: setting.invalid, usage. */
export function settingsWithPassphrase(args: Arguments): Settings {
  const { settings } = settingsOf(args)
  const path = textOf(args, "passphrase-file")
  return path === null ? settings : { ...settings, backup: { ...settings.backup, passphrase: readPassphrase(path) } }
}

/** The passphrase in a file, without the end of its line. Throws Fault("usage"). */
export function readPassphrase(path: string): string {
  try {
    return readFileSync(path, "utf8").trimEnd()
  } catch (cause) {
    throw new Fault("usage", { detail: `--passphrase-file: ${(cause as Error).message}`, cause })
  }
}
