/**
 * `bun test/reliability/corrupt.ts [--flips N] [--starts N] [--seed N] [--json FILE]`: damages a database in one random place, over and over, and
 * looks what the store makes of it: what is intact may be served, and what is not must be refused by name.
 */

import { Database } from "bun:sqlite"
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { parseArgs } from "node:util"
import { Fault } from "../../src/faults.ts"
import { openStore, type Store } from "../../src/store/store.ts"
import { audit, fakeClock, HOUR, letter, listeningLog, ROOMY, START, seededRandom } from "../contract/world.ts"
import { seed as anySeed, chance } from "./chance.ts"
import { spawn } from "./process.ts"

const PEOPLE = 5
const LETTERS = 60
/** How long a damaged database may take to start or to be refused, ms. */
const PATIENCE = 30_000

type World = {
  readonly folder: string
  readonly content: ReadonlyMap<string, string>
  readonly mailboxes: readonly number[]
}

/** What became of a damaged database. */
export const outcomes = ["intact", "in part", "refused", "wrong", "astray"] as const
type Outcome = (typeof outcomes)[number]
export type Tally = Record<Outcome, number> & { readonly faults: string[] }

const didOf = (n: number) => `did:example:${n}`
const open = (dataDir: string): Promise<Store> =>
  openStore("sqlite:restante.db", {
    dataDir,
    clock: fakeClock(),
    random: seededRandom(1),
    log: listeningLog(),
    writer: "in-place",
  })

/** A database with some people and their mail. */
async function make(folder: string): Promise<World> {
  mkdirSync(folder)
  await using store = await open(folder)
  const mailboxes: number[] = []
  for (let n = 0; n < PEOPLE; n++) {
    const { id: mailbox } = await store.ask({ did: didOf(n), lane: "didcomm", state: "approved", audit })
    mailboxes.push(mailbox)
    await store.bind({ mailbox, lane: "didcomm", did: didOf(n), aliases: [], maxAddresses: 1 })
    const address = await store.locate("didcomm", [didOf(n)])
    if (!address) throw new Error("not bound")
    for (let at = 0; at < LETTERS; at++) {
      const text = `${n}.${at}`
      const messages = [letter({ text, content: `${text} ${"x".repeat((at * 97) % 3_000)}`, expiresAt: START + HOUR })]
      await store.deposit({ address, messages, quota: { ...ROOMY, bytes: 1e9 } })
    }
  }
  const content = new Map<string, string>()
  for (const mailbox of mailboxes) for (const one of await all(store, mailbox)) content.set(one.id, one.content)
  return { folder, content, mailboxes }
}

const all = (store: Store, mailbox: number) =>
  store.peek({ mailbox, lane: "didcomm", address: null, after: 0, limit: 1_000, bytes: 1e9 })

/** One bit, one byte, eight bytes or a sector, anywhere. */
function damage(bytes: Buffer, random: () => number): void {
  const at = Math.floor(random() * bytes.length)
  const how = random()
  if (how < 0.4) bytes[at] = (bytes[at] ?? 0) ^ (1 << Math.floor(random() * 8))
  else if (how < 0.7) bytes[at] = Math.floor(random() * 256)
  else if (how < 0.9) for (let n = at; n < Math.min(at + 8, bytes.length); n++) bytes[n] = Math.floor(random() * 256)
  else bytes.fill(0, at - (at % 512), at - (at % 512) + 512)
}

/** Reads and changes everything that it can. */
async function use(store: Store, { content, mailboxes }: World): Promise<Outcome> {
  let missing = content.size
  let refused = 0
  const attempt = async <T>(act: () => Promise<T>): Promise<T | null> => {
    try {
      return await act()
    } catch (thrown) {
      if (!(thrown instanceof Fault) || thrown.code === "internal") throw thrown
      refused++
      return null
    }
  }
  for (const [n, mailbox] of mailboxes.entries()) {
    for (const message of (await attempt(() => all(store, mailbox))) ?? []) {
      const expected = content.get(message.id)
      // An id that was damaged is not one that anybody can act on; content that is not what was sent is.
      if (
        expected === undefined
          ? [...content.values()].every((one) => one !== message.content)
          : expected !== message.content
      )
        return "wrong"
      missing--
    }
    await attempt(() => store.findRegistration(didOf(n)))
    const address = await attempt(() => store.locate("didcomm", [didOf(n)]))
    if (address) {
      const messages = [letter({ text: "new", expiresAt: START + HOUR })]
      await attempt(() => store.deposit({ address, messages, quota: { ...ROOMY, bytes: 1e9 } }))
    }
    await attempt(() => store.acknowledge({ mailbox, lane: "didcomm", ids: [...content.keys()].slice(0, 5) }))
  }
  await attempt(() => store.expire(100))
  await attempt(() => store.measure())
  return missing === 0 && refused === 0 ? "intact" : "in part"
}

async function judge(dataDir: string, world: World): Promise<Outcome> {
  let store: Store
  try {
    store = await open(dataDir)
  } catch (thrown) {
    if (thrown instanceof Fault && thrown.row.exit === 65) return "refused"
    throw thrown
  }
  try {
    return await use(store, world)
  } finally {
    // The end may meet the damage too, and then leaves the log as it is.
    await Promise.allSettled([store[Symbol.asyncDispose]()])
  }
}

/** Damages a database `flips` times, each time the good one. `faults`: what must not be. */
export async function corrupt({ flips, seed }: { flips: number; seed: number }): Promise<Tally> {
  const random = chance(seed)
  const root = mkdtempSync(join(tmpdir(), "restante-corrupt-"))
  using _root = { [Symbol.dispose]: () => rmSync(root, { recursive: true, force: true }) }
  const world = await make(join(root, "good"))
  const good = readFileSync(join(world.folder, "restante.db"))
  const tally: Tally = { intact: 0, "in part": 0, refused: 0, wrong: 0, astray: 0, faults: [] }
  const dataDir = join(root, "bad")
  for (let flip = 0; flip < flips; flip++) {
    mkdirSync(dataDir)
    const bytes = Buffer.from(good)
    damage(bytes, random)
    writeFileSync(join(dataDir, "restante.db"), bytes)
    const outcome = await judge(dataDir, world).catch((thrown: unknown) => {
      tally.faults.push(`flip ${flip}: ${thrown}`)
      return "astray" as const
    })
    if (outcome === "wrong") tally.faults.push(`flip ${flip}: wrong content was served`)
    tally[outcome]++
    rmSync(dataDir, { recursive: true })
  }
  return tally
}

/** The same with the executable: each start must serve, or end with 65 and a sentence. */
export async function corruptStarts({ starts, seed }: { starts: number; seed: number }) {
  const random = chance(seed)
  const root = mkdtempSync(join(tmpdir(), "restante-corrupt-"))
  using _root = { [Symbol.dispose]: () => rmSync(root, { recursive: true, force: true }) }
  const { folder } = await make(join(root, "good"))
  const path = join(folder, "restante.db")
  copyFileSync(path, join(root, "copy"))
  const tally = { served: 0, refused: 0, faults: [] as string[] }
  for (let start = 0; start < starts; start++) {
    const bytes = readFileSync(join(root, "copy"))
    // Half of the damage lies where a start looks.
    damage(start % 2 === 0 ? bytes : bytes.subarray(0, 4 * 8192), random)
    for (const rest of ["-wal", "-shm"]) rmSync(path + rest, { force: true })
    writeFileSync(path, bytes)
    const { child, exited, stderr } = spawn({ dataDir: folder, flags: ["--storage-ballast", "0"] })
    const began = performance.now()
    while (child.exitCode === null && !stderr().includes("mediator.started") && performance.now() - began < PATIENCE)
      await Bun.sleep(10)
    const isServing = child.exitCode === null && stderr().includes("mediator.started")
    child.kill()
    const code = await exited
    if (isServing && code === 0) tally.served++
    else if (code === 65 && /^\[error\] [A-Z].+\./m.test(stderr())) tally.refused++
    else tally.faults.push(`start ${start}: ended with ${code}: ${stderr().slice(0, 500)}`)
  }
  return tally
}

if (import.meta.main) {
  const { values } = parseArgs({
    options: {
      flips: { type: "string", default: "2000" },
      starts: { type: "string", default: "100" },
      seed: { type: "string", default: String(anySeed) },
      json: { type: "string" },
    },
  })
  const [flips, starts, seed] = [Number(values.flips), Number(values.starts), Number(values.seed)]
  const store = await corrupt({ flips, seed })
  const program = await corruptStarts({ starts, seed })
  const figures = { seed, sqlite: versionOfSqlite(), store, program }
  process.stdout.write(`${JSON.stringify(figures, null, 2)}\n`)
  if (values.json !== undefined) writeFileSync(values.json, `${JSON.stringify(figures, null, 2)}\n`)
  process.exit(store.faults.length + program.faults.length > 0 ? 1 : 0)
}

function versionOfSqlite(): unknown {
  using db = new Database(":memory:")
  return db.query<{ version: string }, []>("SELECT sqlite_version() AS version").get()?.version
}
