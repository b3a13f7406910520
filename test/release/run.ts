/**
 * Makes dist/release: an archive for each target, install.sh, the bill of materials, and SHA256SUMS over all of them.
 * The same commit gives the same bytes. `bun run release [--base-url URL] [TARGET …]`; needs GNU tar and xz. URL is
 * where the folder will be served, for its install.sh to know. Bun for the other targets comes from the npm registry.
 */

import { chmod, copyFile, mkdir, rm } from "node:fs/promises"
import { join } from "node:path"
import { parseArgs } from "node:util"
import { restante } from "../../src/cli/program.ts"
import { build } from "../build.ts"
import { manual } from "./manual.ts"
import { pack, sums } from "./pack.ts"
import { billOfMaterials } from "./sbom.ts"
import { archiveOf, folderOf, type Target, targets, version } from "./targets.ts"

const root = join(import.meta.dir, "../..")
const say = (line: string) => void process.stdout.write(`${line}\n`)

/** Makes the release of `wanted` in `folder`, for a commit of `time` (epoch seconds). */
export async function release(
  folder: string,
  { wanted, commit, time, baseUrl }: { wanted: readonly Target[]; commit: string; time: number; baseUrl: string },
): Promise<void> {
  await rm(folder, { recursive: true, force: true })
  const staging = join(folder, ".staging")
  await mkdir(staging, { recursive: true })
  for (const target of wanted) {
    const inside = join(staging, folderOf(target))
    await build(join(inside, "restante"), { target: `bun-${target}` })
    for (const name of ["LICENSE", "README.md"]) await copyFile(join(root, name), join(inside, name))
    await Bun.write(join(inside, "restante.1"), manual(restante, { version, time }))
    await pack(staging, folderOf(target), join(folder, archiveOf(target)), time)
    await rm(inside, { recursive: true })
    say(`${archiveOf(target)} ${(Bun.file(join(folder, archiveOf(target))).size / 1e6).toFixed(0)} MB`)
  }
  await rm(staging, { recursive: true })

  const bill = `restante-${version}.cdx.json`
  await Bun.write(join(folder, bill), `${JSON.stringify(await billOfMaterials(commit, time), null, 2)}\n`)
  await writeInstaller(join(folder, "install.sh"), baseUrl)
  await Bun.write(join(folder, "SHA256SUMS"), await sums(folder, [...wanted.map(archiveOf), bill, "install.sh"]))
}

async function writeInstaller(path: string, baseUrl: string): Promise<void> {
  const text = await Bun.file(join(root, "install.sh")).text()
  await Bun.write(path, text.replace(/^BASE_URL=.*$/m, `BASE_URL="${baseUrl}"`))
  await chmod(path, 0o755)
}

/** What git says; empty outside of a clone. */
function git(...args: string[]): string {
  const { success, stdout } = Bun.spawnSync(["git", ...args], { cwd: root, stderr: "ignore" })
  return success ? stdout.toString().trim() : ""
}

if (import.meta.main) {
  const { values, positionals } = parseArgs({ allowPositionals: true, options: { "base-url": { type: "string" } } })
  const unknown = positionals.filter((name) => !targets.some((target) => target === name))
  if (unknown.length > 0) throw new Error(`no such target: ${unknown.join(", ")}; there are ${targets.join(", ")}`)
  const baseUrl = values["base-url"] ?? ""
  if (!/^(https?:\/\/[\w.:/~%-]+)?$/.test(baseUrl)) throw new Error(`--base-url ${baseUrl} is not an address`)
  if (git("status", "--porcelain") !== "") say("Some of this is not committed: nobody else can make the same release.")
  // https://reproducible-builds.org/specs/source-date-epoch/
  const time = Number(process.env.SOURCE_DATE_EPOCH || git("log", "-1", "--format=%ct"))
  if (!(time > 0)) throw new Error("this is no git clone: say the commit's time in SOURCE_DATE_EPOCH")
  const wanted = targets.filter((target) => positionals.length === 0 || positionals.includes(target))
  const folder = join(root, "dist/release")
  await release(folder, { wanted, commit: git("rev-parse", "HEAD"), time, baseUrl })
  say(folder)
}
