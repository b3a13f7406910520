import { duration, SECOND } from "../config/kinds.ts"
import { Fault } from "../faults.ts"
import { type Command, flagValue, json, settingsOf, textOf } from "./command.ts"
import { print, printJson } from "./terminal.ts"

const DEFAULT_TIMEOUT_MS = 5 * SECOND

export const healthCommand: Command = {
  meta: { name: "health", description: "Ask a running mediator whether it is alive and ready; exit code 0 or 1." },
  args: {
    url: { type: "string", valueHint: "URL", description: "Where to ask; the public URL unless given." },
    timeout: { type: "string", valueHint: "TIME", description: "How long to wait for each answer; 5s unless given." },
    ...json,
  },
  settings: true,
  async run(args) {
    const url = (textOf(args, "url") ?? settingsOf(args).settings.server.public_url).replace(/\/+$/, "")
    if (!URL.canParse(url)) throw new Fault("usage", { detail: `--url ${url} is not an address` })
    const timeout = flagValue(args, "timeout", duration(SECOND)) ?? DEFAULT_TIMEOUT_MS
    const alive = await answers(`${url}/healthz`, timeout)
    const ready = alive && (await answers(`${url}/readyz`, timeout))
    if (args.json === true) printJson({ url, alive, ready })
    else print(`${url} is ${ready ? "alive and ready" : alive ? "alive, but not ready" : "not healthy"}.`)
    return ready ? 0 : 1
  },
}

/** Whether `url` answers 2xx within `timeout` ms. Throws Fault("server.unreachable") when nobody answers. */
async function answers(url: string, timeout: number): Promise<boolean> {
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(timeout) })
    await response.body?.cancel()
    return response.ok
  } catch (error) {
    throw new Fault("server.unreachable", { detail: `${url}: ${(error as Error).message}`, cause: error })
  }
}
