import { existsSync, mkdtempSync, rmSync } from "node:fs"
import { dirname, join, resolve } from "node:path"
import type { Clock } from "../../base/clock.ts"
import { Fault } from "../../faults.ts"

const READY_WITHIN_MS = 15_000
const LOOK_EVERY_MS = 20

/** A mediator of its own that runs for a short while; disposing it ends it and deletes whatever it kept. */
export type Scratch = AsyncDisposable & {
  readonly url: string
  /** Where its database is. */
  readonly folder: string
  readonly did: string
}

type Ports = {
  /** The words that start this program. */
  readonly program: readonly string[]
  readonly dataDir: string
  readonly signal: AbortSignal
  readonly clock: Clock
}

/** Starts one in a process of its own, on the disk of `dataDir`, without its limits. Faults: folder.unwritable, bench.failed. */
export async function openScratch({ program, dataDir, signal, clock }: Ports): Promise<Scratch> {
  const folder = makeFolder(dataDir)
  const port = freePort()
  const url = `http://127.0.0.1:${port}`
  const child = Bun.spawn([...program, "serve", ...flags({ folder, port, url })], {
    cwd: folder,
    env: withoutSettings(process.env),
    stdin: "ignore",
    stdout: "ignore",
    stderr: "pipe",
  })
  const said = child.stderr.text()
  const end = () => child.kill("SIGKILL")
  signal.addEventListener("abort", end)

  async function discard(): Promise<void> {
    signal.removeEventListener("abort", end)
    end()
    await child.exited
    rmSync(folder, { recursive: true, force: true })
  }

  async function ready(): Promise<void> {
    const deadline = clock.now() + READY_WITHIN_MS
    while (child.exitCode === null && child.signalCode === null && clock.now() < deadline) {
      if ((await fetch(`${url}/readyz`).catch(() => null))?.ok) return
      await Bun.sleep(LOOK_EVERY_MS)
    }
    end()
    throw new Fault("bench.failed", { detail: (await said).trim() || "it was not ready in time" })
  }

  try {
    await ready()
    const did = (await (await fetch(`${url}/did`)).text()).trim()
    return { url, folder, did, [Symbol.asyncDispose]: discard }
  } catch (thrown) {
    await discard()
    throw thrown
  }
}

/** In the data folder or, where there is none yet, in the nearest folder above it. */
function makeFolder(dataDir: string): string {
  let parent = resolve(dataDir)
  while (!existsSync(parent)) parent = dirname(parent)
  try {
    return mkdtempSync(join(parent, ".bench-"))
  } catch (cause) {
    throw new Fault("folder.unwritable", { detail: (cause as Error).message, cause })
  }
}

function freePort(): number {
  const server = Bun.listen({ hostname: "127.0.0.1", port: 0, socket: { data() {} } })
  const { port } = server
  server.stop(true)
  return port
}

const flags = ({ folder, port, url }: { folder: string; port: number; url: string }): string[] =>
  Object.entries({
    "data-dir": folder,
    host: "127.0.0.1",
    port,
    "public-url": url,
    "identity-methods": "peer2",
    "admission-mode": "open",
    "mailbox-max-messages": 1_000_000,
    "mailbox-max-bytes": "4 GiB",
    "limits-per-did": 0,
    "storage-ballast": 0,
    "backup-schedule": "off",
    "log-level": "error",
  }).map(([flag, value]) => `--${flag}=${value}`)

// The operator's settings are for another mediator.
const withoutSettings = (env: NodeJS.ProcessEnv): NodeJS.ProcessEnv =>
  Object.fromEntries(Object.entries(env).filter(([name]) => !name.startsWith("RESTANTE_")))
