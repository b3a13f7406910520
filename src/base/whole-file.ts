import { closeSync, existsSync, fsyncSync, openSync, renameSync, rmSync, writeFileSync } from "node:fs"
import { dirname } from "node:path"

/**
 * Writes a file for its owner only: whole or not at all, and on disk when it returns. `place` gives the finished file
 * its name, instead of whatever has it. Throws what the file system says.
 */
export function writeWhole(
  path: string,
  content: string | Uint8Array,
  place: (fresh: string, path: string) => void = renameSync,
): void {
  const fresh = `${path}.new-${process.pid}`
  using _fresh = { [Symbol.dispose]: () => existsSync(fresh) && rmSync(fresh) }
  const file = openSync(fresh, "wx", 0o600)
  try {
    writeFileSync(file, content)
    fsyncSync(file)
  } finally {
    closeSync(file)
  }
  place(fresh, path)
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
