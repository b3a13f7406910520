import { rmSync } from "node:fs"
import { freshFolder } from "./process.ts"

/** A small disk in memory. */
export type SmallDisk = Disposable & { readonly path: string; readOnly(): void }

const done = (...command: string[]): boolean => Bun.spawnSync(command, { stderr: "ignore" }).success

/** A disk of this size (`8m`), or null where this user may not mount one: only root may, and not in every container. */
export function mount(size: string): SmallDisk | null {
  const path = freshFolder()
  if (process.platform !== "linux" || !done("mount", "-t", "tmpfs", "-o", `size=${size}`, "restante-test", path)) {
    rmSync(path, { recursive: true })
    return null
  }
  return {
    path,
    readOnly: () => void done("mount", "-o", "remount,ro", path),
    [Symbol.dispose]() {
      done("umount", "--lazy", path)
      rmSync(path, { recursive: true, force: true })
    },
  }
}
