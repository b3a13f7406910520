import type { ArgsDef } from "citty"
import type { RegistrationState } from "../app/desk.ts"
import { systemClock } from "../base/clock.ts"
import { choices } from "../config/kinds.ts"
import { Fault } from "../faults.ts"
import { accountDocument, accountTable, accountText } from "./account-document.ts"
import { accountNamed } from "./account-lookup.ts"
import { type Command, flagValue, json, textOf } from "./command.ts"
import {
  accountPage,
  atDesk,
  didArgument,
  didShower,
  fullFlag,
  nextPage,
  operator,
  pageFlags,
  pageOf,
  quotaFlags,
  quotaOf,
} from "./desk.ts"
import { forget } from "./registration-forget.ts"
import { notify } from "./registration-notify.ts"
import { approve, deny, resume, revoke, suspend } from "./registration-transitions.ts"
import { notes, print, printJson } from "./terminal.ts"

const states = ["pending", "approved", "denied", "suspended", "revoked"] as const satisfies RegistrationState[]

const NOBODY = "Nobody has asked for a mailbox yet."

const list: Command = {
  meta: { name: "list", description: "Print who asked for a mailbox and who has one, the newest first." },
  args: {
    state: { type: "string", valueHint: states.join(","), description: "Only those in one of these states." },
    search: { type: "string", valueHint: "TEXT", description: "Only those with this in their DID, label or note." },
    ...pageFlags,
    ...fullFlag,
    ...json,
  },
  settings: true,
  async run(args) {
    const wanted = flagValue(args, "state", choices(states))
    const text = textOf(args, "search")
    const query = { ...pageOf(args), ...(wanted !== null && { states: wanted }), ...(text !== null && { text }) }
    const page = await atDesk(args, (desk) => accountPage(desk, query))
    if (args.json === true) printJson({ ...page, items: page.items.map(accountDocument) })
    else if (page.items.length === 0)
      print(wanted === null && text === null ? NOBODY : "No registrations are like that.")
    else print(accountTable(page.items, didShower(args), systemClock.now()))
    if (page.next !== null && args.json !== true) notes.info(nextPage(page))
    return 0
  },
}

const show: Command = {
  meta: { name: "show", description: "Print everything about one registration; what it was sent stays sealed." },
  args: { ...didArgument, ...json },
  settings: true,
  async run(args) {
    const account = await atDesk(args, (desk) => accountNamed(desk, textOf(args, "did") ?? ""))
    if (args.json === true) printJson(accountDocument(account))
    else print(accountText(account))
    return 0
  },
}

const description: ArgsDef = {
  label: { type: "string", valueHint: "TEXT", description: "What to call it; --label= takes the label away." },
  note: { type: "string", valueHint: "TEXT", description: "What to remember about it; --note= takes the note away." },
  ...quotaFlags,
}

const describe: Command = {
  meta: {
    name: "describe",
    description: "Label a registration, or give it a quota of its own; `default` gives it back the configured one.",
  },
  args: { ...didArgument, ...description, ...json },
  settings: true,
  async run(args) {
    const [label, note, overrides] = [textOf(args, "label"), textOf(args, "note"), quotaOf(args)]
    const change = {
      ...(label !== null && { label }),
      ...(note !== null && { note }),
      ...(Object.keys(overrides).length > 0 && { overrides }),
    }
    const flags = Object.keys(description)
    const given = flags.filter((name) => args[name] !== undefined)
    if (given.length === 0) throw new Fault("usage", { detail: `nothing to change was given: --${flags.join(", --")}` })
    const account = await atDesk(args, async (desk) => {
      const { did } = await accountNamed(desk, textOf(args, "did") ?? "")
      return desk.accounts.describe(did, change, operator)
    })
    if (args.json === true) printJson(accountDocument(account))
    else print(`Changed ${given.join(", ")}.\n\n${accountText(account)}`)
    return 0
  },
}

export const registrationCommand: Command = {
  meta: { name: "registration", description: "Decide who may have a mailbox; also beside a running mediator." },
  subCommands: { list, show, approve, deny, suspend, resume, revoke, describe, notify, forget },
}
