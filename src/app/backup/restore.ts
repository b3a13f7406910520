/**
 * Putting a backup in the place of what is there. Everything is unpacked and checked beside it first; then a journal
 * says what has to be moved, and from that moment on the restore is a fact: whoever opens the data folder next finishes
 * it, however often that is interrupted. The database that was there is kept aside.
 */

import { existsSync, readFileSync, renameSync, rmSync } from "node:fs"
import { dirname, join, relative, resolve } from "node:path"
import * as v from "valibot"
import type { Clock } from "../../base/clock.ts"
import type { Log } from "../../base/log.ts"
import type { Random } from "../../base/random.ts"
import { writeWhole } from "../../base/whole-file.ts"
import { Fault } from "../../faults.ts"
import { compareDatabases, type Difference, inspectDatabase } from "../../store/sqlite/copy.ts"
import { NEWEST } from "../../store/sqlite/migrate.ts"
import { occupy } from "../../store/sqlite/occupancy.ts"
import { succeed } from "../../store/sqlite/succession.ts"
import { openStore } from "../../store/store.ts"
import { BESIDE, DATABASE, type FileName, readArchive } from "./archive.ts"
import { stampOf } from "./folder.ts"
import { identityDids, type Places, syncFolder } from "./make.ts"
import { damaged } from "./tar.ts"

/** What a restore would do. */
export type Prospect = {
  /** When the backup was made. */
  readonly at: number
  readonly restante: string
  readonly schema: number
  readonly messages: number
  readonly registrations: number
  /** Against what is there; null when nothing is, or nothing that can be read. */
  readonly difference: Difference | null
  readonly isReplacing: boolean
  /** What comes back with the database: only what is not there. */
  readonly files: readonly FileName[]
}

/** How long to wait for a server that is about to stop, or a backup that is being made. */
const PATIENCE_MS = 30_000

type Site = Pick<Places, "file" | "dataDir">

/**
 * Unpacks the archive beside what is there, checks all of it, and says what would change. Faults: backup.damaged,
 * backup.passphrase, backup.other, backup.busy, store.failed (no room).
 */
export async function prepareRestore({
  archive,
  passphrase,
  ...site
}: Site & { archive: string; passphrase: string | null }): Promise<Prospect> {
  // One that is a fact already needs what it unpacked.
  if (existsSync(journalPath(site.dataDir))) throw new Fault("backup.busy")
  discard(site)
  try {
    return await check(archive, passphrase, site)
  } catch (thrown) {
    discard(site)
    throw thrown instanceof Fault ? thrown : new Fault("store.failed", { detail: String(thrown), cause: thrown })
  }
}

async function check(archive: string, passphrase: string | null, site: Site): Promise<Prospect> {
  const here = identityDids(site.dataDir)
  const files: FileName[] = []
  const into = (name: FileName) => {
    if (name !== DATABASE && existsSync(join(site.dataDir, name))) return null
    files.push(name)
    return incoming(site, name)
  }
  const { at, restante, dids, schema, messages, registrations } = await readArchive(archive, { passphrase, into })
  if (here !== null && dids.length > 0 && !dids.some((did) => here.includes(did))) throw new Fault("backup.other")
  if (schema > NEWEST) {
    throw damaged(`a newer restante made it (schema ${schema}, known here up to ${NEWEST}); install that version first`)
  }
  const found = inspect(incoming(site, DATABASE))
  if (found.schema !== schema || found.messages !== messages) throw damaged("its database is not the one it describes")
  const isReplacing = existsSync(site.file)
  const difference = isReplacing ? compareDatabases(incoming(site, DATABASE), site.file) : null
  return { at, restante, schema, messages, registrations, difference, isReplacing, files }
}

function inspect(path: string) {
  try {
    return inspectDatabase(path)
  } catch (thrown) {
    throw damaged(`its database is damaged: ${Fault.from(thrown).detail}`)
  }
}

const target = ({ file, dataDir }: Site, name: FileName): string => (name === DATABASE ? file : join(dataDir, name))
const incoming = (site: Site, name: FileName): string => `${target(site, name)}.incoming`

/** The same, of somebody who was killed over it; whoever is still at it is left alone. */
export function clearAway(site: Site): void {
  if (!existsSync(incoming(site, DATABASE))) return
  try {
    using _alone = occupy(site.file, "alone")
    if (!existsSync(journalPath(site.dataDir))) discard(site)
  } catch {}
}

/** Takes away what was unpacked and is not going to be used. */
export function discard(site: Site): void {
  for (const name of BESIDE) rmSync(incoming(site, name), { force: true })
  for (const part of ["", "-wal", "-shm", "-lock"]) rmSync(`${incoming(site, DATABASE)}${part}`, { force: true })
}

const journal = v.object({
  version: v.literal(1),
  /** The backup's name, and who restores it. */
  name: v.string(),
  by: v.string(),
  file: v.string(),
  files: v.array(v.picklist([DATABASE, ...BESIDE])),
  /** Where the database goes that is there. */
  aside: v.string(),
})
export type Journal = v.InferOutput<typeof journal>

const journalPath = (dataDir: string): string => join(dataDir, "restore.json")

/** Makes what `prepareRestore` unpacked a fact. */
export function commitRestore(
  { file, dataDir }: Site,
  { name, by, files, at }: { name: string; by: string; files: readonly FileName[]; at: number },
): Journal {
  const entry: Journal = { version: 1, name, by, file, files: [...files], aside: `${file}.replaced-${stampOf(at)}` }
  // Whoever finds the journal must find what it speaks of.
  syncFolder(dirname(file))
  // The data folder may have another path for who finishes it, as in a container.
  const kept = { ...entry, file: relative(dataDir, file), aside: relative(dataDir, entry.aside) }
  writeWhole(journalPath(dataDir), `${JSON.stringify(kept, null, 2)}\n`)
  return entry
}

export type Ports = { readonly clock: Clock; readonly random: Random; readonly log: Log }

/**
 * Finishes a restore that was begun: what it was, or null. Nobody may have the database open. Faults: store.occupied,
 * store.failed.
 */
export async function finishRestore(dataDir: string, ports: Ports, patience = PATIENCE_MS): Promise<Journal | null> {
  const entry = readJournal(dataDir)
  if (entry === null) return null
  using _alone = occupy(entry.file, "alone", patience)
  // Somebody else may have been faster.
  if (existsSync(journalPath(dataDir))) await applyRestore(dataDir, entry, ports)
  return entry
}

/** The moves, each done once however often this is begun again. The caller holds the database alone. */
export async function applyRestore(dataDir: string, entry: Journal, ports: Ports): Promise<void> {
  const { file, files, aside } = entry
  const site = { file, dataDir }
  const fresh = incoming(site, DATABASE)
  if (existsSync(fresh)) {
    const isReadable = succeed(fresh, existsSync(file) ? file : null)
    if (!isReadable) ports.log.warn("restore.unreadable", { file, advice: "its counters could not be carried over" })
    await noteIn(fresh, entry, ports)
    for (const part of ["", "-wal"]) if (existsSync(file + part)) renameSync(file + part, aside + part)
    rmSync(`${file}-shm`, { force: true })
    syncFolder(dirname(file))
    renameSync(fresh, file)
    syncFolder(dirname(file))
  }
  for (const name of files) {
    if (name !== DATABASE && existsSync(incoming(site, name))) renameSync(incoming(site, name), target(site, name))
  }
  syncFolder(dataDir)
  discard(site)
  rmSync(journalPath(dataDir))
  ports.log.warn("restore.done", { backup: entry.name, replaced: existsSync(aside) ? aside : null })
}

/** The audit that comes back says at its end how it did. */
async function noteIn(file: string, { name, by }: Journal, ports: Ports): Promise<void> {
  await using store = await openStore(`sqlite:${file}`, { ...ports, dataDir: dirname(file), writer: "in-place" })
  const [last] = await store.auditLines({ limit: 1 })
  const line = { actor: by, action: "backup.restored", subject: name }
  if (last?.action !== line.action || last.subject !== name) await store.audit(line)
}

function readJournal(dataDir: string): Journal | null {
  const path = journalPath(dataDir)
  if (!existsSync(path)) return null
  const outcome = v.safeParse(v.pipe(v.string(), v.parseJson(), journal), readFileSync(path, "utf8"))
  if (outcome.success) {
    const { file, aside, ...entry } = outcome.output
    return { ...entry, file: resolve(dataDir, file), aside: resolve(dataDir, aside) }
  }
  throw new Fault("store.unusable", { detail: `${path} cannot be understood; delete it, and restore the backup again` })
}
