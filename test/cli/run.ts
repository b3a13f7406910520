/** Runs the command line as a child process, in a folder of its own and with an empty environment. */

import { mkdtempSync, realpathSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"

const main = new URL("../../src/main.ts", import.meta.url).pathname

export const emptyFolder = (): string => realpathSync(mkdtempSync(join(tmpdir(), "restante-cli-")))

type Options = { cwd?: string; env?: Record<string, string> }

/** The running command. No TTY, no HOME, no PATH: what a bare service manager or container would give it. */
export const start = (args: readonly string[], { cwd = emptyFolder(), env = {} }: Options = {}) =>
  Bun.spawn([process.execPath, main, ...args], { cwd, env, stdin: "ignore", stdout: "pipe", stderr: "pipe" })

/** What the command said, and its exit code. */
export async function run(args: readonly string[], options: Options = {}) {
  const child = start(args, options)
  const [stdout, stderr, exit] = await Promise.all([child.stdout.text(), child.stderr.text(), child.exited])
  return { stdout, stderr, exit }
}
