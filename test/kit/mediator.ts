import { mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { startMediator } from "../../src/app/compose.ts"
import type { Clock } from "../../src/base/clock.ts"
import { resolveSettings } from "../../src/config/load.ts"
import type { StoredIdentity } from "../../src/did/stored-identity.ts"
import { ask as askAt, resident as residentAt, post as send } from "./asking.ts"
import { pickup3 } from "./protocols.ts"
import { type Draft, encrypted, type Resident } from "./resident.ts"

export { coordination2, coordination3, pickup3, pickup4 } from "./protocols.ts"

export type Answer = { readonly status: number; readonly mediaType: string | null; readonly text: string }

export type Mediator = Awaited<ReturnType<typeof mediator>>

/** A running mediator in this process, with a real server, a real SQLite file, and wallets to drive it. */
export async function mediator(
  flags: Readonly<Record<string, string>> = {},
  { identity, ...ports }: { clock?: Clock; identity?: StoredIdentity } = {},
) {
  const folder = mkdtempSync(join(tmpdir(), "restante-"))
  if (identity) writeFileSync(join(folder, "identity.json"), JSON.stringify(identity), { mode: 0o600 })
  const given = {
    port: "0",
    "data-dir": folder,
    "log-level": "error",
    "storage-ballast": "0",
    "backup-schedule": "off",
    ...flags,
  }
  const sources = { config: null, env: {}, flags: new Map(Object.entries(given)), cwd: folder }
  const outcome = resolveSettings({ ...sources, file: null })
  if ("problems" in outcome) throw new Error(JSON.stringify(outcome.problems))
  const logged: string[] = []
  const running = await startMediator(outcome, { ...ports, sources, write: (line) => void logged.push(line) })
  const { url, did, dids } = running

  async function post(text: string, mediaType = encrypted): Promise<Answer> {
    const response = await send(url, text, mediaType)
    return { status: response.status, mediaType: response.headers.get("content-type"), text: await response.text() }
  }
  const ask = (who: Resident, draft: Draft) => askAt({ url, did }, who, draft)

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
    reload: running.reload,
    folder,
    logged,
    post,
    ask,
    resident: () => residentAt({ url, did }),
    letter,
    forward,
    inbox,
    async [Symbol.asyncDispose]() {
      await running[Symbol.asyncDispose]()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

const basicMessage = "https://didcomm.org/basicmessage/2.0/message"
