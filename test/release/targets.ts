/** What is released: one archive for each kind of machine. */

import manifest from "../../package.json" with { type: "json" }

export const { version } = manifest

/** install.sh chooses among these by the same names. */
export const targets = ["linux-x64", "linux-x64-baseline", "linux-arm64", "linux-x64-musl", "linux-arm64-musl"] as const
export type Target = (typeof targets)[number]

/** The folder in an archive; the archive's own name without its ending. */
export const folderOf = (target: Target): string => `restante-${version}-${target}`
export const archiveOf = (target: Target): string => `${folderOf(target)}.tar.xz`
