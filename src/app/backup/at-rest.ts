import { existsSync, mkdirSync } from "node:fs"
import { basename, dirname, isAbsolute, join, resolve } from "node:path"
import { type Clock, systemClock } from "../../base/clock.ts"
import { createLog } from "../../base/log.ts"
import { type Random, systemRandom } from "../../base/random.ts"
import type { Settings } from "../../config/schema.ts"
import { Fault } from "../../faults.ts"
import { occupy } from "../../store/sqlite/occupancy.ts"
import { checkUser } from "../identity.ts"
import { placesOf } from "./backups.ts"
import type { Places } from "./make.ts"
import { applyRestore, commitRestore, discard, finishRestore, type Prospect, prepareRestore } from "./restore.ts"

export type { Prospect } from "./restore.ts"

type Given = {
  /** A path, or the name of a backup in the folder of backups. */
  readonly archive: string
  /** Whether to go on, once it is known what that does; null when it is only wanted to be known. */
  readonly confirm: ((prospect: Prospect) => Promise<boolean>) | null
  readonly by: string
}

/**
 * Restores a backup where no mediator runs; with `confirm` null, says what that would do, also beside one. `aside`: where
 * the database is that was there. Faults: folder.forbidden, store.occupied, backup.busy, backup.unknown, backup.damaged,
 * backup.passphrase, backup.other, folder.unwritable, store.failed.
 */
export async function restoreAtRest(
  settings: Settings,
  { archive, confirm, by }: Given,
  { clock = systemClock, random = systemRandom }: { clock?: Clock; random?: Random } = {},
): Promise<{ prospect: Prospect; isRestored: boolean; aside: string | null }> {
  const places = placesOf(settings)
  if (!places) throw new Fault("backup.failed", { args: ["the database is in memory"] })
  const { file, dataDir, passphrase } = places
  checkUser(settings)
  const path = found(archive, places)
  const log = createLog({ ...settings.log, level: "error", clock, write: (line) => void process.stderr.write(line) })
  const ports = { clock, random, log }
  prepareFolders(dataDir, dirname(file))
  if (confirm) await finishRestore(dataDir, ports, 0)
  using _held = occupy(file, confirm ? "alone" : "copying")
  const prospect = await prepareRestore({ file, dataDir, archive: path, passphrase })
  if (!confirm || !(await confirm(prospect))) {
    discard(places)
    return { prospect, isRestored: false, aside: null }
  }
  const { files } = prospect
  const entry = commitRestore(places, { name: basename(path), by, files, at: clock.now() })
  await applyRestore(dataDir, entry, ports)
  return { prospect, isRestored: true, aside: existsSync(entry.aside) ? entry.aside : null }
}

function prepareFolders(...folders: readonly string[]): void {
  try {
    for (const folder of folders) mkdirSync(folder, { recursive: true, mode: 0o700 })
  } catch (cause) {
    throw new Fault("folder.unwritable", { detail: (cause as Error).message, cause })
  }
}

function found(archive: string, { dir }: Places): string {
  const inFolder = join(dir, archive)
  const candidates = isAbsolute(archive) || archive !== basename(archive) ? [] : [inFolder]
  const path = [resolve(archive), ...candidates].find((candidate) => existsSync(candidate))
  if (path === undefined) throw new Fault("backup.unknown", { args: [archive] })
  return path
}
