import { readFileSync, writeFileSync } from "node:fs"
import type { ArgsDef } from "citty"
import { importIdentity } from "../app/identity-desk.ts"
import { systemClock } from "../base/clock.ts"
import { Fault } from "../faults.ts"
import { type Arguments, type Command, json, settingsOf, textOf } from "./command.ts"
import { atDesk, operator } from "./desk.ts"
import { readPassphrase } from "./passphrase-file.ts"
import { ask, askTwice } from "./password.ts"
import { print, printJson } from "./terminal.ts"

const DEFAULT_FILE = "restante-identity.sealed"

const passphraseFlag: ArgsDef = {
  "passphrase-file": {
    type: "string",
    valueHint: "FILE",
    description: "Read the passphrase from this file; asked for on a terminal unless given.",
  },
}

export const exportIdentity: Command = {
  meta: { name: "export", description: "Write the mediator's keys to a file, sealed with a passphrase." },
  args: {
    out: { type: "string", valueHint: "FILE", description: `Where to; ${DEFAULT_FILE} unless given.` },
    ...passphraseFlag,
    ...json,
  },
  settings: true,
  async run(args) {
    const file = textOf(args, "out") ?? DEFAULT_FILE
    const passphrase = await passphraseOf(args, () => askTwice("Passphrase (12 characters or more): "))
    return atDesk(args, async ({ identity, self }) => {
      writeNew(file, await identity.export(passphrase, operator))
      if (args.json === true) printJson({ file, did: self.did })
      else print(`Wrote ${file}. Keep it and its passphrase apart: together they are the mediator.`)
      return 0
    })
  },
}

export const importIdentityCommand: Command = {
  meta: { name: "import", description: "Put exported keys into a data folder that has none yet." },
  args: {
    file: { type: "positional", description: "What restante did export wrote." },
    ...passphraseFlag,
    ...json,
  },
  settings: true,
  async run(args) {
    const sealed = read(textOf(args, "file") ?? "")
    const passphrase = await passphraseOf(args, () => ask("Passphrase: "))
    const self = await importIdentity(settingsOf(args).settings, systemClock, { sealed, passphrase })
    if (args.json === true) printJson({ did: self.did, dids: self.dids })
    else print(["The data folder has the identity now:", ...self.dids].join("\n"))
    return 0
  },
}

async function passphraseOf(args: Arguments, asked: () => Promise<string>): Promise<string> {
  const file = textOf(args, "passphrase-file")
  if (file !== null) return readPassphrase(file)
  if (process.stdin.isTTY === true && process.stderr.isTTY === true) return asked()
  throw new Fault("usage", { detail: "nobody can be asked for a passphrase here: give --passphrase-file" })
}

function read(path: string): Uint8Array {
  try {
    return readFileSync(path)
  } catch (cause) {
    throw new Fault("usage", { detail: (cause as Error).message, cause })
  }
}

function writeNew(path: string, sealed: Uint8Array): void {
  try {
    writeFileSync(path, sealed, { flag: "wx", mode: 0o600 })
  } catch (cause) {
    throw new Fault("file.uncreatable", { detail: (cause as Error).message, cause })
  }
}
