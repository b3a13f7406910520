/**
 * `bun test/reliability/flood.ts [--calls N] [--lanes N]`: what a wallet feels of somebody else's flood. Another process
 * posts forwards without a pause; the proxy's header says who is who. Prints how long the wallet's answers took, ms.
 */

import { parseArgs } from "node:util"
import { executable } from "../kit/executable.ts"
import { pickup3 } from "../kit/mediator.ts"
import { encrypted, type Resident } from "../kit/resident.ts"
import { letter, type Place, resident } from "./people.ts"

const HOME = "203.0.113.7"
export const FLOOD = "198.51.100.9"
/** As fast as one DID may call for long: beyond that, the wallet is kept waiting for its own sake. */
const PAUSE_MS = 45

export const postFrom = (url: string, from: string, body: string) =>
  fetch(url, { method: "POST", body, headers: { "Content-Type": encrypted, "X-Forwarded-For": from } })

type Calls = { readonly calls: number; readonly pauseMs: number }

/** What the wallet feels: the status of each call, and how long the answers took, ms. */
async function callForMail({ url, did }: Place, who: Resident, { calls, pauseMs }: Calls) {
  const statuses = new Set<number>()
  const times: number[] = []
  for (let call = 0; call < calls; call++) {
    const draft = { type: `${pickup3}/status-request`, return_route: "all" }
    const body = await who.auth(who.plaintext(draft, did), did)
    const start = performance.now()
    const response = await postFrom(url, HOME, body)
    await response.text()
    times.push(performance.now() - start)
    statuses.add(response.status)
    await Bun.sleep(pauseMs)
  }
  times.sort((a, b) => a - b)
  const share = (part: number) => times[Math.floor(times.length * part)] ?? 0
  return { statuses: [...statuses], p50: share(0.5), p95: share(0.95), p99: share(0.99) }
}

/** A wallet's calls for mail while all is quiet and in a flood over `lanes` connections, and what the flood was told. */
export async function feelFlood({ lanes, ...calls }: Calls & { lanes: number }) {
  await using mediator = await executable(["--trusted-proxies", "127.0.0.1"])
  const bob = await resident(mediator)
  const { bytes } = await letter(mediator, bob.did, "flood", 4_096)
  await callForMail(mediator, bob, calls)
  const quiet = await callForMail(mediator, bob, calls)

  const flooder = new URL("flooder.ts", import.meta.url).pathname
  const command = [process.execPath, flooder, mediator.url, `${lanes}`]
  const child = Bun.spawn(command, { stdin: "pipe", stdout: "pipe", stderr: "inherit" })
  child.stdin.write(`${bytes}\n`)
  child.stdin.flush()
  const told = child.stdout.getReader()
  // Its first word: the flood has begun.
  await told.read()
  const loud = await callForMail(mediator, bob, calls)
  child.stdin.end()
  const statuses: Record<number, number> = JSON.parse(new TextDecoder().decode((await told.read()).value))
  await child.exited
  return { quiet, loud, statuses }
}

if (import.meta.main) {
  const { values } = parseArgs({
    options: { calls: { type: "string", default: "1000" }, lanes: { type: "string", default: "8" } },
  })
  const [calls, lanes] = [Number(values.calls), Number(values.lanes)]
  const { quiet, loud, statuses } = await feelFlood({ calls, lanes, pauseMs: PAUSE_MS })
  const ratio = { p50: loud.p50 / quiet.p50, p99: loud.p99 / quiet.p99 }
  process.stdout.write(`${JSON.stringify({ quiet, loud, ratio, flood: statuses })}\n`)
}
