import { Database } from "bun:sqlite"
import { arch, platform, release } from "node:os"
import manifest from "../../package.json" with { type: "json" }
import type { About } from "../admin/endpoints/about.ts"
import { loadBuildFacts } from "./build-facts.ts"

/** Bun is in the executable whole, and JavaScriptCore with it. */
const runtime = { name: "bun", version: Bun.version, licence: "MIT AND LGPL-2.1-or-later" }

/** What this is, what it runs on, and whose work is in it. */
export async function about(): Promise<About> {
  const { commit, licences } = await loadBuildFacts()
  return {
    version: manifest.version,
    commit,
    bun: Bun.version,
    sqlite: sqliteVersion(),
    os: `${platform()} ${release()} ${arch()}`,
    licences: [{ name: manifest.name, version: manifest.version, licence: manifest.license }, runtime, ...licences],
  }
}

function sqliteVersion(): string {
  using db = new Database(":memory:")
  return db.query<{ version: string }, []>("SELECT sqlite_version() AS version").get()?.version ?? ""
}
