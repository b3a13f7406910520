import type { ArgsDef } from "citty"
import { type Desk, scopes } from "../app/desk.ts"
import { systemClock } from "../base/clock.ts"
import { choices, duration, SECOND, text } from "../config/kinds.ts"
import { Fault } from "../faults.ts"
import { type Command, flagValue, json, textOf } from "./command.ts"
import { atDesk, operator } from "./desk.ts"
import { ageText, momentText } from "./figures.ts"
import { newPassword } from "./password.ts"
import { notes, print, printJson, table } from "./terminal.ts"

const nameArgument: ArgsDef = { name: { type: "positional", description: "The admin's name." } }
const NAME = /^[\w.@-]{1,64}$/

function nameOf(name: string | null): string {
  if (name !== null && NAME.test(name)) return name
  throw new Fault("usage", { detail: "a name has up to 64 letters, digits, and any of . _ - @" })
}

const create: Command = {
  meta: { name: "create", description: "Let somebody sign in to the admin pages; asks for a password." },
  args: { ...nameArgument, ...json },
  settings: true,
  async run(args) {
    const name = nameOf(textOf(args, "name"))
    await atDesk(args, async ({ auth }, settings) => {
      if (await auth.admins.find(name)) throw new Fault("admin.exists", { args: [name] })
      await auth.admins.create({ name, password: await newPassword(settings), first: false }, operator)
    })
    if (args.json === true) printJson({ name })
    else print(`${name} can sign in now.`)
    return 0
  },
}

const password: Command = {
  meta: { name: "password", description: "Give an admin a new password, which ends all their sessions." },
  args: {
    ...nameArgument,
    "without-code": { type: "boolean", description: "Also take away the authenticator app, when it is lost." },
    ...json,
  },
  settings: true,
  async run(args) {
    const name = nameOf(textOf(args, "name"))
    await atDesk(args, async ({ auth }, settings) => {
      await auth.admins.found(name)
      await auth.admins.setPassword({ name, password: await newPassword(settings) }, operator)
      if (args["without-code"] === true) await auth.withdraw(name, operator)
    })
    if (args.json === true) printJson({ name })
    else print(`${name} has a new password, and is signed out everywhere.`)
    return 0
  },
}

const list: Command = {
  meta: { name: "list", description: "Print who may sign in to the admin pages." },
  args: json,
  settings: true,
  async run(args) {
    const admins = await atDesk(args, ({ auth }) => auth.admins.list())
    const shown = admins.map(({ name, totpSecret, createdAt }) => ({
      name,
      hasSecondFactor: totpSecret !== null,
      createdAt,
    }))
    if (args.json === true) printJson({ items: shown })
    else if (shown.length > 0) print(adminTable(shown))
    else print("Nobody may sign in yet: restante admin create lets somebody.")
    return 0
  },
}

function adminTable(admins: readonly { name: string; hasSecondFactor: boolean; createdAt: number }[]): string {
  const now = systemClock.now()
  return table([
    ["NAME", "SECOND FACTOR", "MADE"],
    ...admins.map(({ name, hasSecondFactor, createdAt }) => [
      name,
      hasSecondFactor ? "app" : "-",
      `${ageText(createdAt, now)} ago`,
    ]),
  ])
}

const remove: Command = {
  meta: { name: "remove", description: "Let an admin sign in no more, and end all their sessions; not the last one." },
  args: { ...nameArgument, ...json },
  settings: true,
  async run(args) {
    const name = nameOf(textOf(args, "name"))
    await atDesk(args, ({ auth }) => auth.admins.remove(name, operator))
    if (args.json === true) printJson({ name })
    else print(`${name} cannot sign in any more.`)
    return 0
  },
}

/** A token for machines: times in epoch milliseconds. Never its hash. */
const tokenDocument = ({ id, name, scopes, createdAt, expiresAt, lastUsedAt }: Token) => ({
  id,
  name,
  scopes,
  createdAt,
  expiresAt,
  lastUsedAt,
})
type Token = Awaited<ReturnType<Desk["auth"]["tokens"]["list"]>>[number]

const lifetime = { ...duration(SECOND), expects: `never, or ${duration(SECOND).expects}` }
const tokenName = text("up to 64 letters, digits, and any of . _ - @", NAME)

const createToken: Command = {
  meta: { name: "create", description: "Make an API token, and print its secret this once." },
  args: {
    name: { type: "string", valueHint: "TEXT", description: "What it is for." },
    scopes: {
      type: "string",
      valueHint: "SCOPES",
      description: `What it may do: some of ${scopes.join(", ")}; read unless given.`,
    },
    expires: { type: "string", valueHint: "TIME|never", description: "How long it counts; never unless given." },
    ...json,
  },
  settings: true,
  async run(args) {
    const wanted = {
      name: flagValue(args, "name", tokenName) ?? "",
      scopes: flagValue(args, "scopes", choices(scopes)) ?? (["read"] as const),
      expiresIn: textOf(args, "expires") === "never" ? null : flagValue(args, "expires", lifetime),
    }
    if (wanted.name === "") throw new Fault("usage", { detail: "--name says what the token is for" })
    const { secret, token } = await atDesk(args, ({ auth }) => auth.tokens.create(wanted, operator))
    if (args.json === true) printJson({ secret, ...tokenDocument(token) })
    else print(secret)
    if (args.json !== true) notes.info("Keep it well: it is not shown again.")
    return 0
  },
}

const listTokens: Command = {
  meta: { name: "list", description: "Print the API tokens, without their secrets." },
  args: json,
  settings: true,
  async run(args) {
    const tokens = await atDesk(args, ({ auth }) => auth.tokens.list())
    if (args.json === true) printJson({ items: tokens.map(tokenDocument) })
    else if (tokens.length > 0) print(tokenTable(tokens))
    else print("There are no API tokens: restante admin token create makes one.")
    return 0
  },
}

function tokenTable(tokens: readonly Token[]): string {
  const now = systemClock.now()
  return table([
    ["ID", "NAME", "SCOPES", "MADE", "EXPIRES", "USED"],
    ...tokens.map(({ id, name, scopes, createdAt, expiresAt, lastUsedAt }) => [
      id,
      name,
      scopes.join(","),
      `${ageText(createdAt, now)} ago`,
      expiresAt === null ? "never" : momentText(expiresAt),
      ageText(lastUsedAt, now),
    ]),
  ])
}

const revokeToken: Command = {
  meta: { name: "revoke", description: "Let an API token count no more." },
  args: { id: { type: "positional", description: "The id that admin token list prints." }, ...json },
  settings: true,
  async run(args) {
    const id = textOf(args, "id") ?? ""
    await atDesk(args, ({ auth }) => auth.tokens.revoke(id, operator))
    if (args.json === true) printJson({ id })
    else print(`Revoked ${id}.`)
    return 0
  },
}

const token: Command = {
  meta: { name: "token", description: "Make, list and revoke API tokens." },
  subCommands: { create: createToken, list: listTokens, revoke: revokeToken },
}

export const adminCommand: Command = {
  meta: { name: "admin", description: "Say who may sign in to the admin pages, and make API tokens." },
  subCommands: { create, list, password, remove, token },
}
