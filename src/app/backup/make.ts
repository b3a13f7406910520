/** Making and verifying backups: work for a thread of its own, or for a command. */

import {
  closeSync,
  existsSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  statfsSync,
} from "node:fs"
import { join } from "node:path"
import * as v from "valibot"
import type { Random } from "../../base/random.ts"
import { Fault } from "../../faults.ts"
import { copyDatabase, copySize, inspectDatabase } from "../../store/sqlite/copy.ts"
import { occupy } from "../../store/sqlite/occupancy.ts"
import { BESIDE, DATABASE, type FileName, fingerprint, type Manifest, readArchive, writeArchive } from "./archive.ts"
import { freeName, type Kept, noteVerified, noteWrong, pathOf, rotate } from "./folder.ts"

/** Where everything is. `passphrase` null: not sealed. */
export type Places = {
  /** The database. */
  readonly file: string
  readonly dataDir: string
  /** The folder of backups. */
  readonly dir: string
  readonly passphrase: string | null
}

const MARGIN = 1024 * 1024

/**
 * Copies the database as it is now, checks the copy, puts it in an archive with the identity, reads that back, and gives
 * it its name; only then may the oldest go. Whatever fails or is killed leaves nothing that looks like a backup. Faults:
 * backup.busy, backup.failed, store.unusable (the copy is damaged, and so is the database), passphrase.short.
 */
export async function makeBackup(
  { keep, at, release, ...places }: Places & { keep: number; at: number; release: string },
  ports: { random: Random },
): Promise<{ made: Kept; rotated: readonly string[] }> {
  const { file, dataDir, dir, passphrase } = places
  return sayingWhy(async () => {
    mkdirSync(dir, { recursive: true, mode: 0o700 })
    using _alone = occupy(file, "copying")
    const part = join(dir, ".part")
    rmSync(part, { recursive: true, force: true })
    checkRoom(file, dir)
    using _part = { [Symbol.dispose]: () => rmSync(part, { recursive: true, force: true }) }
    mkdirSync(part, { mode: 0o700 })

    const copy = join(part, DATABASE)
    copyDatabase(file, copy)
    const holdings = inspectDatabase(copy)
    const where = (name: FileName) => (name === DATABASE ? copy : join(dataDir, name))
    const names = [...BESIDE.filter((name) => existsSync(where(name))), DATABASE] as const
    const manifest: Manifest = {
      version: 1,
      restante: release,
      at,
      dids: [...(identityDids(dataDir) ?? [])],
      ...holdings,
      files: names.map((name) => ({ name, ...fingerprint(where(name)) })),
    }
    const archive = join(part, "backup")
    await writeArchive(archive, { manifest, pathOf: where, passphrase }, ports)
    await readArchive(archive, { passphrase })
    const name = await freeName(dir, at, passphrase !== null)
    renameSync(archive, join(dir, name))
    syncFolder(dir)
    const made = await noteVerified(dir, name, manifest)
    return { made, rotated: await rotate(dir, keep, name) }
  })
}

/** Reads all of a backup in the folder. Faults: backup.unknown, backup.damaged, backup.passphrase. */
export async function verifyBackup({ dir, name, passphrase }: Pick<Places, "dir" | "passphrase"> & { name: string }) {
  return sayingWhy(async () => {
    const path = await pathOf(dir, name)
    try {
      return await noteVerified(dir, name, await readArchive(path, { passphrase }))
    } catch (thrown) {
      if (thrown instanceof Fault && thrown.code === "backup.damaged") await noteWrong(dir, name)
      throw thrown
    }
  })
}

const stored = v.object({ generations: v.array(v.object({ dids: v.array(v.string()) })) })

/** The DIDs that are made of the keys of the identity in the data folder; null when there is none. */
export function identityDids(dataDir: string): readonly string[] | null {
  const path = join(dataDir, "identity.json")
  return existsSync(path) ? didsIn(readFileSync(path, "utf8")) : null
}

function didsIn(text: string): readonly string[] {
  const outcome = v.safeParse(v.pipe(v.string(), v.parseJson(), stored), text)
  // A did:web belongs to whoever has the host, with whatever keys.
  const dids = outcome.success ? outcome.output.generations.flatMap((one) => one.dids) : []
  return dids.filter((did) => !did.startsWith("did:web:"))
}

// The copy, and the archive with the copy in it. Whoever fills the disk keeps mail from coming in.
function checkRoom(file: string, dir: string): void {
  const { bavail, bsize, blocks } = statfsSync(dir)
  const [needed, free] = [2 * copySize(file) + MARGIN, bavail * bsize]
  if (blocks === 0 || free >= needed) return
  const mib = (bytes: number) => `${Math.ceil(bytes / MARGIN)} MiB`
  throw new Fault("backup.failed", { args: [`it needs ${mib(needed)} in ${dir}, where ${mib(free)} are free`] })
}

export function syncFolder(path: string): void {
  const folder = openSync(path, "r")
  fsyncSync(folder)
  closeSync(folder)
}

/** What the file system says becomes a sentence. */
async function sayingWhy<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (thrown) {
    const fault = thrown instanceof Fault ? thrown : null
    if (fault && fault.code !== "store.failed") throw fault
    const why = fault?.detail ?? (thrown instanceof Error ? thrown.message : String(thrown))
    throw new Fault("backup.failed", { args: [why], cause: thrown })
  }
}
