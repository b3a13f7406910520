import { type Prospect, restoreAtRest } from "../app/backup/at-rest.ts"
import { type Command, json, textOf } from "./command.ts"
import { checkConsent, isConfirmed } from "./confirm.ts"
import { dangerFlags, operator } from "./desk.ts"
import { countText, momentText } from "./figures.ts"
import { passphraseFlag, settingsWithPassphrase } from "./passphrase-file.ts"
import { notes, print, printJson, progress } from "./terminal.ts"

export const restoreCommand: Command = {
  meta: {
    name: "restore",
    description: "Put a backup in the place of what is there; the mediator must not be running.",
  },
  args: {
    file: { type: "positional", description: "The backup's file, or its name in the folder of backups." },
    ...dangerFlags,
    ...passphraseFlag,
    ...json,
  },
  settings: true,
  async run(args) {
    checkConsent(args)
    const settings = settingsWithPassphrase(args)
    const archive = textOf(args, "file") ?? ""
    const dryRun = args["dry-run"] === true
    const confirm = (prospect: Prospect) => {
      if (args.json !== true) notes.info(prospectText(prospect))
      return isConfirmed(args, "Restore it?")
    }
    progress("Reading all of the backup, to see that it is whole.")
    const given = { archive, by: operator.name, confirm: dryRun ? null : confirm }
    const { prospect, isRestored, aside } = await restoreAtRest(settings, given)
    if (args.json === true) printJson({ dryRun, isRestored, aside, ...prospect })
    else if (dryRun) print(`${prospectText(prospect)}\nNothing was changed.`)
    else if (isRestored) print(restoredText(prospect, aside))
    return dryRun || isRestored ? 0 : 1
  },
}

function prospectText({ at, restante, messages, registrations, difference, isReplacing, files }: Prospect): string {
  const holds = `${countText(messages, "message")} and ${countText(registrations, "registration")}`
  const lines = [`The backup is whole. It was made ${momentText(at)} by restante ${restante}, and holds ${holds}.`]
  if (!isReplacing) lines.push("There is no database yet.")
  else if (difference === null) lines.push("The database that is there cannot be read, and would be kept aside.")
  else {
    const { lost, again, lostRegistrations } = difference
    lines.push(
      `Against the database that is there: ${countText(lost, "message")} and ${countText(lostRegistrations, "registration")} that came since would be missing,`,
      `and ${countText(again, "message")} that left since would wait again. That database would be kept aside.`,
    )
  }
  const others = files.filter((name) => name !== "restante.db")
  if (others.length > 0) lines.push(`With it would come ${others.join(" and ")}.`)
  return lines.join("\n")
}

function restoredText({ messages, registrations }: Prospect, aside: string | null): string {
  const kept = aside === null ? "" : `\nWhat was there before is in ${aside}; delete it when you do not need it.`
  return `Restored ${countText(messages, "message")} and ${countText(registrations, "registration")}.${kept}`
}
