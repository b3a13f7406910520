/** Builds dist/restante: one executable with everything in it. `bun run build` */

import { mkdirSync } from "node:fs"
import { join } from "node:path"

const root = join(import.meta.dir, "..")

/** Bundles and compiles to `outfile`; throws with the compiler's messages when it fails. */
export async function build(outfile = join(root, "dist", "restante")): Promise<string> {
  mkdirSync(join(outfile, ".."), { recursive: true })
  const result = await Bun.build({
    // The writer's thread is an entry point of its own: a Worker is loaded by its address in the bundle.
    entrypoints: [join(root, "src/main.ts"), join(root, "src/store/sqlite/worker.ts")],
    minify: true,
    sourcemap: "inline",
    compile: {
      outfile,
      // The working directory belongs to the operator: nothing in it may change what the executable runs.
      autoloadDotenv: false,
      autoloadBunfig: false,
    },
  })
  if (!result.success) throw new AggregateError(result.logs, "the build failed")
  return outfile
}

if (import.meta.main) {
  const outfile = await build()
  process.stdout.write(`${outfile} ${(Bun.file(outfile).size / 1e6).toFixed(0)} MB\n`)
}
