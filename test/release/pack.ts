/** Archives and checksums that come out the same, byte for byte, wherever and whenever they are made. */

import { join } from "node:path"

/** Packs `folder`, which lies in `parent`, as `archive` (.tar.xz); every file in it dates from `time` (epoch seconds). */
export async function pack(parent: string, folder: string, archive: string, time: number): Promise<void> {
  // Names in order, one date, one owner: nothing of the machine that packs. xz splits the same whatever the cores.
  const same = ["--sort=name", `--mtime=@${time}`, "--owner=0", "--group=0", "--numeric-owner", "--mode=go-w"]
  const tar = [
    "tar",
    "--format=ustar",
    ...same,
    "--use-compress-program=xz -6 -T2",
    "-C",
    parent,
    "-cf",
    archive,
    folder,
  ]
  const packing = Bun.spawn(tar, { stdout: "ignore", stderr: "pipe" })
  const said = await packing.stderr.text()
  if ((await packing.exited) !== 0) throw new Error(`${archive} was not made: ${said}`)
}

/** What `sha256sum` would print for `names` in `folder`. */
export async function sums(folder: string, names: readonly string[]): Promise<string> {
  const lines = await Promise.all(
    [...names].sort().map(async (name) => `${await sha256(join(folder, name))}  ${name}\n`),
  )
  return lines.join("")
}

export async function sha256(file: string): Promise<string> {
  const hasher = new Bun.CryptoHasher("sha256")
  for await (const chunk of Bun.file(file).stream()) hasher.update(chunk)
  return hasher.digest("hex")
}
