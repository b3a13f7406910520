import {
  chmodSync,
  closeSync,
  existsSync,
  fsyncSync,
  linkSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeSync,
} from "node:fs"
import { join, resolve } from "node:path"
import type { Settings } from "../config/schema.ts"
import { mintIdentity, openIdentity, type Self, type StoredIdentity } from "../did/self.ts"
import { invitation } from "../didcomm/protocols/out-of-band-2.ts"
import { Fault } from "../faults.ts"

const FILE = "identity.json"

/** The identity in the data folder, minted when there is none yet. Faults: folder.unwritable, identity.unusable. */
export async function openIdentityFile(
  settings: Settings,
): Promise<{ self: Self; minted: boolean; invitationUrl: string }> {
  const folder = prepareFolder(settings.server.data_dir)
  const path = join(folder, FILE)
  const minted = !existsSync(path)
  if (minted) write(path, mintIdentity(), "create")
  const self = open(path, settings)
  const stored = JSON.stringify(self.stored)
  // A new public URL gives a new DID; the earlier ones are kept, because wallets still write to them.
  if (stored !== JSON.stringify(readJson(path))) write(path, self.stored, "replace")
  return { self, minted, invitationUrl: invitation(self.did, settings.server.public_url).url }
}

/** The identity in the data folder, or null when there is none; changes nothing. Fault identity.unusable. */
export async function readIdentityFile(settings: Settings): Promise<Self | null> {
  const path = join(resolve(settings.server.data_dir), FILE)
  return existsSync(path) ? open(path, settings) : null
}

function open(path: string, { server, identity, decentrl }: Settings): Self {
  try {
    const given = { publicUrl: server.public_url, methods: identity.methods, decentrl: decentrl.enabled }
    return openIdentity(readJson(path), given)
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

// Whole or not at all, and never over an identity that another start has just made.
function write(path: string, identity: StoredIdentity, how: "create" | "replace"): void {
  const fresh = `${path}.new-${process.pid}`
  using _fresh = { [Symbol.dispose]: () => existsSync(fresh) && rmSync(fresh) }
  try {
    const file = openSync(fresh, "wx", 0o600)
    writeSync(file, `${JSON.stringify(identity, null, 2)}\n`)
    fsyncSync(file)
    closeSync(file)
    if (how === "replace") renameSync(fresh, path)
    else if (!existsSync(path)) linkSync(fresh, path)
  } catch (cause) {
    throw new Fault("folder.unwritable", { detail: `${path}: ${reason(cause)}`, cause })
  }
}

const reason = (cause: unknown): string => (cause instanceof Error ? cause.message : String(cause))
