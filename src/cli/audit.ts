import type { ArgsDef } from "citty"
import type { AuditLine, Desk } from "../app/desk.ts"
import { count } from "../config/kinds.ts"
import { faults } from "../faults.ts"
import { type Command, flagValue, json, textOf } from "./command.ts"
import { atDesk, didShower, fullFlag, limitOf, pageFlags } from "./desk.ts"
import { countText, momentText } from "./figures.ts"
import { notes, print, printAll, printJson, table } from "./terminal.ts"

const EXPORT_PAGE = 500

/** A line for machines, as it went into its hash: the time in epoch milliseconds. */
const lineDocument = ({ seq, at, actor, action, subject, detail, hash }: AuditLine): AuditLine => ({
  seq,
  at,
  actor,
  action,
  subject,
  detail,
  hash,
})

const list: Command = {
  meta: { name: "list", description: "Print who did what to whom, the newest first." },
  args: {
    search: { type: "string", valueHint: "TEXT", description: "Only lines with this in them." },
    limit: pageFlags.limit ?? {},
    before: { type: "string", valueHint: "NUMBER", description: "Only lines before this one." },
    ...fullFlag,
    ...json,
  },
  settings: true,
  async run(args) {
    const [text, limit] = [textOf(args, "search"), limitOf(args)]
    const before = flagValue(args, "before", count(1)) ?? 0
    // One more than asked for tells whether there are more.
    const read = await atDesk(args, ({ audit }) =>
      audit.lines({ before, limit: limit + 1, ...(text !== null && { text }) }),
    )
    const lines = read.slice(0, limit).map(lineDocument)
    const next = read.length > limit ? (lines.at(-1)?.seq ?? null) : null
    if (args.json === true) printJson({ items: lines, next })
    else if (lines.length === 0) print("Nothing was done yet that is like that.")
    else print(auditTable(lines, didShower(args)))
    if (next !== null && args.json !== true) notes.info(`Earlier ones: --before ${next}`)
    return 0
  },
}

const auditTable = (lines: readonly AuditLine[], showDid: (did: string) => string): string =>
  table([
    ["LINE", "WHEN", "WHO", "DID WHAT", "TO", "DETAIL"],
    ...lines.map(({ seq, at, actor, action, subject, detail }) => [
      String(seq),
      momentText(at),
      showDid(actor),
      action,
      showDid(subject),
      detail,
    ]),
  ])

const verify: Command = {
  meta: {
    name: "verify",
    description: "Check that no line of the audit was changed or taken out; exit code 65 if one was.",
  },
  args: json,
  settings: true,
  async run(args) {
    const { lines, broken } = await atDesk(args, ({ audit }) => audit.verify())
    if (args.json === true) printJson({ ok: broken === null, lines, broken })
    else if (broken === null) print(`${countText(lines, "line")}, and nothing was changed.`)
    else notes.error(`Line ${broken} was changed or taken out.\n${advice}`)
    return broken === null ? 0 : (faults["store.unusable"].exit ?? 1)
  },
}

const advice = "The lines before it hold; compare it and later ones with an export or a backup that was made earlier."

const range: ArgsDef = {
  after: { type: "string", valueHint: "NUMBER", description: "Only lines after this one, such as the last exported." },
}

const exported: Command = {
  meta: { name: "export", description: "Print every line of the audit as JSON, one a line, the oldest first." },
  args: range,
  settings: true,
  async run(args) {
    const after = flagValue(args, "after", count(0)) ?? 0
    await atDesk(args, (desk) => printAll(jsonLines(desk, after)))
    return 0
  },
}

async function* jsonLines({ audit }: Desk, from: number): AsyncGenerator<string> {
  let after = from
  for (;;) {
    const page = await audit.lines({ after, limit: EXPORT_PAGE })
    yield page.map((line) => `${JSON.stringify(lineDocument(line))}\n`).join("")
    const last = page.at(-1)
    if (!last || page.length < EXPORT_PAGE) return
    after = last.seq
  }
}

export const auditCommand: Command = {
  meta: { name: "audit", description: "See, check and export the record of every change." },
  subCommands: { list, verify, export: exported },
}
