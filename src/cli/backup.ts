import type { ArgsDef } from "citty"
import { type Desk, openDesk } from "../app/desk.ts"
import { type Arguments, type Command, json, textOf } from "./command.ts"
import { checkConsent, isConfirmed } from "./confirm.ts"
import { operator } from "./desk.ts"
import { countText, momentText, sizeText } from "./figures.ts"
import { passphraseFlag, settingsWithPassphrase } from "./passphrase-file.ts"
import { print, printJson, progress, table } from "./terminal.ts"

type Listed = Awaited<ReturnType<Desk["backups"]["list"]>>
type Kept = Listed["items"][number]

async function withBackups<T>(args: Arguments, work: (backups: Desk["backups"]) => Promise<T>): Promise<T> {
  await using desk = await openDesk(settingsWithPassphrase(args))
  return await work(desk.backups)
}

const holds = ({ messages, registrations }: Kept): string =>
  messages === null || registrations === null
    ? "not verified here"
    : `${countText(messages, "message")}, ${countText(registrations, "registration")}`

const list: Command = {
  meta: { name: "list", description: "Print the backups that are there, the newest first." },
  args: json,
  settings: true,
  async run(args) {
    const listed = await withBackups(args, async (backups) => backups.list())
    if (args.json === true) printJson(listed)
    else print(listText(listed))
    return 0
  },
}

function listText({ items, dir, nextAt, keep }: Listed): string {
  const next = nextAt === null ? "none is scheduled" : `the next is due ${momentText(nextAt)}`
  if (items.length === 0) return `There are no backups in ${dir}; ${next}. restante backup makes one.`
  const rows = items.map((one) => [
    momentText(one.at),
    sizeText(one.bytes),
    one.isVerified ? "yes" : "no",
    one.isEncrypted ? "yes" : "no",
    holds(one),
    one.name,
  ])
  const head = ["MADE", "SIZE", "VERIFIED", "SEALED", "HOLDS", "NAME"]
  return `${table([head, ...rows])}\n\n${dir}; ${next}, ${keep} are kept.`
}

const nameArgument: ArgsDef = { name: { type: "positional", description: "The name that backup list prints." } }

const verify: Command = {
  meta: { name: "verify", description: "Read all of a backup, to see that it is whole." },
  args: { ...nameArgument, ...passphraseFlag, ...json },
  settings: true,
  async run(args) {
    progress("Reading all of it.")
    const verified = await withBackups(args, (backups) => backups.verify(textOf(args, "name") ?? ""))
    if (args.json === true) printJson(verified)
    else print(`${verified.name} is whole: ${holds(verified)}.`)
    return 0
  },
}

const remove: Command = {
  meta: { name: "delete", description: "Delete a backup; never the newest that was verified." },
  args: { ...nameArgument, yes: { type: "boolean", description: "Do not ask first." }, ...json },
  settings: true,
  async run(args) {
    checkConsent(args)
    const name = textOf(args, "name") ?? ""
    if (!(await isConfirmed(args, `Delete ${name}?`))) return 1
    await withBackups(args, (backups) => backups.remove(name, operator))
    if (args.json === true) printJson({ name })
    else print(`Deleted ${name}.`)
    return 0
  },
}

export const backupCommand: Command = {
  meta: { name: "backup", description: "Make a backup and verify it; the mediator may be running." },
  subCommands: { list, verify, delete: remove },
  args: { ...passphraseFlag, ...json },
  settings: true,
  async run(args) {
    progress("Making a backup, and reading it back to verify it.")
    const { made, dir } = await withBackups(args, async (backups) => ({
      made: await backups.make(operator),
      dir: (await backups.list()).dir,
    }))
    if (args.json === true) printJson({ ...made, dir })
    else print(`Made and verified ${dir}/${made.name}: ${holds(made)}, ${sizeText(made.bytes)}.`)
    return 0
  },
}
