import { readFileSync } from "node:fs"
import type { ArgsDef } from "citty"
import type { ShownNotice, Wish } from "../app/desk.ts"
import { isObject, parseObject } from "../base/json.ts"
import { Fault } from "../faults.ts"
import { accountNamed } from "./account-lookup.ts"
import { type Arguments, type Command, json, textOf } from "./command.ts"
import { atDesk, didArgument, operator } from "./desk.ts"
import { momentText } from "./figures.ts"
import { print, printJson } from "./terminal.ts"

const ways: ArgsDef = {
  ntfy: { type: "string", valueHint: "URL", description: "Write to this ntfy topic, or UnifiedPush address." },
  webhook: {
    type: "string",
    valueHint: "URL",
    description: "Call this address; the secret it is signed with is shown.",
  },
  "web-push": { type: "string", valueHint: "FILE", description: "Use the push subscription in this file, JSON." },
  remove: { type: "boolean", description: "Tell the owner no longer." },
  test: { type: "boolean", description: "Tell the owner now, once, to see whether it works." },
}

export const notify: Command = {
  meta: {
    name: "notify",
    description: "Say where the owner of a mailbox is told that mail waits, or print where; never what the mail is.",
  },
  args: {
    ...didArgument,
    ...ways,
    "ntfy-token-file": {
      type: "string",
      valueHint: "FILE",
      description: "The access token of the topic is in this file.",
    },
    ...json,
  },
  settings: true,
  async run(args) {
    const given = Object.keys(ways).filter((name) => args[name] !== undefined)
    if (given.length > 1) throw new Fault("usage", { detail: `only one at a time: --${given.join(", --")}` })
    const wish = wishOf(args)
    return atDesk(args, async (desk) => {
      const { notices } = desk
      const account = await accountNamed(desk, textOf(args, "did") ?? "")
      const { did } = account
      const { secret } = wish ? await notices.set(account, wish, operator.name) : noSecret
      if (args.remove === true) await notices.remove(account, operator.name)
      const problem = args.test === true ? await notices.test(account) : null
      const notify = await notices.shown(account.id)
      if (args.json === true) printJson({ did, notify, secret, problem })
      else print([noticeText(did, notify), ...secretText(secret), ...testText(args, problem)].join("\n"))
      return problem === null ? 0 : 1
    })
  },
}

const noSecret = { secret: null }

/** The place that the flags name, or null when they name none. Throws Fault("usage"). */
function wishOf(args: Arguments): Wish | null {
  const [ntfy, webhook, push, token] = ["ntfy", "webhook", "web-push", "ntfy-token-file"].map((name) =>
    textOf(args, name),
  )
  if (token && !ntfy) throw new Fault("usage", { detail: "--ntfy-token-file belongs to --ntfy" })
  if (ntfy) return { kind: "ntfy", url: ntfy, ...(token && { token: contentOf("ntfy-token-file", token).trim() }) }
  if (webhook) return { kind: "webhook", url: webhook }
  return push ? subscriptionIn(push) : null
}

/** What a browser's PushSubscription.toJSON() gives. */
function subscriptionIn(path: string): Wish {
  const { endpoint, keys } = parseObject(contentOf("web-push", path)) ?? {}
  const { p256dh, auth } = isObject(keys) ? keys : {}
  if (typeof endpoint !== "string" || typeof p256dh !== "string" || typeof auth !== "string") {
    throw new Fault("usage", {
      detail: `--web-push: ${path} is no push subscription: endpoint, keys.p256dh, keys.auth`,
    })
  }
  return { kind: "webpush", url: endpoint, p256dh, auth }
}

function contentOf(flag: string, path: string): string {
  try {
    return readFileSync(path, "utf8")
  } catch (cause) {
    throw new Fault("usage", { detail: `--${flag}: ${(cause as Error).message}`, cause })
  }
}

function noticeText(did: string, notice: ShownNotice | null): string {
  if (!notice) return `The owner of ${did} is not told that mail waits.`
  const { kind, host, setBy, setAt, lastOkAt, lastFailure } = notice
  const worked = lastOkAt === null ? "It has not been used yet." : `It last worked ${momentText(lastOkAt)}.`
  const failed = lastFailure ? ` It failed ${momentText(lastFailure.at)}: ${lastFailure.reason}.` : ""
  return `The owner of ${did} is told by ${kind} at ${host}, as the ${setBy} said ${momentText(setAt)}. ${worked}${failed}`
}

const secretText = (secret: string | null): string[] =>
  secret === null ? [] : [`The secret, which is not shown again: ${secret}`]

const testText = (args: Arguments, problem: string | null): string[] =>
  args.test === true ? [problem === null ? "Told now." : `That did not work: ${problem}.`] : []
