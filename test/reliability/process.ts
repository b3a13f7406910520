/** The executable in circumstances that are not the usual ones: other limits, environment, folders. Linux only. */

import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs"
import { createServer } from "node:net"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { fileURLToPath } from "node:url"

export const program = process.env.RESTANTE_EXECUTABLE ?? fileURLToPath(new URL("../../dist/restante", import.meta.url))

export type Circumstances = {
  readonly flags?: readonly string[]
  /** Shell commands that run before, in the same process: `ulimit -n 256`. */
  readonly before?: string
  readonly env?: Readonly<Record<string, string>>
  readonly cwd?: string
  readonly dataDir?: string
  readonly port?: number
  /** What the mediator takes for its own address; where it listens unless given. */
  readonly publicUrl?: string
}

export type Running = AsyncDisposable & {
  readonly url: string
  readonly did: string
  readonly dataDir: string
  readonly pid: number
  readonly exited: Promise<number>
  stderr(): string
  kill(signal?: NodeJS.Signals): void
}

export const freshFolder = (): string => mkdtempSync(join(tmpdir(), "restante-"))

export async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve))
  const address = server.address()
  await new Promise((resolve) => server.close(resolve))
  return typeof address === "object" && address ? address.port : 0
}

/** Starts `restante serve` and returns at once. */
export function spawn({
  flags = [],
  before,
  env = {},
  cwd,
  dataDir = freshFolder(),
  port = 0,
  ...more
}: Circumstances) {
  const url = `http://127.0.0.1:${port}`
  const publicUrl = more.publicUrl ?? url
  const serve = [program, "serve", "--port", `${port}`, "--public-url", publicUrl, "--data-dir", dataDir, ...flags]
  const command = before === undefined ? serve : ["bash", "-c", `${before}; exec "$@"`, "bash", ...serve]
  const child = Bun.spawn(command, {
    cwd: cwd ?? dataDir,
    env: { PATH: process.env.PATH ?? "", ...env },
    stdin: "ignore",
    stdout: "pipe",
    stderr: "pipe",
  })
  let stderr = ""
  const read = (async () => {
    for await (const text of child.stderr.pipeThrough(new TextDecoderStream())) stderr += text
  })()
  const exited = Promise.all([child.exited, read]).then(([code]) => code)
  return { child, url, dataDir, exited, stderr: () => stderr }
}

/** Starts `restante serve` and waits until it is ready. Disposing it stops it and deletes its data. */
export async function launch(circumstances: Circumstances = {}): Promise<Running> {
  const { child, url, dataDir, exited, stderr } = spawn({
    ...circumstances,
    port: circumstances.port ?? (await freePort()),
  })
  const running = {
    url,
    dataDir,
    pid: child.pid,
    exited,
    stderr,
    kill: (signal?: NodeJS.Signals) => child.kill(signal),
    async [Symbol.asyncDispose]() {
      child.kill()
      await exited
      if (circumstances.dataDir === undefined) rmSync(dataDir, { recursive: true, force: true })
    },
  }
  for (const end = performance.now() + 15_000; performance.now() < end; await Bun.sleep(20)) {
    if (child.exitCode !== null || child.signalCode !== null) {
      throw new Error(`ended with ${child.exitCode ?? child.signalCode}: ${stderr()}`)
    }
    const ready = await fetch(`${url}/readyz`).catch(() => null)
    if (ready?.ok) return { ...running, did: await (await fetch(`${url}/did`)).text() }
  }
  child.kill("SIGKILL")
  throw new Error(`not ready: ${stderr()}`)
}

/** Megabytes of memory that a process holds. */
export const memoryOf = (pid: number): number =>
  Number(/^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1]) / 1024

/** Files and sockets that a process has open. */
export const descriptorsOf = (pid: number): number => readdirSync(`/proc/${pid}/fd`).length

/** Seconds of processor time that a process has used (clock ticks are hundredths on Linux). */
export function processorTimeOf(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, "utf8")
    .replace(/^.*\) /, "")
    .split(" ")
  return (Number(fields[11]) + Number(fields[12])) / 100
}
