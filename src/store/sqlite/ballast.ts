/** A file beside the database that only takes up room: deleted, it leaves that room to whoever needs it most. */

import { randomBytes } from "node:crypto"
import { closeSync, openSync, rmSync, statfsSync, statSync, writeSync } from "node:fs"
import { dirname } from "node:path"

const MIB = 1024 * 1024
const LEAST = MIB
/** One part in so many of the file system. */
const SHARE = 20

export type Ballast = {
  /** How large it is, or would be. */
  readonly bytes: number
  isHeld(): boolean
  /** Makes it, unless it is there, or there is not so much room. Whether it is there. */
  hold(): boolean
  /** Whether there was one. */
  drop(): boolean
  /** Bytes that are free on its disk; infinite where the file system does not say. */
  room(): number
}

/** Of `most` bytes, or a twentieth of a disk that is small. `most` 0: of as many as the one that lies there. */
export function ballastBeside(file: string, most: number): Ballast {
  const path = pathOf(file)
  const found = sizeOf(path)
  const bytes = most === 0 ? found : sizeFor(file, most)
  const isHeld = () => sizeOf(path) >= bytes
  const room = () => spaceAround(file).free
  return {
    bytes,
    isHeld,
    room,
    drop: () => dropBallast(file),
    hold() {
      if (isHeld()) return true
      return room() >= bytes - sizeOf(path) && fill(path, bytes)
    },
  }
}

/** Deletes the ballast of the database in `file`. Whether there was one. */
export function dropBallast(file: string): boolean {
  const isThere = sizeOf(pathOf(file)) > 0
  try {
    rmSync(pathOf(file), { force: true })
    return isThere
  } catch {
    return false
  }
}

const pathOf = (file: string): string => `${file}-ballast`

function sizeOf(path: string): number {
  try {
    return statSync(path, { throwIfNoEntry: false })?.size ?? 0
  } catch {
    return 0
  }
}

function sizeFor(file: string, most: number): number {
  const { total } = spaceAround(file)
  return Math.min(most, Math.max(LEAST, Math.floor(total / SHARE)))
}

function spaceAround(file: string): { total: number; free: number } {
  const { blocks, bavail, bsize } = statfsSync(dirname(file))
  // Some network file systems know of no blocks at all.
  if (blocks === 0) return { total: Number.POSITIVE_INFINITY, free: Number.POSITIVE_INFINITY }
  return { total: blocks * bsize, free: bavail * bsize }
}

function fill(path: string, bytes: number): boolean {
  // Noise, because zeros take up no room where the file system compresses or leaves holes.
  const noise = randomBytes(MIB)
  try {
    const file = openSync(path, "w", 0o600)
    using _file = { [Symbol.dispose]: () => closeSync(file) }
    for (let left = bytes; left > 0; ) left -= writeSync(file, noise, 0, Math.min(left, MIB))
    return true
  } catch {
    rmSync(path, { force: true })
    return false
  }
}
