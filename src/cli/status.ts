import manifest from "../../package.json" with { type: "json" }
import type { IntakeMode, RegistrationState } from "../app/desk.ts"
import { systemClock } from "../base/clock.ts"
import { SECOND } from "../config/kinds.ts"
import type { Settings } from "../config/schema.ts"
import { type Command, json } from "./command.ts"
import { atDesk, didShower, fullFlag } from "./desk.ts"
import { ageText, countText, sizeText } from "./figures.ts"
import { admissionSentence } from "./invitation.ts"
import { print, printJson, table } from "./terminal.ts"

const ANSWER_WITHIN = 3 * SECOND

export const statusCommand: Command = {
  meta: { name: "status", description: "Print how the mediator is doing, whether it runs or not." },
  args: { ...fullFlag, ...json },
  settings: true,
  async run(args) {
    const status = await atDesk(args, async ({ self, store, accounts, backups, intake }, settings) => ({
      version: manifest.version,
      server: await look(localAddress(settings), self.dids),
      publicUrl: settings.server.public_url,
      did: self.did,
      dids: self.dids,
      admission: { mode: settings.admission.mode, sentence: admissionSentence(settings) },
      intake: await intake.mode(),
      registrations: await accounts.counts(),
      ...measured(await store.measure()),
      backup: { newestAt: (await backups.newest())?.at ?? null },
    }))
    if (args.json === true) printJson(status)
    else print(statusText(status, didShower(args)))
    return 0
  },
}

type Measure = Readonly<Record<"messages" | "bytes" | "databaseBytes" | "walBytes" | "freeBytes", number>> & {
  readonly oldestAt: number | null
}

const measured = ({ messages, bytes, oldestAt, databaseBytes, walBytes, freeBytes }: Measure) => ({
  waiting: { messages, bytes, oldestAt },
  storage: { databaseBytes, walBytes, freeBytes },
})

/** Where a server with these settings listens, for a client on this machine. */
export function localAddress({ server }: Settings): string {
  // A certificate is for the public name.
  if (server.port === 0 || server.tls !== "off") return server.public_url
  const host = { "0.0.0.0": "127.0.0.1", "::": "::1" }[server.host] ?? server.host
  return `http://${host.includes(":") ? `[${host}]` : host}:${server.port}`
}

type Server = { readonly url: string; readonly state: "ready" | "not ready" | "another program" | "not running" }

/** What answers at `url`; it is this mediator only when it goes by one of `dids`. */
export async function look(url: string, dids: readonly string[]): Promise<Server> {
  try {
    const signal = AbortSignal.timeout(ANSWER_WITHIN)
    const names = await (await fetch(`${url}/did`, { signal })).text()
    if (!names.split(/\s+/).some((name) => dids.includes(name))) return { url, state: "another program" }
    const ready = await fetch(`${url}/readyz`, { signal })
    await ready.body?.cancel()
    return { url, state: ready.ok ? "ready" : "not ready" }
  } catch {
    return { url, state: "not running" }
  }
}

type Status = ReturnType<typeof measured> & {
  readonly server: Server
  readonly backup: { readonly newestAt: number | null }
  readonly publicUrl: string
  readonly did: string
  readonly admission: { readonly mode: string; readonly sentence: string }
  readonly intake: IntakeMode
  readonly registrations: Readonly<Record<RegistrationState, number>>
}

const serverSentences: Readonly<Record<Server["state"], string>> = {
  ready: "running and ready at",
  "not ready": "running, but not ready, at",
  "another program": "not running: something else answers at",
  "not running": "not running: nothing answers at",
}

function statusText(status: Status, showDid: (did: string) => string): string {
  const { server, admission, registrations, waiting, storage } = status
  const counts = Object.entries(registrations).filter(([, count]) => count > 0)
  const facts = [
    ["server", `${serverSentences[server.state]} ${server.url}`],
    ["public URL", status.publicUrl],
    ["DID", showDid(status.did)],
    ["admission", `${admission.mode}: ${admission.sentence}`],
    ...(status.intake === "open" ? [] : [["intake", `${status.intake}: restante intake open takes mail in again`]]),
    ["registrations", counts.map(([state, count]) => `${count} ${state}`).join(", ") || "none"],
    ["waiting", waitingText(waiting)],
    ["database", `${sizeText(storage.databaseBytes)} and a log of ${sizeText(storage.walBytes)}`],
    ["free on disk", sizeText(storage.freeBytes)],
    ["last backup", backupText(status.backup)],
  ]
  const { pending } = registrations
  const who = pending === 1 ? "1 newcomer waits" : `${pending} newcomers wait`
  const hint = pending > 0 ? `\n\n${who} for your approval: restante registration list --state pending` : ""
  return `${table(facts.map(([term = "", fact = ""]) => [term, fact]))}${hint}`
}

const backupText = ({ newestAt }: Status["backup"]): string =>
  newestAt === null ? "none yet: restante backup makes one" : `${ageText(newestAt, systemClock.now())} ago`

function waitingText({ messages, bytes, oldestAt }: Status["waiting"]): string {
  if (messages === 0) return "nothing"
  return `${countText(messages, "message")}, ${sizeText(bytes)}, the oldest for ${ageText(oldestAt, systemClock.now())}`
}
