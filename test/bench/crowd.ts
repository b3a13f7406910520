/** (g) a million waiting messages against a thousand, and (h) the start with a database of that size. */

import {
  closeSync,
  copyFileSync,
  existsSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
} from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { BARE, type Bench, type Pair, startPair } from "./bench.ts"
import { type Figure, type Findings, type Goal, inWords, median } from "./figures.ts"
import { forward } from "./forwards.ts"
import { temporaryFolder, watchOver } from "./leftovers.ts"
import { type Pickup, pickUp } from "./pickups.ts"
import { startServer } from "./server.ts"
import type { Purse } from "./wallet.ts"

const GB = 1e9
const STARTS = 3
const FEW = { mailboxes: 200, each: 5 }
const TEN = 10
/** So few that each has some to send: what is put in at a time is not much. */
const CONNECTIONS = 32

type Crowd = { readonly mailboxes: number; readonly each: number }
/** A prepared database: the DIDs of all its mailboxes, and some of their wallets. */
type Prepared = Disposable & {
  readonly dataDir: string
  readonly dids: readonly string[]
  readonly purses: readonly Purse[]
}

export async function measureCrowd(bench: Bench, wanted: ReadonlySet<string>): Promise<Findings> {
  const { amounts, say } = bench
  const { mailboxes, each } = amounts.crowd
  say(`g, h: ${inWords(mailboxes * each)} messages in ${inWords(mailboxes)} mailboxes (made once, kept in ${place()})`)
  using many = await prepare(amounts.crowd)
  using few = await prepare(FEW)
  const figures: Figure[] = []
  const goals: Goal[] = []
  if (wanted.has("g")) {
    const found = await compare(bench, { few, many, crowd: amounts.crowd })
    figures.push(...found.figures)
    goals.push(...found.goals)
  }
  // Last, because it drops the file's pages from memory.
  if (wanted.has("h")) figures.push(...(await starts(bench, many)))
  return { figures, goals }
}

async function starts({ restante }: Bench, { dataDir }: Prepared): Promise<Figure[]> {
  const file = join(dataDir, "restante.db")
  const size = statSync(file).size
  const runs: number[] = []
  const bare: number[] = []
  for (let at = 0; at < STARTS; at++) {
    forgetPages(file)
    await using server = await startServer(restante, { dataDir })
    runs.push(server.readyMs)
    await using nothing = await startServer(BARE)
    bare.push(nothing.readyMs)
  }
  const what = `cold start until ready, database of ${(size / GB).toFixed(1)} GB`
  return [{ id: "h", what, unit: "ms", runs, limit: median(bare), beside: { bytes: size } }]
}

// GNU dd tells the kernel to drop a file's pages, which needs no rights beyond the file's owner's.
const forgetPages = (file: string) =>
  void Bun.spawnSync(["dd", `of=${file}`, "oflag=nocache", "conv=notrunc,fdatasync", "count=0"])

type Both = { few: Prepared; many: Prepared; crowd: Crowd }

/** Forwards to every mailbox in turn, then pickups; few and many in turn, so that a noisy minute hits both. */
async function compare({ amounts, restante }: Bench, { few, many, crowd }: Both): Promise<Findings> {
  await using small = await startPair(restante, { dataDir: few.dataDir })
  await using large = await startPair(restante, { dataDir: many.dataDir })
  await small.generator.call("adopt", { purses: few.purses })
  await large.generator.call("adopt", { purses: many.purses })
  const wallets = FEW.mailboxes
  const act = async (pair: Pair, { dids }: Prepared, at: number) => {
    // What is put in is as much as is taken out of a small store, so that it stays small.
    const count = wallets * TEN
    const from = ((at + 1) * count) % dids.length
    const to = [...dids.slice(from), ...dids.slice(0, from)]
    const deposited = await forward(pair, { count, connections: CONNECTIONS, to })
    return { deposited, picked: await pickUp(pair, wallets, CONNECTIONS) }
  }
  const times: { small: Act; large: Act }[] = []
  for (let at = -1; at < amounts.runs; at++) {
    const both = { small: await act(small, few, at), large: await act(large, many, at) }
    if (at >= 0) times.push(both)
  }

  const costs = (pick: (act: Act) => number) => times.map(({ small, large }) => pick(large) / pick(small))
  const forwards = costs(({ deposited }) => 1 / deposited.perSecond)
  const pickups = costs(({ picked }) => 1 / picked.perSecond)
  const name = `${inWords(crowd.mailboxes * crowd.each)} waiting against 1,000`
  const cpu = (pick: (act: Act) => number | null) => median(costs((one) => pick(one) ?? Number.NaN))
  const rates = (side: "small" | "large") => ({
    forwards_per_second: median(times.map((one) => one[side].deposited.perSecond)),
    pickups_per_second: median(times.map((one) => one[side].picked.perSecond)),
  })
  return {
    figures: [
      {
        id: "g",
        what: `${name}: time of a forward`,
        unit: "×",
        runs: forwards,
        beside: { cpu: cpu(({ deposited }) => deposited.serverUs), small: rates("small"), large: rates("large") },
      },
      {
        id: "g",
        what: `${name}: time of a pickup of ten`,
        unit: "×",
        runs: pickups,
        beside: {
          cpu: cpu(({ picked }) => picked.serverUs),
          delivery: median(costs(({ picked }) => picked.ask.ms)),
          acknowledgement: median(costs(({ picked }) => picked.ack.ms)),
        },
      },
    ],
    goals: [
      { goal: "(g) a forward costs ≤ 1.5 ×", got: `${median(forwards).toFixed(2)} ×`, met: median(forwards) <= 1.5 },
      { goal: "(g) a pickup costs ≤ 1.5 ×", got: `${median(pickups).toFixed(2)} ×`, met: median(pickups) <= 1.5 },
    ],
  }
}

type Act = { deposited: Awaited<ReturnType<typeof forward>>; picked: Pickup }

const place = () => join(tmpdir(), "restante-bench-cache")

/** A copy of the database for this crowd, which is made when there is none of today's schema. */
async function prepare({ mailboxes, each }: Crowd): Promise<Prepared> {
  const hash = schemaHash()
  forgetOthers(hash)
  const kept = join(place(), `${hash}-${mailboxes}-${each}`)
  if (!existsSync(kept)) {
    using made = temporaryFolder()
    const { path: fresh } = made
    mkdirSync(place(), { recursive: true, mode: 0o700 })
    const child = Bun.spawn(
      [
        process.execPath,
        join(import.meta.dir, "seed.ts"),
        fresh,
        String(mailboxes),
        String(each),
        String(FEW.mailboxes),
      ],
      { stdout: "ignore", stderr: "inherit" },
    )
    watchOver(child)
    if ((await child.exited) !== 0) throw new Error("the database could not be prepared")
    if (!existsSync(kept)) renameSync(fresh, kept)
  }
  const folder = temporaryFolder()
  const { path: dataDir } = folder
  copyFileSync(join(kept, "restante.db"), join(dataDir, "restante.db"))
  settle(join(dataDir, "restante.db"))
  const { dids, purses } = JSON.parse(readFileSync(join(kept, "wallets.json"), "utf8"))
  return { dataDir, dids, purses, [Symbol.dispose]: folder[Symbol.dispose] }
}

// A copy that is still on its way to the disk would make every fsync of the measurement wait.
function settle(file: string): void {
  const open = openSync(file, "r+")
  fsyncSync(open)
  closeSync(open)
}

/** Makes room: databases of another schema are of no use any more. */
function forgetOthers(hash: string): void {
  if (!existsSync(place())) return
  const old = readdirSync(place()).filter((name) => !name.startsWith(hash))
  for (const name of old) rmSync(join(place(), name), { recursive: true })
}

function schemaHash(): string {
  const root = join(import.meta.dir, "../..")
  const hash = new Bun.CryptoHasher("sha256")
  const schema = [...new Bun.Glob("src/store/sqlite/**/*.sql").scanSync(root)].sort()
  for (const file of [...schema, "src/store/sqlite/open.ts", "test/bench/seed.ts", "test/bench/wallet.ts"]) {
    hash.update(readFileSync(join(root, file)))
  }
  return hash.digest("hex").slice(0, 12)
}
