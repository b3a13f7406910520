import { resolve } from "node:path"
import manifest from "../../package.json" with { type: "json" }
import { type Loaded, loadSettings, type Sources } from "../config/load.ts"
import type { Settings } from "../config/schema.ts"
import { Fault } from "../faults.ts"
import { openStore, type Store, type StoreOptions } from "../store/store.ts"
import { placesOf } from "./backup/backups.ts"
import { newestVerified } from "./backup/folder.ts"
import { clearAway, finishRestore, type Ports } from "./backup/restore.ts"
import type { Worker } from "./backup/works.ts"

/**
 * The settings to start with, after a restore that was begun is finished: before anything else in the data folder is
 * read, because it may bring settings and keys. Faults: store.occupied, store.unusable, store.failed, setting.invalid.
 */
export async function settle(loaded: Loaded, sources: Sources | null, ports: Ports): Promise<Loaded> {
  const finished = await finishRestore(resolve(loaded.settings.server.data_dir), ports)
  return finished && sources ? loadSettings(sources) : loaded
}

/**
 * The store of these settings. A restore that was begun is finished first, and before the schema changes there is a
 * verified backup. Faults as openStore, where a damaged database comes with the name of the newest verified backup;
 * store.occupied; those of making a backup.
 */
export async function openStoreOf(
  settings: Settings,
  options: Omit<StoreOptions, "dataDir" | "beforeMigration">,
  work: Worker,
): Promise<Store> {
  const dataDir = resolve(settings.server.data_dir)
  await finishRestore(dataDir, options)
  const places = placesOf(settings)
  if (places) clearAway(places)
  const { keep } = settings.backup
  const { clock, log } = options
  try {
    return await openStore(settings.storage.url, {
      ...options,
      dataDir,
      async beforeMigration() {
        if (!places) return
        const { made } = await work("make", { ...places, keep, at: clock.now(), release: manifest.version })
        log.info("backup.before_migration", { name: made.name })
      },
    })
  } catch (thrown) {
    throw places ? await withAdvice(thrown, places.dir) : thrown
  }
}

async function withAdvice(thrown: unknown, dir: string): Promise<unknown> {
  if (!(thrown instanceof Fault) || thrown.code !== "store.unusable") return thrown
  const newest = await newestVerified(dir)
  const advice = newest
    ? `The newest verified backup: restante restore ${dir}/${newest.name}`
    : `There is no verified backup in ${dir}.`
  return new Fault(thrown.code, { detail: `${thrown.detail}\n${advice}`, cause: thrown })
}
