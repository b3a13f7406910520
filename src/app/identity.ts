import { chmodSync, existsSync, mkdirSync, readFileSync, statSync } from "node:fs"
import { join, resolve } from "node:path"
import { type Clock, systemClock } from "../base/clock.ts"
import { writeWhole } from "../base/whole-file.ts"
import { forbidden } from "../config/chosen.ts"
import type { Settings } from "../config/schema.ts"
import { openIdentity, type Self } from "../did/self.ts"
import { mintIdentity, type StoredIdentity } from "../did/stored-identity.ts"
import { invitation } from "../didcomm/protocols/out-of-band-2.ts"
import { Fault } from "../faults.ts"
import { occupy } from "../store/sqlite/occupancy.ts"

const FILE = "identity.json"
/** How long to wait for another process that is about to write it. */
const PATIENCE_MS = 5_000

/** The identity in the data folder, minted when there is none yet. Faults: folder.unwritable, identity.unusable. */
export async function openIdentityFile(
  settings: Settings,
  clock: Pick<Clock, "now"> = systemClock,
): Promise<{ self: Self; minted: boolean; invitationUrl: string }> {
  const path = join(prepareFolder(settings.server.data_dir), FILE)
  const minted = !existsSync(path) && mint(path, clock)
  const self = open(path, settings, clock)
  // A new public URL gives a new DID; the earlier ones are kept, because wallets still write to them.
  const isNew = JSON.stringify(self.stored) !== JSON.stringify(readJson(path))
  const kept = isNew ? changeIdentityFile(settings, clock, (stored) => stored) : self
  return { self: kept, minted, invitationUrl: invitation(kept.did, settings.server.public_url).url }
}

/** Whether it was this process that did: never over an identity that another start has just made. */
function mint(path: string, clock: Pick<Clock, "now">): boolean {
  using _alone = holding(path)
  if (existsSync(path)) return false
  write(path, mintIdentity(clock.now()))
  return true
}

/** The identity in the data folder, or null when there is none; changes nothing. Fault identity.unusable. */
export function readIdentityFile(settings: Settings, clock: Pick<Clock, "now"> = systemClock): Self | null {
  const path = pathOf(settings)
  return existsSync(path) ? open(path, settings, clock) : null
}

/**
 * Puts a changed identity in the place of the one that is there; of two at the same time, each changes what the other
 * left. Faults: folder.unwritable, identity.unusable.
 */
export function changeIdentityFile(
  settings: Settings,
  clock: Pick<Clock, "now">,
  change: (stored: StoredIdentity) => StoredIdentity,
): Self {
  const path = pathOf(settings)
  using _alone = holding(path)
  const changed = openWith(change(open(path, settings, clock).stored), settings, clock)
  write(path, changed.stored)
  return changed
}

/**
 * Keeps an identity that comes from elsewhere, in a data folder that has none. Faults: identity.unusable when it is none,
 * identity.exists, folder.unwritable.
 */
export function importIdentityFile(settings: Settings, clock: Pick<Clock, "now">, stored: unknown): Self {
  const self = openWith(stored, settings, clock)
  const path = join(prepareFolder(settings.server.data_dir), FILE)
  using _alone = holding(path)
  if (existsSync(path)) throw new Fault("identity.exists", { detail: path })
  write(path, self.stored)
  return self
}

/** What root writes, whoever runs the mediator cannot open. Fault folder.forbidden. */
export function checkUser(settings: Settings): void {
  if (process.geteuid?.() !== 0) return
  const owner = statSync(pathOf(settings), { throwIfNoEntry: false })?.uid ?? 0
  if (owner !== 0) throw forbidden(resolve(settings.server.data_dir))
}

/** Changes whenever the file does. */
export function identityMark(settings: Settings): string {
  const found = statSync(pathOf(settings), { throwIfNoEntry: false })
  return found ? `${found.ino} ${found.size} ${found.mtimeMs}` : "none"
}

const pathOf = ({ server }: Settings): string => join(resolve(server.data_dir), FILE)

const openWith = (stored: unknown, settings: Settings, clock: Pick<Clock, "now">, madeAt?: number): Self =>
  openIdentity(stored, {
    publicUrl: settings.server.public_url,
    methods: settings.identity.methods,
    decentrl: settings.decentrl.enabled,
    now: clock.now(),
    ...(madeAt !== undefined && { madeAt }),
  })

function open(path: string, settings: Settings, clock: Pick<Clock, "now">): Self {
  try {
    return openWith(readJson(path), settings, clock, Math.floor(statSync(path).mtimeMs))
  } catch (thrown) {
    if (!(thrown instanceof Fault) || thrown.code !== "identity.unusable") throw thrown
    throw new Fault("identity.unusable", {
      detail: `${path}: ${thrown.detail}. Restore it from a copy.`,
      cause: thrown,
    })
  }
}

function readJson(path: string): unknown {
  try {
    // Whoever copied it back may have opened it to others.
    if ((statSync(path).mode & 0o077) !== 0) chmodSync(path, 0o600)
    return JSON.parse(readFileSync(path, "utf8"))
  } catch (cause) {
    throw new Fault("identity.unusable", { detail: `${path} cannot be read: ${reason(cause)}`, cause })
  }
}

function prepareFolder(given: string): string {
  const folder = resolve(given)
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 })
    return folder
  } catch (cause) {
    throw new Fault("folder.unwritable", { detail: `${folder}: ${reason(cause)}`, cause })
  }
}

/** Whoever reads the file to write it anew has it alone: else the keys that another made meanwhile would be lost. */
function holding(path: string): Disposable {
  try {
    return occupy(path, "alone", PATIENCE_MS)
  } catch (cause) {
    throw new Fault("folder.unwritable", { detail: `${path}: ${reason(cause)}`, cause })
  }
}

function write(path: string, identity: StoredIdentity): void {
  try {
    writeWhole(path, `${JSON.stringify(identity, null, 2)}\n`)
  } catch (cause) {
    throw new Fault("folder.unwritable", { detail: `${path}: ${reason(cause)}`, cause })
  }
}

const reason = (cause: unknown): string => (cause instanceof Error ? cause.message : String(cause))
