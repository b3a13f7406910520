import { Database } from "bun:sqlite"
import { afterAll, beforeAll, expect, test } from "bun:test"
import { cpSync, rmSync } from "node:fs"
import { join } from "node:path"
import { keptIn } from "../../src/app/backup/folder.ts"
import { house, messagesIn } from "../app/house.ts"
import { type Disk, makeDisk } from "./disk.ts"
import { freshFolder } from "./process.ts"

/** A change of the schema, and the backup before it, that are killed half way through a change to a file. */

let disk: Disk
beforeAll(() => {
  disk = makeDisk()
})
afterAll(() => disk[Symbol.dispose]())

const LETTERS = 300
const migrator = new URL("migrator.ts", import.meta.url).pathname

async function migrate(dataDir: string, env: Record<string, string> = {}): Promise<number> {
  const given = { PATH: process.env.PATH ?? "", ...env }
  return Bun.spawn([process.execPath, migrator, dataDir], { env: given, stdout: "ignore", stderr: "inherit" }).exited
}

function look(file: string) {
  using db = new Database(file, { readwrite: true })
  const check = db.query<{ integrity_check: string }, []>("PRAGMA integrity_check").get()?.integrity_check
  const version = db.query<{ user_version: number }, []>("PRAGMA user_version").get()?.user_version
  const hasColour = db.query("SELECT 1 FROM pragma_table_info('message') WHERE name = 'colour'").get() !== null
  return { check, version, hasColour }
}

// The copy that becomes the backup is called restante.db, too.
test.each(["restante.db-wal", "restante.db"])(
  "killed while %s is written, the schema is the old one or the new one, and everything is there",
  async (file) => {
    using home = await house()
    await home.deliver("did:example:bob", LETTERS, 1_000)
    const before = messagesIn(home.file)
    const kills = new Map<number, number | undefined>()
    for (let change = 1; ; change = Math.ceil(change * 2.5)) {
      const dataDir = freshFolder()
      cpSync(home.dataDir, dataDir, { recursive: true })
      const database = join(dataDir, "restante.db")
      const code = await migrate(dataDir, disk.env({ killAt: `${file}:${change}` }))
      const found = look(database)
      expect(found).toEqual({ check: "ok", version: found.hasColour ? 2 : 1, hasColour: found.hasColour })
      if (code === 137) kills.set(change, found.version)

      expect([change, await migrate(dataDir)]).toEqual([change, 0])
      expect([look(database).version, messagesIn(database)]).toEqual([2, before])
      const kept = await keptIn(join(dataDir, "backups"))
      expect(kept.filter(({ isVerified }) => isVerified)[0]).toMatchObject({ schema: 1, messages: LETTERS })
      rmSync(dataDir, { recursive: true })
      if (code !== 137) break
    }
    expect(kills.size).toBeGreaterThan(2)
  },
  120_000,
)
