/** The programs under test, each in a process of its own on a fresh data folder. */

import { createServer } from "node:net"
import { join } from "node:path"
import { environment } from "../../src/cli/unit.ts"
import { temporaryFolder, watchOver } from "./leftovers.ts"
import { memoryOf, type Usage, usageOf } from "./process.ts"

export type Program =
  /** The built executable. */
  | { readonly kind: "restante"; readonly executable: string; readonly flags?: readonly string[] }
  /** A script beside this one that takes a port and a data folder. */
  | { readonly kind: "script"; readonly file: "wasm-peer.ts" | "bare.ts" }

export type Circumstances = {
  /** Cores that it may use, as taskset writes them. */
  readonly cpus?: string | null
  readonly env?: Readonly<Record<string, string>>
  /** A data folder to start on; deleted by whoever made it. */
  readonly dataDir?: string
}

export type Server = AsyncDisposable & {
  readonly url: string
  readonly wsUrl: string
  readonly dataDir: string
  /** From the start of the process until it answered that it is ready. */
  readonly readyMs: number
  usage(): Usage
  memory(): ReturnType<typeof memoryOf>
}

const READY_WITHIN_MS = 30_000

/** More room than anybody has by default, and no limits on what one client may send: here one stands for many. */
const ROOMY = [
  ...["--admission-mode", "open", "--mailbox-max-messages", "10000000", "--mailbox-max-bytes", "100 GiB"],
  ...["--mailbox-sender-share", "100", "--limits-per-address", "0", "--limits-forwards-per-address", "0"],
  ...["--limits-per-did", "0", "--limits-connections-per-address", "0"],
]

/** Starts a program and waits until it is ready. Its port may be taken in between by somebody else: then once more. */
export async function startServer(program: Program, given: Circumstances = {}): Promise<Server> {
  return start(program, given).catch(() => start(program, given))
}

async function start(program: Program, given: Circumstances): Promise<Server> {
  const folder = given.dataDir === undefined ? temporaryFolder() : null
  const dataDir = given.dataDir ?? folder?.path ?? "."
  const port = await freePort()
  const url = `http://127.0.0.1:${port}`
  const pinned = given.cpus ? ["taskset", "-c", given.cpus] : []
  const started = performance.now()
  const child = Bun.spawn([...withManyFiles, ...pinned, ...commandOf(program, { url, port, dataDir })], {
    cwd: dataDir,
    env: { PATH: process.env.PATH ?? "", ...(program.kind === "restante" && environment), ...given.env },
    stdin: "ignore",
    stdout: "ignore",
    stderr: "pipe",
  })
  watchOver(child)
  const said = new Response(child.stderr).text()

  async function end() {
    child.kill("SIGTERM")
    const tooLong = setTimeout(() => child.kill("SIGKILL"), 8_000)
    await child.exited
    clearTimeout(tooLong)
    folder?.[Symbol.dispose]()
  }

  while (!(await isReady(url))) {
    if (child.exitCode !== null || performance.now() - started > READY_WITHIN_MS) {
      await end()
      throw new Error(`${program.kind} did not start:\n${await said}`)
    }
    await Bun.sleep(2)
  }
  const readyMs = performance.now() - started

  return {
    url,
    wsUrl: `${url.replace("http", "ws")}/ws`,
    dataDir,
    readyMs,
    usage: () => usageOf(child.pid),
    memory: () => memoryOf(child.pid),
    [Symbol.asyncDispose]: end,
  }
}

const isReady = async (url: string) => (await fetch(`${url}/readyz`).catch(() => null))?.ok ?? false

// Thousands of sockets need as many descriptors as the system gives.
const withManyFiles = ["sh", "-c", 'ulimit -n "$(ulimit -Hn)" 2>/dev/null; exec "$@"', "sh"]

function commandOf(program: Program, { url, port, dataDir }: { url: string; port: number; dataDir: string }) {
  if (program.kind === "script") return [process.execPath, join(import.meta.dir, program.file), String(port), dataDir]
  const place = ["--host", "127.0.0.1", "--port", String(port), "--public-url", url, "--data-dir", dataDir]
  return [program.executable, "serve", ...place, ...ROOMY, ...(program.flags ?? [])]
}

async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve))
  const address = server.address()
  await new Promise((resolve) => server.close(resolve))
  if (address === null || typeof address === "string") throw new Error("no free port")
  return address.port
}
