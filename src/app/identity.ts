import { chmodSync, existsSync, linkSync, mkdirSync, readFileSync, statSync } from "node:fs"
import { join, resolve } from "node:path"
import { type Clock, systemClock } from "../base/clock.ts"
import { writeWhole } from "../base/whole-file.ts"
import type { Settings } from "../config/schema.ts"
import { openIdentity, type Self } from "../did/self.ts"
import { mintIdentity, type StoredIdentity } from "../did/stored-identity.ts"
import { invitation } from "../didcomm/protocols/out-of-band-2.ts"
import { Fault } from "../faults.ts"

const FILE = "identity.json"

/** The identity in the data folder, minted when there is none yet. Faults: folder.unwritable, identity.unusable. */
export async function openIdentityFile(
  settings: Settings,
  clock: Pick<Clock, "now"> = systemClock,
): Promise<{ self: Self; minted: boolean; invitationUrl: string }> {
  const path = join(prepareFolder(settings.server.data_dir), FILE)
  const minted = !existsSync(path)
  if (minted) write(path, mintIdentity(clock.now()), unlessThere)
  const self = open(path, settings, clock)
  // A new public URL gives a new DID; the earlier ones are kept, because wallets still write to them.
  if (JSON.stringify(self.stored) !== JSON.stringify(readJson(path))) write(path, self.stored)
  return { self, minted, invitationUrl: invitation(self.did, settings.server.public_url).url }
}

/** The identity in the data folder, or null when there is none; changes nothing. Fault identity.unusable. */
export function readIdentityFile(settings: Settings, clock: Pick<Clock, "now"> = systemClock): Self | null {
  const path = pathOf(settings)
  return existsSync(path) ? open(path, settings, clock) : null
}

/** Puts a changed identity in the place of the one that is there. Faults: folder.unwritable, identity.unusable. */
export function changeIdentityFile(
  settings: Settings,
  clock: Pick<Clock, "now">,
  change: (stored: StoredIdentity) => StoredIdentity,
): Self {
  const path = pathOf(settings)
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
  write(path, self.stored, (fresh) => {
    if (existsSync(path)) throw new Fault("identity.exists", { detail: path })
    linkSync(fresh, path)
  })
  return self
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

// Never over an identity that another start has just made.
const unlessThere = (fresh: string, path: string) => {
  if (!existsSync(path)) linkSync(fresh, path)
}

function write(path: string, identity: StoredIdentity, place?: Parameters<typeof writeWhole>[2]): void {
  try {
    writeWhole(path, `${JSON.stringify(identity, null, 2)}\n`, place)
  } catch (cause) {
    if (cause instanceof Fault) throw cause
    throw new Fault("folder.unwritable", { detail: `${path}: ${reason(cause)}`, cause })
  }
}

const reason = (cause: unknown): string => (cause instanceof Error ? cause.message : String(cause))
