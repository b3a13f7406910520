/** A proxy in front of the mediator, as `restante proxy print` sets it up, on free ports and with a certificate of its own. */

import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { executable } from "../kit/executable.ts"

export const NAME = "mediator.test"
export const PASSWORD = "correct horse battery"

const program = process.env.RESTANTE_EXECUTABLE ?? join(import.meta.dir, "../../dist/restante")

/** What `restante proxy print` prints for a mediator. */
export function snippet(proxy: string, ...flags: string[]): string {
  const { stdout, stderr, exitCode } = Bun.spawnSync([program, "proxy", "print", proxy, ...flags], {
    cwd: mkdtempSync(join(tmpdir(), "restante-proxy-")),
    env: { PATH: process.env.PATH ?? "" },
    stderr: "pipe",
  })
  if (exitCode !== 0) throw new Error(stderr.toString())
  return stdout.toString()
}

function freePort(): number {
  const server = Bun.listen({ hostname: "127.0.0.1", port: 0, socket: { data() {} } })
  const { port } = server
  server.stop(true)
  return port
}

/** Paths of a certificate for NAME and of its key. */
export function certificate(folder: string): { cert: string; key: string } {
  const [cert, key] = [join(folder, "cert.pem"), join(folder, "key.pem")]
  const subject = ["-subj", `/CN=${NAME}`, "-addext", `subjectAltName=DNS:${NAME}`]
  const made = [
    "req",
    "-x509",
    "-newkey",
    "ec",
    "-pkeyopt",
    "ec_paramgen_curve:P-256",
    "-nodes",
    "-days",
    "2",
    ...subject,
  ]
  const { exitCode, stderr } = Bun.spawnSync(["openssl", ...made, "-keyout", key, "-out", cert], { stderr: "pipe" })
  if (exitCode !== 0) throw new Error(stderr.toString())
  return { cert, key }
}

/**
 * The mediator with `limits`, and a proxy before it: `start` makes the proxy's command from its snippet. What is asked
 * goes through the proxy, from whichever address of this machine.
 */
export async function proxied(
  proxy: string,
  limits: readonly string[],
  start: (printed: string, folder: string, port: number) => readonly string[],
) {
  const folder = mkdtempSync(join(tmpdir(), "restante-proxy-"))
  const port = freePort()
  const publicUrl = `https://${NAME}:${port}`
  // The flags of the kit come first: a later one counts.
  const known = ["--public-url", publicUrl, "--trusted-proxies", "127.0.0.1,::1", "--admin-password", PASSWORD]
  const mediator = await executable([...known, ...limits])
  const upstream = ["--host", "127.0.0.1", "--port", new URL(mediator.url).port]
  const argv = start(snippet(proxy, "--public-url", publicUrl, ...upstream, ...limits), folder, port)
  const child = Bun.spawn([...argv], {
    cwd: folder,
    env: { PATH: process.env.PATH ?? "", HOME: folder, XDG_DATA_HOME: folder, XDG_CONFIG_HOME: folder },
    stdout: "ignore",
    stderr: Bun.file(join(folder, "said")),
  })

  /** A request as curl makes it; `from` is the address that the proxy sees. */
  async function ask(path: string, { from = "127.0.0.1", curl = [] as readonly string[] } = {}) {
    const place = ["--resolve", `${NAME}:${port}:127.0.0.1`, "--interface", from, "--insecure", "--silent", "--include"]
    const asking = Bun.spawn(["curl", ...place, "--http1.1", "--max-time", "20", ...curl, `${publicUrl}${path}`])
    const [head = "", ...body] = (await asking.stdout.text()).split("\r\n\r\n")
    return { status: Number(head.split(" ")[1]), head, text: body.join("\r\n\r\n") }
  }

  async function stop() {
    child.kill()
    await child.exited
    await mediator[Symbol.asyncDispose]()
    rmSync(folder, { recursive: true, force: true })
  }

  // Each time from another address: asking must not use up what the limits leave to one.
  for (let tries = 0; (await ask("/readyz", { from: `127.0.1.${tries + 1}` })).status !== 200; tries++) {
    if (tries < 100 && child.exitCode === null) await Bun.sleep(100)
    else {
      const said = await Bun.file(join(folder, "said")).text()
      await stop()
      throw new Error(`${proxy} passes nothing on:\n${said}`)
    }
  }
  return { publicUrl, port, did: mediator.did, ask, [Symbol.asyncDispose]: stop }
}
