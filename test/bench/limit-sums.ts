/** The limits: primitives measured in the same run, added up as each path needs them. */

import { join } from "node:path"
import { BARE, type Bench, run, startPair } from "./bench.ts"
import type { Goal } from "./figures.ts"
import { watchOver } from "./leftovers.ts"
import type { Limits, Sizes } from "./limits.ts"

/** µs of CPU that one message cannot avoid. */
export type Sums = {
  readonly forward: number
  /** A delivery of ten and its acknowledgement. */
  readonly pickup: number
  /** A Decentrl letter, without its push. */
  readonly letter: number
  readonly primitives: Limits & { readonly http: number; readonly httpDelivery: number }
}

// What an envelope of the bench's forward and delivery holds, bytes.
const SIZES = { plaintext: 2_000, letter: 1_530, delivery: 21_500 }
const REQUEST = 3_500
const REPLY = 30_000

export async function measureLimits({ say, amounts }: Bench, batch: number): Promise<Sums> {
  say("limits: each primitive by itself")
  const sizes: Sizes = { ...SIZES, batch: Math.max(1, Math.round(batch)) }
  const child = Bun.spawn([process.execPath, join(import.meta.dir, "limits.ts"), JSON.stringify(sizes)], {
    stderr: "inherit",
  })
  watchOver(child)
  const limits: Limits = JSON.parse(await new Response(child.stdout).text())
  const http = await exchange("/", { count: amounts.forwards, connections: amounts.connections, bytes: REQUEST })
  const httpDelivery = await exchange(`/?answer=${REPLY}`, { count: 3_000, connections: 32, bytes: 1_200 })
  const { agree, mintKey, kdf, unwrap, open, openSmall, sealSmall, sealDelivery, insert, readTen, deleteTen } = limits
  const { verify } = limits
  const asked = agree + kdf + unwrap + openSmall
  // To wrap a key costs what it costs to unwrap it.
  const answered = mintKey + agree + kdf + unwrap
  return {
    forward: agree + kdf + unwrap + open + insert + http,
    pickup:
      asked + readTen + answered + sealDelivery + httpDelivery + (asked + deleteTen + answered + sealSmall + http),
    letter: verify + insert + http,
    primitives: { ...limits, http, httpDelivery },
  }
}

/** µs of the server's CPU for one HTTP exchange with a server that does nothing. */
async function exchange(path: string, given: { count: number; connections: number; bytes: number }): Promise<number> {
  await using bare = await startPair(BARE)
  const expected = path === "/" ? 202 : 200
  let last = 0
  for (let time = 0; time < 2; time++) {
    await bare.generator.call("plain", { url: bare.server.url + path, ...given })
    last = (await run(bare, { expected })).serverUs ?? Number.NaN
  }
  return last
}

/** Messages a second that one core could do if `us` of CPU were all that each costs. */
export const perSecond = (us: number): number => 1e6 / us

type Measured = {
  readonly rate: number
  readonly sum: number
  readonly serverUs: number
  readonly generatorUs: number
  readonly cores: number
}

/** Whether `least` percent of the limit were reached; and what all cores could do beside the generator, for comparison. */
export function limitGoal({ id, least }: { id: string; least: number }, measured: Measured): Goal {
  const { rate, sum, serverUs, generatorUs, cores } = measured
  const percent = (part: number) => `${Math.round(part * 100)} %`
  const reached = rate / perSecond(sum)
  const ofAll = (rate * (sum + generatorUs)) / (cores * 1e6)
  const aside = `${percent(ofAll)} of what ${cores} cores could beside the generator; ${percent(sum / serverUs)} of its CPU is unavoidable`
  return {
    goal: `(${id}) ≥ ${least} % of what one core could`,
    got: `${percent(reached)} (${aside})`,
    met: reached >= least / 100,
  }
}
