/** The mediator as an operator runs it: the built executable, in a process of its own, on a fresh data folder. */

import { existsSync } from "node:fs"
import { mkdtemp, rm } from "node:fs/promises"
import { createServer } from "node:net"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { fileURLToPath } from "node:url"

export type Executable = AsyncDisposable & {
  /** The public URL, `http://127.0.0.1:<port>`: where DIDComm messages are posted. */
  readonly url: string
  readonly wsUrl: string
  /** What `GET /did` says. */
  readonly did: string
  readonly dataDir: string
  /** The executable itself. */
  readonly program: string
  /** What another command prints, run beside the server with the same place; throws unless it succeeds. */
  command(...words: readonly string[]): Promise<string>
  /** Ends the process (SIGTERM unless said otherwise) and resolves with its exit code; null when a signal ended it. */
  stop(signal?: NodeJS.Signals): Promise<number | null>
  /** Ends it as a power cut would. */
  kill9(): Promise<void>
  /** Starts it again on the same data folder and port; stops it first when it runs. */
  restart(): Promise<void>
  /** Its process, until the next restart. */
  pid(): number
  /** Everything that it wrote to stderr, over all restarts; on a terminal, everything that it shows. */
  stderr(): string
}

const project = fileURLToPath(new URL("../../", import.meta.url))
const readyWithinMs = 15_000

/** The program under test: `RESTANTE_EXECUTABLE`, or what `bun run build` leaves in dist. */
function programPath(): string {
  const path = process.env.RESTANTE_EXECUTABLE ?? join(project, "dist/restante")
  if (!existsSync(path)) throw new Error(`${path} is not built: run \`bun run build\` first`)
  return path
}

async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve))
  const address = server.address()
  await new Promise((resolve) => server.close(resolve))
  if (address === null || typeof address === "string") throw new Error("no free port")
  return address.port
}

/**
 * Starts `restante serve` with `flags` and waits for `/readyz`. The port is chosen beforehand, because the mediator's DID
 * carries its public URL. Disposing stops it and deletes its data.
 */
export async function executable(
  flags: readonly string[] = [],
  { isOnTerminal = false }: { isOnTerminal?: boolean } = {},
): Promise<Executable> {
  const program = programPath()
  const dataDir = await mkdtemp(join(tmpdir(), "restante-"))
  const port = await freePort()
  const url = `http://127.0.0.1:${port}`
  const place = ["--host", "127.0.0.1", "--port", String(port), "--public-url", url, "--data-dir", dataDir]
  let stderr = ""

  const spawn = () => {
    const words = [program, "serve", ...place, ...flags]
    const env = { PATH: process.env.PATH ?? "" }
    if (isOnTerminal) {
      const decoder = new TextDecoder()
      const data = (_: unknown, bytes: Uint8Array) => {
        stderr += decoder.decode(bytes, { stream: true })
      }
      const child = Bun.spawn(words, { cwd: dataDir, env, terminal: { cols: 200, rows: 60, data } })
      return { child, ended: child.exited }
    }
    const child = Bun.spawn(words, { cwd: dataDir, env, stdin: "ignore", stdout: "ignore", stderr: "pipe" })
    const reading = (async () => {
      const decoder = new TextDecoder()
      for await (const chunk of child.stderr) stderr += decoder.decode(chunk, { stream: true })
    })()
    return { child, ended: Promise.all([child.exited, reading]) }
  }

  const ready = async (): Promise<void> => {
    const deadline = performance.now() + readyWithinMs
    while (performance.now() < deadline) {
      if (running.child.exitCode !== null || running.child.signalCode !== null) break
      const response = await fetch(`${url}/readyz`).catch(() => null)
      if (response?.ok) return
      await Bun.sleep(20)
    }
    const { exitCode } = running.child
    running.child.kill("SIGKILL")
    await running.ended
    const how = exitCode === null ? `was not ready within ${readyWithinMs} ms` : `ended at once, exit code ${exitCode}`
    throw new Error(`${program} ${how}:\n${stderr}`)
  }

  const stop = async (signal: NodeJS.Signals = "SIGTERM"): Promise<number | null> => {
    running.child.kill(signal)
    await running.ended
    return running.child.exitCode
  }

  const command = async (...words: readonly string[]): Promise<string> => {
    const env = { PATH: process.env.PATH ?? "" }
    const child = Bun.spawn([program, ...words, ...place], { cwd: dataDir, env, stdin: "ignore", stderr: "pipe" })
    const [stdout, said, exit] = await Promise.all([child.stdout.text(), child.stderr.text(), child.exited])
    if (exit !== 0) throw new Error(`${words.join(" ")} ended with ${exit}: ${said}`)
    return stdout
  }

  const discard = async (): Promise<void> => {
    await stop()
    await rm(dataDir, { recursive: true, force: true })
  }

  let running = spawn()
  let did = ""
  try {
    await ready()
    did = (await (await fetch(`${url}/did`)).text()).trim()
  } catch (error) {
    await discard()
    throw error
  }

  return {
    url,
    wsUrl: `${url.replace("http", "ws")}/ws`,
    did,
    dataDir,
    program,
    command,
    stop,
    kill9: async () => void (await stop("SIGKILL")),
    restart: async () => {
      await stop()
      running = spawn()
      await ready()
    },
    pid: () => running.child.pid,
    stderr: () => stderr,
    [Symbol.asyncDispose]: discard,
  }
}
