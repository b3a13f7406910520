import { existsSync, writeFileSync } from "node:fs"
import { resolve } from "node:path"
import { openIdentityFile } from "../app/identity.ts"
import { DEFAULT_FILE, resolveSettings, settingFault } from "../config/load.ts"
import { sampleFile } from "../config/reference.ts"
import { rows, type Settings } from "../config/schema.ts"
import { Fault } from "../faults.ts"
import { type Arguments, type Command, json, sourcesOf, textOf } from "./command.ts"
import { addressAdvice, proxyAdvice } from "./invitation.ts"
import { print, printJson } from "./terminal.ts"

export const initCommand: Command = {
  meta: {
    name: "init",
    description: "Write a restante.toml that explains every setting, and create the mediator's identity.",
  },
  args: json,
  settings: true,
  async run(args) {
    const file = textOf(args, "config") ?? DEFAULT_FILE
    // Looked at before anything is created; the write itself refuses to overwrite once more.
    if (existsSync(resolve(file))) throw alreadyThere(file)
    const { settings, given } = settingsForInit(args)
    const { self, minted, invitationUrl } = await openIdentityFile(settings)
    writeNew(file, sampleFile(given), rows.some(({ path, secret }) => secret && given.has(path)) ? 0o600 : 0o666)
    if (args.json === true) printJson({ file, did: self.did, dids: self.dids, minted, invitationUrl })
    else
      print(
        nextSteps({ file, did: self.did, minted, invitationUrl }, [
          ...addressAdvice(settings.server.public_url, self.identusSafe),
          ...proxyAdvice(settings),
        ]),
      )
    return 0
  },
}

/** The settings without a file, and the values that flags gave, by path: those go into the file. */
function settingsForInit(args: Arguments): { settings: Settings; given: ReadonlyMap<string, unknown> } {
  const { env, flags } = sourcesOf(args)
  const outcome = resolveSettings({ file: null, env, flags })
  if ("problems" in outcome) throw settingFault(outcome.problems)
  const groups: Readonly<Record<string, Readonly<Record<string, unknown>>>> = outcome.settings
  const byFlag = rows.filter(({ path }) => outcome.origins.get(path)?.from === "flag")
  return {
    settings: outcome.settings,
    given: new Map(byFlag.map(({ path, section, key }) => [path, groups[section]?.[key]])),
  }
}

// What holds a secret is for its owner only.
function writeNew(file: string, text: string, mode: number): void {
  try {
    writeFileSync(resolve(file), text, { flag: "wx", mode })
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException
    if (code === "EEXIST") throw alreadyThere(file)
    throw new Fault("file.uncreatable", { detail: message, cause: error })
  }
}

const alreadyThere = (file: string): Fault =>
  new Fault("file.uncreatable", {
    detail: `${file} is there already, and is never overwritten. Edit it, move it away, or name another with --config.`,
  })

function nextSteps(
  { file, did, minted, invitationUrl }: { file: string; did: string; minted: boolean; invitationUrl: string },
  advice: readonly string[],
): string {
  const serve = file === DEFAULT_FILE ? "restante serve" : `restante serve --config ${file}`
  const identity = minted ? "A new identity was created." : "The identity that was there already is used."
  return [
    `Wrote ${file}. ${identity}`,
    "",
    "DID",
    `  ${did}`,
    "Invitation",
    `  ${invitationUrl}`,
    "",
    "Next",
    ...advice.map((line) => `  - ${line}`),
    `  - Start the mediator: ${serve}`,
    "  - Give the invitation to a wallet, by paste or as the QR code that serve shows.",
    "  - Keep a copy of the data folder: the identity in it cannot be created again.",
  ].join("\n")
}
