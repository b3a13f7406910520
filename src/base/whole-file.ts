import { closeSync, fsyncSync, openSync, renameSync, rmSync, writeFileSync } from "node:fs"
import { dirname } from "node:path"

/**
 * Writes a file for its owner only: whole or not at all, and on disk when it returns. Who else might write it at the same
 * time is for the caller to keep away. Throws what the file system says.
 */
export function writeWhole(path: string, content: string | Uint8Array): void {
  const fresh = `${path}.new`
  // Of somebody who was killed over it.
  rmSync(fresh, { force: true })
  using _fresh = { [Symbol.dispose]: () => rmSync(fresh, { force: true }) }
  const file = openSync(fresh, "wx", 0o600)
  try {
    writeFileSync(file, content)
    fsyncSync(file)
  } finally {
    closeSync(file)
  }
  renameSync(fresh, path)
  syncFolder(dirname(path))
}

// The new name is on disk only when the folder is.
function syncFolder(path: string): void {
  const folder = openSync(path, "r")
  try {
    fsyncSync(folder)
  } finally {
    closeSync(folder)
  }
}
