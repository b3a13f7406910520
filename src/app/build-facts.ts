import { join } from "node:path"
import manifest from "../../package.json" with { type: "json" }
import { isObject } from "../base/json.ts"

export type Licence = { readonly name: string; readonly version: string; readonly licence: string }

/** What went into this program: the commit, where it is known, and every package of others, by name. */
export type BuildFacts = { readonly commit: string | null; readonly licences: readonly Licence[] }

const root = join(import.meta.dir, "../..")

/** As the source says. The executable has the answer already instead of this module: test/build.ts. */
export async function loadBuildFacts(): Promise<BuildFacts> {
  const found = new Map<string, Licence>()
  for (const name of Object.keys(manifest.dependencies)) await walk(name, root, found)
  return { commit: null, licences: [...found.values()].sort((a, b) => (a.name < b.name ? -1 : 1)) }
}

/** A package and what it depends on, looked up as its own code would find it. */
async function walk(name: string, from: string, found: Map<string, Licence>): Promise<void> {
  if (found.has(name)) return
  const folder = await folderOf(name, from)
  const given: unknown = folder === null ? null : await Bun.file(join(folder, "package.json")).json()
  if (folder === null || !isObject(given)) return
  const { version, license, dependencies } = given
  found.set(name, { name, version: String(version), licence: String(license) })
  for (const other of Object.keys(isObject(dependencies) ? dependencies : {})) await walk(other, folder, found)
}

async function folderOf(name: string, from: string): Promise<string | null> {
  const nested = join(from, "node_modules", name)
  if (await Bun.file(join(nested, "package.json")).exists()) return nested
  const above = join(root, "node_modules", name)
  return (await Bun.file(join(above, "package.json")).exists()) ? above : null
}
