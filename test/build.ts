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
    // Names stay: a stack trace in somebody's log should say where it was.
    minify: { whitespace: true, syntax: true, identifiers: false },
    sourcemap: "none",
    compile: {
      outfile,
      // The working directory belongs to the operator: nothing in it may change what the executable runs.
      autoloadDotenv: false,
      autoloadBunfig: false,
    },
  })
  if (!result.success) throw new AggregateError(result.logs, "the build failed")
  if (process.platform === "linux") await forget(outfile, ["BUN_BE_BUN", "BUN_OPTIONS"])
  return outfile
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
  const outfile = await build()
  process.stdout.write(`${outfile} ${(Bun.file(outfile).size / 1e6).toFixed(0)} MB\n`)
}
