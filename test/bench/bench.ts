/** What every measurement of the bench shares: how much to do, the programs, and the clock that ends it all. */

import { availableParallelism } from "node:os"
import { type Generator, startGenerator } from "./generator.ts"
import type { Driven } from "./lane.ts"
import type { Circumstances, Program, Server } from "./server.ts"
import { startServer } from "./server.ts"

export type Bench = {
  readonly amounts: Amounts
  readonly restante: Program
  readonly cores: number
  /** Tells people what is going on. */
  readonly say: (line: string) => void
}

export type Amounts = Readonly<typeof FULL>

/** Of everything: how often, and how many. */
export const FULL = {
  runs: 5,
  forwards: 10_000,
  peerForwards: 2_000,
  wallets: 300,
  connections: 256,
  pushes: 600,
  idleSockets: 5_000,
  crowd: { mailboxes: 10_000, each: 100 },
  fsyncMs: [1, 5, 20] as readonly number[],
  /** How long each slow disk is under load. */
  slowSeconds: 4,
  /** How long a process is left in peace before its memory is read. */
  settleMs: 3_000,
}

export const QUICK: Amounts = {
  runs: 3,
  forwards: 3_000,
  peerForwards: 600,
  wallets: 120,
  connections: 256,
  pushes: 200,
  idleSockets: 2_000,
  crowd: { mailboxes: 1_000, each: 50 },
  fsyncMs: [5],
  slowSeconds: 2,
  settleMs: 1_500,
}

export const PEER: Program = { kind: "script", file: "wasm-peer.ts" }
export const BARE: Program = { kind: "script", file: "bare.ts" }
export const CORES = availableParallelism()

export type Pair = AsyncDisposable & { readonly server: Server; readonly generator: Generator }

/** A server and a generator, which has met it unless there is nobody to meet. */
export async function startPair(
  program: Program,
  given: Circumstances & { generatorCpus?: string } = {},
): Promise<Pair> {
  const server = await startServer(program, given)
  const generator = startGenerator(given.generatorCpus ?? null)
  const end = async () => {
    generator[Symbol.dispose]()
    await server[Symbol.asyncDispose]()
  }
  try {
    if (program !== BARE) await generator.call("meet", { url: server.url })
  } catch (thrown) {
    await end()
    throw thrown
  }
  return { server, generator, [Symbol.asyncDispose]: end }
}

/** A generator, and the server that it loads as far as it can be weighed. */
export type Load = { readonly server: Pick<Server, "usage">; readonly generator: Generator }

export type Run = Omit<Driven, "answers"> & {
  readonly perSecond: number
  /** Per request: CPU of the server, of its event loop, and of the generator; null where the system does not say. */
  readonly serverUs: number | null
  readonly mainUs: number | null
  readonly generatorUs: number
}

/** Sends what the generator has prepared, and weighs the server meanwhile. Throws when an answer is not `expected`. */
export const run = (
  { server, generator }: Load,
  { expected, keep = false }: { expected: Expected; keep?: boolean },
): Promise<Run> => weighed(server, expected, () => generator.call("go", { keep }))

type Expected = number | "2xx"

/** What `act` cost the server, for each of its requests. */
export async function weighed(
  server: Pick<Server, "usage">,
  expected: Expected,
  act: () => Promise<Omit<Driven, "answers">>,
): Promise<Run> {
  const before = server.usage()
  const driven = await act()
  const after = server.usage()
  const isExpected = (status: string) => (expected === "2xx" ? status.startsWith("2") : status === String(expected))
  const count = Object.values(driven.statuses).reduce((sum, times) => sum + times, 0)
  if (count === 0 || !Object.keys(driven.statuses).every(isExpected)) {
    throw new Error(`HTTP ${expected} was expected, these came: ${JSON.stringify(driven.statuses)}`)
  }
  return {
    ...driven,
    perSecond: (count * 1000) / driven.ms,
    serverUs: before && after && (after.totalUs - before.totalUs) / count,
    mainUs: before && after && (after.mainUs - before.mainUs) / count,
    generatorUs: driven.cpuUs / count,
  }
}

/** So often something is done before it counts: a server that has run for a while is compiled, and a fresh one is not. */
const WARM_UPS = 4

/** `act` some times, after some times only to warm up. */
export async function repeat<T>(times: number, act: (at: number) => Promise<T>, warmUps = WARM_UPS): Promise<T[]> {
  for (let at = -warmUps; at < 0; at++) await act(at)
  const results: T[] = []
  for (let at = 0; at < times; at++) results.push(await act(at))
  return results
}
