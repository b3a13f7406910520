import { mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { startMediator } from "../../src/app/compose.ts"
import type { Clock } from "../../src/base/clock.ts"
import { resolveSettings } from "../../src/config/load.ts"
import type { StoredIdentity } from "../../src/did/self.ts"
import { createResident, type Draft, encrypted, type Resident } from "./resident.ts"

export type Answer = { readonly status: number; readonly mediaType: string | null; readonly text: string }

export type Mediator = Awaited<ReturnType<typeof mediator>>

/** A running mediator in this process, with a real server, a real SQLite file, and wallets to drive it. */
export async function mediator(
  flags: Readonly<Record<string, string>> = {},
  { identity, ...ports }: { clock?: Clock; identity?: StoredIdentity } = {},
) {
  const folder = mkdtempSync(join(tmpdir(), "restante-"))
  if (identity) writeFileSync(join(folder, "identity.json"), JSON.stringify(identity), { mode: 0o600 })
  const given = { port: "0", "data-dir": folder, "log-level": "error", "storage-ballast": "0", ...flags }
  const outcome = resolveSettings({ file: null, env: {}, flags: new Map(Object.entries(given)) })
  if ("problems" in outcome) throw new Error(JSON.stringify(outcome.problems))
  const logged: string[] = []
  const running = await startMediator(outcome.settings, { ...ports, write: (line) => void logged.push(line) })
  const { url, did, dids } = running

  async function post(text: string, mediaType = encrypted): Promise<Answer> {
    const response = await fetch(url, { method: "POST", body: text, headers: { "Content-Type": mediaType } })
    return { status: response.status, mediaType: response.headers.get("content-type"), text: await response.text() }
  }

  /** Sends an authcrypted message with return_route all, and opens what comes back. Throws unless it is an answer. */
  async function ask(who: Resident, draft: Draft) {
    const answer = await post(await who.auth(who.plaintext({ return_route: "all", ...draft }, did), did))
    if (answer.text === "") throw new Error(`no answer to ${draft.type}: HTTP ${answer.status}`)
    return who.open(answer.text)
  }

  /** A wallet with a granted mailbox, registered under its own DID. */
  async function resident(): Promise<Resident> {
    const who = createResident()
    await ask(who, { type: `${coordination3}/mediate-request` })
    await ask(who, {
      type: `${coordination3}/recipient-update`,
      body: { updates: [{ recipient_did: who.did, action: "add" }] },
    })
    return who
  }

  /** A message for `to`, sealed for it by `from`, in an anonymous forward. */
  async function letter(from: Resident, to: string, content: string, extra: object = {}): Promise<string> {
    const sealed = await from.auth(from.plaintext({ type: basicMessage, body: { content } }, to), to)
    return from.anon(forward(from, to, sealed, extra), did)
  }

  const forward = (from: Resident, next: string, sealed: string, extra: object = {}) => {
    const { from: _, ...anonymous } = from.plaintext(
      { type: "https://didcomm.org/routing/2.0/forward", body: { next }, ...extra },
      did,
    )
    return { attachments: [{ id: "1", media_type: encrypted, data: { json: JSON.parse(sealed) } }], ...anonymous }
  }

  /** What waits for a resident, opened, oldest first, with the id to acknowledge it by. */
  async function inbox(who: Resident): Promise<{ id: string; content: unknown }[]> {
    const { attachments = [] } = await ask(who, { type: `${pickup3}/delivery-request`, body: { limit: 100 } })
    return Promise.all(
      (attachments as { id: string; data: { base64: string } }[]).map(async ({ id, data }) => ({
        id,
        content: (await who.open(Buffer.from(data.base64, "base64url").toString())).body.content,
      })),
    )
  }

  return {
    url,
    wsUrl: `${url.replace("http", "ws")}/ws`,
    did,
    dids,
    admin: running.admin,
    folder,
    logged,
    post,
    ask,
    resident,
    letter,
    forward,
    inbox,
    async [Symbol.asyncDispose]() {
      await running[Symbol.asyncDispose]()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

export const coordination2 = "https://didcomm.org/coordinate-mediation/2.0"
export const coordination3 = "https://didcomm.org/coordinate-mediation/3.0"
export const pickup3 = "https://didcomm.org/messagepickup/3.0"
export const pickup4 = "https://didcomm.org/message-pickup/4.0"
const basicMessage = "https://didcomm.org/basicmessage/2.0/message"
