/** Builds dist/restante: one executable with everything in it. `bun run build [--no-ui]` leaves the admin pages out. */

import { mkdirSync } from "node:fs"
import { join } from "node:path"
import type { BunPlugin } from "bun"
import { type BuildFacts, loadBuildFacts } from "../src/app/build-facts.ts"
import { buildPages } from "../web/build.ts"
import { moduleOf } from "../web/pack.ts"

const root = join(import.meta.dir, "..")
const THREADS = ["store/sqlite/worker.ts", "app/backup/worker.ts", "app/jose/worker.ts"]

/** Bundles and compiles to `outfile`, for this machine or another `target`; throws with the compiler's messages. */
export async function build(
  outfile = join(root, "dist", "restante"),
  { ui = true, target }: { ui?: boolean; target?: Bun.Build.CompileTarget } = {},
): Promise<string> {
  mkdirSync(join(outfile, ".."), { recursive: true })
  const result = await Bun.build({
    // A thread is an entry point of its own: a Worker is loaded by its address in the bundle.
    entrypoints: ["main.ts", ...THREADS].map((file) => join(root, "src", file)),
    // Names stay: a stack trace in somebody's log should say where it was.
    minify: { whitespace: true, syntax: true, identifiers: false },
    sourcemap: "none",
    // Compiled ahead: the program starts in half the time, with 3 MB less.
    bytecode: true,
    format: "esm",
    plugins: [
      inAscii,
      instead(/web\/embedded\.ts$/, ui ? moduleOf(await buildPages()) : "export const loadPages = async () => null"),
      instead(/app\/build-facts\.ts$/, `export const loadBuildFacts = async () => (${JSON.stringify(await facts())})`),
    ],
    compile: {
      outfile,
      ...(target && { target }),
      // The working directory belongs to the operator: nothing in it may change what the executable runs.
      autoloadDotenv: false,
      autoloadBunfig: false,
    },
  })
  if (!result.success) throw new AggregateError(result.logs, "the build failed")
  if (target?.startsWith("bun-linux") ?? process.platform === "linux")
    await forget(outfile, ["BUN_BE_BUN", "BUN_OPTIONS"])
  return outfile
}

/** One letter beyond ASCII, be it in a comment of a library, and the whole program would be kept in two bytes a letter. */
const inAscii: BunPlugin = {
  name: "ascii",
  setup: (builder) =>
    void builder.onLoad({ filter: /\/node_modules\/.*\.m?js$/ }, async ({ path }) => {
      const text = await Bun.file(path).text()
      const code = (letter: string) => `\\u${letter.charCodeAt(0).toString(16).padStart(4, "0")}`
      return { contents: text.replace(/[^\0-\x7f]/g, code), loader: "js" }
    }),
}

/** In the place of a module that works something out comes one that has the result. */
const instead = (filter: RegExp, contents: string): BunPlugin => ({
  name: filter.source,
  setup: (builder) => void builder.onLoad({ filter }, () => ({ contents, loader: "js" })),
})

/** The licences, and the commit that is built, where Git knows; what was changed since is said. */
async function facts(): Promise<BuildFacts> {
  const words = ["describe", "--always", "--abbrev=40", "--exclude=*", "--dirty=+changes"]
  const { stdout, success } = Bun.spawnSync(["git", ...words], { cwd: root, stderr: "ignore" })
  return { ...(await loadBuildFacts()), commit: success ? stdout.toString().trim() : null }
}

/**
 * Makes the runtime look for other names than these two variables, through which whoever sets the environment could
 * have any code run inside the executable. There is no option for it; elsewhere than on Linux the file is signed.
 */
async function forget(outfile: string, names: readonly string[]): Promise<void> {
  const program = Buffer.from(await Bun.file(outfile).bytes())
  for (const name of names) {
    const found = program.indexOf(name)
    if (found === -1) throw new Error(`${name} is not in the executable: does this Bun still obey it?`)
    for (let at = found; at !== -1; at = program.indexOf(name, at + 1)) program[at] = 0
  }
  await Bun.write(outfile, program)
}

if (import.meta.main) {
  const outfile = await build(undefined, { ui: !process.argv.includes("--no-ui") })
  process.stdout.write(`${outfile} ${(Bun.file(outfile).size / 1e6).toFixed(0)} MB\n`)
}
