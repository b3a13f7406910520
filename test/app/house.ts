/** A mediator's data folder at rest, with mail in it, and its backups. */

import { Database } from "bun:sqlite"
import { mkdtempSync, readdirSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { createBackups } from "../../src/app/backup/backups.ts"
import { here } from "../../src/app/backup/works.ts"
import { type Desk, openDesk } from "../../src/app/desk.ts"
import { openIdentityFile } from "../../src/app/identity.ts"
import { systemClock } from "../../src/base/clock.ts"
import { Fault } from "../../src/faults.ts"
import { settingsWith } from "../cli/home.ts"
import { DAY, letter, listeningLog, ROOMY } from "../contract/world.ts"

export type House = Awaited<ReturnType<typeof house>>

export const PASSPHRASE = "correct horse battery staple"

export async function house(flags: Readonly<Record<string, string>> = {}) {
  const dataDir = mkdtempSync(join(tmpdir(), "restante-house-"))
  const settings = settingsWith({ "data-dir": dataDir, "public-url": "http://localhost:8080", ...flags })
  await openIdentityFile(settings)
  const file = join(dataDir, "restante.db")
  const log = listeningLog()

  async function atDesk<T>(work: (desk: Desk) => Promise<T>): Promise<T> {
    await using desk = await openDesk(settings)
    return await work(desk)
  }

  /** Mail for somebody, who gets a mailbox for it. */
  const deliver = (did: string, count: number, size = 64) =>
    atDesk(async ({ store }) => {
      const audit = { actor: "test", action: "asked", subject: did }
      const { id } = await store.ask({ did, lane: "didcomm", state: "approved", audit })
      await store.bind({ mailbox: id, lane: "didcomm", did, aliases: [], maxAddresses: 9 })
      const address = await store.locate("didcomm", [did])
      if (!address) throw new Error("not bound")
      const expiresAt = Date.now() + 7 * DAY
      for (let left = count; left > 0; left -= 200) {
        const messages = Array.from({ length: Math.min(left, 200) }, () =>
          letter({ text: `${crypto.randomUUID()}${"x".repeat(size)}`, expiresAt }),
        )
        await store.deposit({ address, messages, quota: { ...ROOMY, messages: 1e6, bytes: 1e12 } })
      }
    })

  const backups = (passphrase = "") => {
    const given = { ...settings, backup: { ...settings.backup, passphrase } }
    return createBackups({
      settings: given,
      store: { audit: async () => null as never },
      work: here,
      clock: systemClock,
      log,
    })
  }

  return {
    dataDir,
    settings,
    file,
    dir: join(dataDir, "backups"),
    log,
    atDesk,
    deliver,
    backups,
    by: { name: "test", address: null },
    [Symbol.dispose]: () => rmSync(dataDir, { recursive: true, force: true }),
  }
}

/** Every message of a database, in order. */
export function messagesIn(file: string): readonly { seq: number; tag: string; content: string }[] {
  const db = new Database(file, { readwrite: true })
  try {
    return db
      .query<{ seq: number; tag: string; content: string }, []>("SELECT seq, tag, content FROM message ORDER BY seq")
      .all()
  } finally {
    db.close()
  }
}

/** What the work was refused with. */
export async function refusal(work: Promise<unknown> | (() => Promise<unknown>)): Promise<Fault> {
  const [outcome] = await Promise.allSettled([typeof work === "function" ? work() : work])
  if (outcome?.status === "rejected" && outcome.reason instanceof Fault) return outcome.reason
  throw new Error(`not refused, or not by a Fault: ${JSON.stringify(outcome)}`)
}

/** What a folder holds, hidden files included. */
export const namesIn = (folder: string): readonly string[] => readdirSync(folder).sort()
