/** The folder of backups: what is in it, what of that was verified, and what may go. */

import { readdirSync, readFileSync, rmSync, statSync } from "node:fs"
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
export function freeName(dir: string, at: number, isEncrypted: boolean): string {
  const taken = new Set(filesIn(dir))
  const name = (suffix: string) => `restante-${stampOf(at)}${suffix}.tar${isEncrypted ? ".sealed" : ""}`
  let one = name("")
  for (let n = 2; taken.has(one); n++) one = name(`-${n}`)
  return one
}

/** Every backup in the folder, the newest first; none when there is no such folder. */
export const keptIn = (dir: string): readonly Kept[] =>
  filesIn(dir)
    .flatMap((name) => kept(dir, name) ?? [])
    .sort((a, b) => b.at - a.at || (a.name < b.name ? 1 : -1))

/** The newest one that was verified, made before `before`, or null. */
export const newestVerified = (dir: string, before = Number.POSITIVE_INFINITY): Kept | null =>
  keptIn(dir).find(({ isVerified, at }) => isVerified && at < before) ?? null

/** Where the backup of this name is. Fault backup.unknown, also for what is no backup's name. */
export function pathOf(dir: string, name: string): string {
  if (kept(dir, name) === null) throw new Fault("backup.unknown", { args: [name] })
  return join(dir, name)
}

/** Notes that all of it was read and found right. */
export function noteVerified(dir: string, name: string, { at, messages, registrations, schema }: Manifest): Kept {
  const { size: bytes, mtimeMs: modified } = statSync(join(dir, name))
  writeWhole(notePath(dir, name), JSON.stringify({ bytes, modified, at, messages, registrations, schema }))
  const found = kept(dir, name)
  if (!found) throw new Fault("backup.unknown", { args: [name] })
  return found
}

/** Notes that it was found wrong. */
export const noteWrong = (dir: string, name: string): void => rmSync(notePath(dir, name), { force: true })

/** Faults: backup.unknown; backup.newest for the newest verified one. */
export function remove(dir: string, name: string): void {
  pathOf(dir, name)
  if (newestVerified(dir)?.name === name) throw new Fault("backup.newest")
  drop(dir, name)
}

function drop(dir: string, name: string): void {
  rmSync(join(dir, name))
  rmSync(notePath(dir, name), { force: true })
}

/**
 * Deletes the oldest verified ones, so that `keep` are left, and never `made`, which a wrong clock may have made the
 * oldest; what nobody verified is nobody's to delete.
 */
export function rotate(dir: string, keep: number, made: string): readonly string[] {
  const others = keptIn(dir).filter(({ name, isVerified }) => isVerified && name !== made)
  const old = others.slice(Math.max(1, keep) - 1).map(({ name }) => name)
  for (const name of old) drop(dir, name)
  return old
}

function filesIn(dir: string): readonly string[] {
  try {
    return readdirSync(dir)
  } catch (thrown) {
    if ((thrown as NodeJS.ErrnoException).code === "ENOENT") return []
    throw new Fault("backup.failed", { args: [(thrown as Error).message], cause: thrown })
  }
}

function kept(dir: string, name: string): Kept | null {
  const parts = named.exec(name)
  if (!parts) return null
  const file = statSync(join(dir, name), { throwIfNoEntry: false })
  if (!file?.isFile()) return null
  const [, year, month, day, hour, minute, second, sealed] = parts
  const found = readNote(dir, name)
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

function readNote(dir: string, name: string): v.InferOutput<typeof note> | null {
  try {
    return v.parse(note, JSON.parse(readFileSync(notePath(dir, name), "utf8")))
  } catch {
    return null
  }
}
