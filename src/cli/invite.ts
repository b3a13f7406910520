import type { ArgsDef } from "citty"
import type { Desk, Invite } from "../app/desk.ts"
import { systemClock } from "../base/clock.ts"
import { count, DAY, duration, MINUTE, SECOND } from "../config/kinds.ts"
import { type Command, flagValue, json, textOf } from "./command.ts"
import { atDesk, operator, quotaFlags, quotaOf } from "./desk.ts"
import { ageText, countText, momentText, spanText } from "./figures.ts"
import { addressAdvice, qrCode } from "./invitation.ts"
import { notes, print, printJson, table } from "./terminal.ts"

const WEEK_MS = 7 * DAY
const MAX_USES = 1_000_000
const COLUMNS = 80
const PAGE = 200

/** An invite for machines: times in epoch milliseconds, null in `overrides` for what is as configured. */
const inviteDocument = (desk: Desk, invite: Invite) => ({
  id: invite.id,
  url: desk.inviteUrl(invite.id),
  state: desk.invites.stateOf(invite),
  label: invite.label,
  uses: invite.uses,
  used: invite.used,
  expiresAt: invite.expiresAt,
  revokedAt: invite.revokedAt,
  createdAt: invite.createdAt,
  overrides: { maxMessages: invite.overrides.maxMessages, maxBytes: invite.overrides.maxBytes },
})
type Document = ReturnType<typeof inviteDocument>

const wishes: ArgsDef = {
  label: { type: "string", valueHint: "TEXT", description: "For whom it is; registrations that come with it get it." },
  uses: { type: "string", valueHint: "NUMBER", description: "How many may come with it; 1 unless given." },
  expires: { type: "string", valueHint: "TIME|never", description: "How long it can be used; 7d unless given." },
  ...quotaFlags,
}

const lifetime = { ...duration(SECOND), expects: `never, or ${duration(SECOND).expects}` }

const create: Command = {
  meta: { name: "create", description: "Make an invite: whoever has its link gets a mailbox without waiting." },
  args: { ...wishes, ...json },
  settings: true,
  async run(args) {
    const { maxMessages = null, maxBytes = null } = quotaOf(args)
    const wanted = {
      label: textOf(args, "label") ?? "",
      uses: flagValue(args, "uses", count(1, MAX_USES)) ?? 1,
      expiresIn: textOf(args, "expires") === "never" ? null : (flagValue(args, "expires", lifetime) ?? WEEK_MS),
      overrides: { maxMessages, maxBytes },
    }
    const { made, advice } = await atDesk(args, async (desk, { server }) => ({
      made: inviteDocument(desk, await desk.invites.create(wanted, operator)),
      advice: addressAdvice(server.public_url, desk.self.identusSafe),
    }))
    if (args.json === true) printJson(made)
    else print(inviteText(made))
    if (args.json !== true && advice.length > 0) notes.warn(advice.join("\n"))
    return 0
  },
}

function inviteText({ id, url, state, used, uses, expiresAt }: Document): string {
  const until = expiresAt === null ? "does not expire" : `can be used until ${momentText(expiresAt)}`
  const { isTTY, columns = COLUMNS } = process.stdout
  const wide = `As a QR code it is wider than this terminal: widen it, then restante invite show ${id}`
  const code = isTTY ? (qrCode(url, columns) ?? wide) : null
  const left = countText(uses - used, used === 0 ? "registration" : "more registration")
  const closing = state === "open" ? `It admits ${left} and ${until}.` : `It admits nobody any more: it is ${state}.`
  return [`Invite ${id}`, "", url, "", ...(code === null ? [] : [code, ""]), closing].join("\n")
}

const idArgument: ArgsDef = { id: { type: "positional", description: "The id that invite list prints." } }

const show: Command = {
  meta: { name: "show", description: "Print an invite again, with its link and QR code." },
  args: { ...idArgument, ...json },
  settings: true,
  async run(args) {
    const id = textOf(args, "id") ?? ""
    const invite = await atDesk(args, async (desk) => inviteDocument(desk, await desk.invites.found(id)))
    if (args.json === true) printJson(invite)
    else print(inviteText(invite))
    return 0
  },
}

const list: Command = {
  meta: { name: "list", description: "Print the invites that can be used, the newest first." },
  args: { all: { type: "boolean", description: "Also those that are used up, expired or revoked." }, ...json },
  settings: true,
  async run(args) {
    const every = await atDesk(args, allInvites)
    const items = args.all === true ? every : every.filter(({ state }) => state === "open")
    if (args.json === true) printJson({ items })
    else if (items.length > 0) print(inviteTable(items))
    else print(`There are no invites${args.all === true ? "" : " that can be used"}: restante invite create makes one.`)
    return 0
  },
}

async function allInvites(desk: Desk): Promise<Document[]> {
  const found: Document[] = []
  let after: string | null = null
  do {
    const page: Awaited<ReturnType<Desk["invites"]["list"]>> = await desk.invites.list({
      limit: PAGE,
      ...(after !== null && { after }),
    })
    found.push(...page.items.map((invite) => inviteDocument(desk, invite)))
    after = page.next
  } while (after !== null)
  return found
}

function inviteTable(invites: readonly Document[]): string {
  const now = systemClock.now()
  return table([
    ["ID", "STATE", "USED", "EXPIRES", "MADE", "LABEL"],
    ...invites.map(({ id, state, used, uses, expiresAt, createdAt, label }) => [
      id,
      state,
      `${used} of ${uses}`,
      expiryText(expiresAt, now),
      `${ageText(createdAt, now)} ago`,
      label || "-",
    ]),
  ])
}

function expiryText(at: number | null, now: number): string {
  if (at === null) return "never"
  // Rounded a little, so that an invite just made for 7d says 7d.
  return at > now ? `in ${spanText(at - now + MINUTE / 2)}` : `${spanText(now - at)} ago`
}

const revoke: Command = {
  meta: { name: "revoke", description: "Take an invite back; who came with it stays." },
  args: { ...idArgument, ...json },
  settings: true,
  async run(args) {
    const id = textOf(args, "id") ?? ""
    const revoked = await atDesk(args, async (desk) => inviteDocument(desk, await desk.invites.revoke(id, operator)))
    if (args.json === true) printJson(revoked)
    else print(`Revoked ${id}; it had admitted ${revoked.used} of ${countText(revoked.uses, "registration")}.`)
    return 0
  },
}

export const inviteCommand: Command = {
  meta: {
    name: "invite",
    description: "Invite people to a mailbox, by link or QR code; also beside a running mediator.",
  },
  subCommands: { create, list, show, revoke },
}
