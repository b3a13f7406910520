import type { ArgsDef } from "citty"
import type { IdentityReport } from "../app/desk.ts"
import { systemClock } from "../base/clock.ts"
import { DAY, duration } from "../config/kinds.ts"
import { type Arguments, type Command, flagValue, json } from "./command.ts"
import { checkConsent, isConfirmed } from "./confirm.ts"
import { atDesk, dangerFlags, operator } from "./desk.ts"
import { countText, momentText } from "./figures.ts"
import { print, printJson, table } from "./terminal.ts"

const DEFAULT_OVERLAP = 30 * DAY

const overlapFlag: ArgsDef = {
  overlap: {
    type: "string",
    valueHint: "TIME",
    description: "How long the keys that are replaced go on; 30d unless given, 0s to end them at once.",
  },
}

const overlapOf = (args: Arguments): number => flagValue(args, "overlap", duration(0)) ?? DEFAULT_OVERLAP

export const showKeys: Command = {
  meta: { name: "show", description: "Print the mediator's keys, their age, and who still uses those replaced." },
  args: json,
  settings: true,
  run: (args) =>
    atDesk(args, async ({ identity }) => {
      const report = await identity.report()
      if (args.json === true) printJson(report)
      else print(reportText(report))
      return 0
    }),
}

export const rotateKeys: Command = {
  meta: {
    name: "rotate",
    description: "Replace the mediator's keys and its did:peer; the old ones go on for a while. It may be running.",
  },
  args: { ...overlapFlag, ...dangerFlags, ...json },
  settings: true,
  async run(args) {
    checkConsent(args)
    const overlap = overlapOf(args)
    return atDesk(args, async ({ identity }) => {
      const before = await identity.report()
      const dryRun = args["dry-run"] === true
      const plan = planText(before, systemClock.now() + overlap)
      if (!dryRun && !(await isConfirmed(args, `${plan}\nReplace the keys?`))) return 1
      const after = dryRun ? before : await identity.rotate(overlap, operator)
      if (args.json === true) printJson({ dryRun, ...after })
      else print(dryRun ? `${plan}\nNothing was changed.` : rotatedText(after))
      return 0
    })
  },
}

export const extendKeys: Command = {
  meta: { name: "extend", description: "Let the keys that were replaced last go on for longer, or again." },
  args: { ...overlapFlag, ...json },
  settings: true,
  run: (args) =>
    atDesk(args, async ({ identity }) => {
      const report = await identity.extend(overlapOf(args), operator)
      if (args.json === true) printJson(report)
      else print(reportText(report))
      return 0
    }),
}

const members = (count: number): string => countText(count, "member")

function planText({ members: { current, unheard } }: IdentityReport, until: number): string {
  return [
    "New wallets will get a new DID. The one they got so far:",
    `  is answered until ${momentText(until)}, and then no more: mail that is sealed for it is refused from then on`,
    `  is what ${members(current)} last wrote to, and ${members(unheard)} may know`,
    "A wallet keeps the DID that it was set up with, and so do the addresses that it gave others. It gets the new one",
    "when it is set up again with the new invitation.",
  ].join("\n")
}

function rotatedText(report: IdentityReport): string {
  return [
    "The keys were replaced. A mediator that runs notices within seconds.",
    "",
    reportText(report),
    "",
    "The invitation for new wallets, and for old ones to be set up again:",
    "",
    report.invitationUrl,
    "",
    "Take a backup: the copies that you have lack the new keys.",
  ].join("\n")
}

function reportText({ dids, retired, members: { current, unheard } }: IdentityReport): string {
  const lines = dids.flatMap(({ did, isCurrent, until, keys }) => [
    did,
    `  ${isCurrent ? "in use" : until === null ? "of an earlier public URL" : `replaced, answered until ${momentText(until)}`}`,
    table(keys.map(({ id, kind, since }) => [`  ${id.slice(id.indexOf("#"))}`, kind, `since ${momentText(since)}`])),
  ])
  const before = retired.map(
    ({ did, until, hasEnded, members: count }) =>
      `${members(count)} last wrote to ${did.slice(0, 40)}…, which ${hasEnded ? "ended" : "ends"} ${momentText(until)}`,
  )
  return [
    ...lines,
    "",
    `${members(current)} last wrote to today's keys, ${members(unheard)} to none yet`,
    ...before,
  ].join("\n")
}
