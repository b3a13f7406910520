/** What must not outlive the bench, however it ends: temporary folders, and the processes that it started. */

import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import type { Subprocess } from "bun"

const folders = new Set<string>()
const children = new Set<Subprocess>()

process.on("exit", () => {
  for (const child of children) child.kill("SIGKILL")
  for (const path of folders) rmSync(path, { recursive: true, force: true })
})
for (const signal of ["SIGINT", "SIGTERM"] as const) {
  process.on(signal, () => {
    process.stderr.write(`Stopped by ${signal}.\n`)
    process.exit(130)
  })
}

/** A fresh folder, deleted when disposed or at the end. */
export function temporaryFolder(): Disposable & { readonly path: string } {
  const path = mkdtempSync(join(tmpdir(), "restante-bench-"))
  folders.add(path)
  return {
    path,
    [Symbol.dispose]() {
      rmSync(path, { recursive: true, force: true })
      folders.delete(path)
    },
  }
}

/** Kills the process at the end, if it has not ended by then. */
export function watchOver(child: Subprocess): void {
  children.add(child)
  void child.exited.then(() => children.delete(child))
}
