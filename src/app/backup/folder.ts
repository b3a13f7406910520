/**
 * The folder of backups: what is in it, what of that was verified, and what may go. It may be a disk that hangs, and a
 * running mediator looks at it: so nothing here waits for it but who asked.
 */

import { readdir, readFile, rm, stat } from "node:fs/promises"
import { join } from "node:path"
import * as v from "valibot"
import { writeWhole } from "../../base/whole-file.ts"
import { Fault } from "../../faults.ts"
import type { Manifest } from "./archive.ts"

/** A backup in the folder. What only its manifest says is null until it has been verified here. */
export type Kept = {
  readonly name: string
  readonly at: number
  readonly bytes: number
  readonly isVerified: boolean
  readonly isEncrypted: boolean
  readonly messages: number | null
  readonly registrations: number | null
  readonly schema: number | null
}

const named = /^restante-(\d{4})(\d\d)(\d\d)-(\d\d)(\d\d)(\d\d)(?:-\d+)?\.tar(\.sealed)?$/

/** What was found when a backup was verified: of no worth once its file is another. */
const note = v.object({
  bytes: v.number(),
  modified: v.number(),
  at: v.number(),
  messages: v.number(),
  registrations: v.number(),
  schema: v.number(),
})

const notePath = (dir: string, name: string) => join(dir, `.${name}.json`)

/** A moment as it stands in names, in UTC: 20261122-081530. */
export const stampOf = (at: number): string =>
  new Date(at).toISOString().slice(0, 19).replaceAll(/[-:]/g, "").replace("T", "-")

/** A name that nothing in the folder has yet. */
export async function freeName(dir: string, at: number, isEncrypted: boolean): Promise<string> {
  const taken = new Set(await filesIn(dir))
  const name = (suffix: string) => `restante-${stampOf(at)}${suffix}.tar${isEncrypted ? ".sealed" : ""}`
  let one = name("")
  for (let n = 2; taken.has(one); n++) one = name(`-${n}`)
  return one
}

/** Every backup in the folder, the newest first; none when there is no such folder. */
export async function keptIn(dir: string): Promise<readonly Kept[]> {
  const found: Kept[] = []
  for (const name of await filesIn(dir)) {
    const one = await kept(dir, name)
    if (one) found.push(one)
  }
  return found.sort((a, b) => b.at - a.at || (a.name < b.name ? 1 : -1))
}

/** The newest one that was verified, made before `before`, or null. */
export const newestVerified = async (dir: string, before = Number.POSITIVE_INFINITY): Promise<Kept | null> =>
  (await keptIn(dir)).find(({ isVerified, at }) => isVerified && at < before) ?? null

/** Where the backup of this name is. Fault backup.unknown, also for what is no backup's name. */
export async function pathOf(dir: string, name: string): Promise<string> {
  if ((await kept(dir, name)) === null) throw new Fault("backup.unknown", { args: [name] })
  return join(dir, name)
}

/** Notes that all of it was read and found right. */
export async function noteVerified(dir: string, name: string, manifest: Manifest): Promise<Kept> {
  const { at, messages, registrations, schema } = manifest
  const { size: bytes, mtimeMs: modified } = await stat(join(dir, name))
  writeWhole(notePath(dir, name), JSON.stringify({ bytes, modified, at, messages, registrations, schema }))
  const found = await kept(dir, name)
  if (!found) throw new Fault("backup.unknown", { args: [name] })
  return found
}

/** Notes that it was found wrong. */
export const noteWrong = (dir: string, name: string): Promise<void> => rm(notePath(dir, name), { force: true })

/** Faults: backup.unknown; backup.newest for the newest verified one. */
export async function remove(dir: string, name: string): Promise<void> {
  await pathOf(dir, name)
  if ((await newestVerified(dir))?.name === name) throw new Fault("backup.newest")
  await drop(dir, name)
}

async function drop(dir: string, name: string): Promise<void> {
  await rm(join(dir, name))
  await rm(notePath(dir, name), { force: true })
}

/**
 * Deletes the oldest verified ones, so that `keep` are left, and never `made`, which a wrong clock may have made the
 * oldest; what nobody verified is nobody's to delete.
 */
export async function rotate(dir: string, keep: number, made: string): Promise<readonly string[]> {
  const others = (await keptIn(dir)).filter(({ name, isVerified }) => isVerified && name !== made)
  const old = others.slice(Math.max(1, keep) - 1).map(({ name }) => name)
  for (const name of old) await drop(dir, name)
  return old
}

async function filesIn(dir: string): Promise<readonly string[]> {
  try {
    return await readdir(dir)
  } catch (thrown) {
    if ((thrown as NodeJS.ErrnoException).code === "ENOENT") return []
    throw new Fault("backup.failed", { args: [(thrown as Error).message], cause: thrown })
  }
}

async function kept(dir: string, name: string): Promise<Kept | null> {
  const parts = named.exec(name)
  if (!parts) return null
  const file = await statOf(join(dir, name))
  if (!file?.isFile()) return null
  const [, year, month, day, hour, minute, second, sealed] = parts
  const found = await readNote(dir, name)
  const known = found?.bytes === file.size && found.modified === file.mtimeMs ? found : null
  return {
    name,
    at: known?.at ?? Date.parse(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`),
    bytes: file.size,
    isVerified: known !== null,
    isEncrypted: sealed !== undefined,
    messages: known?.messages ?? null,
    registrations: known?.registrations ?? null,
    schema: known?.schema ?? null,
  }
}

/** Null for what is not there, perhaps not any more. */
async function statOf(path: string) {
  try {
    return await stat(path)
  } catch (thrown) {
    if ((thrown as NodeJS.ErrnoException).code === "ENOENT") return null
    throw new Fault("backup.failed", { args: [(thrown as Error).message], cause: thrown })
  }
}

async function readNote(dir: string, name: string): Promise<v.InferOutput<typeof note> | null> {
  try {
    return v.parse(note, JSON.parse(await readFile(notePath(dir, name), "utf8")))
  } catch {
    return null
  }
}
