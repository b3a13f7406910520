/**
 * `bun run powerloss [--letters N] [--every N] [--torn N] [--seed N] [--json FILE]`: records what the executable does to its
 * files during a run, then makes the files that a power cut would have left after each step, opens them, and looks whether
 * all that had been promised by then is there.
 */

import { Database } from "bun:sqlite"
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { parseArgs } from "node:util"
import { openStore } from "../../src/store/store.ts"
import { fakeClock, listeningLog, seededRandom } from "../contract/world.ts"
import { pickup3 } from "../kit/mediator.ts"
import { encrypted } from "../kit/resident.ts"
import { dial, head } from "../transport/raw.ts"
import { seed as anySeed, chance } from "./chance.ts"
import { type Event, makeDisk } from "./disk.ts"
import { type Delivered, fetchSome, letter, resident } from "./people.ts"
import { launch } from "./process.ts"

const LANES = 4
const SECTOR = 512
/** In memory: what is looked at here needs no disk, and thousands of syncs would wait for it. */
const PLACE = existsSync("/dev/shm") ? "/dev/shm" : tmpdir()

/** What was promised with the answer to the client at a port: a letter is kept, or letters are gone. */
type Promised = { readonly kept: string } | { readonly gone: readonly string[] }
export type Recording = {
  readonly events: readonly Event[]
  readonly promises: ReadonlyMap<number, Promised>
  /** Whose mailboxes to look into. */
  readonly dids: readonly string[]
  /** Letters that somebody asked to be deleted. */
  readonly asked: ReadonlySet<string>
}

/** Each request has a connection of its own: its port tells later which answer was whose. */
async function postAlone(url: string, body: string): Promise<number> {
  using wire = await dial(url)
  const length = `Content-Length: ${Buffer.byteLength(body)}`
  wire.send(head("POST / HTTP/1.1", `Content-Type: ${encrypted}`, length, "Connection: close") + body)
  const port = wire.socket.localPort ?? 0
  const answer = await wire.ended()
  if (!/^HTTP\/1\.1 20[02] /.test(answer)) throw new Error(`answered with ${answer.slice(0, 40)}`)
  return port
}

/** Two people get `letters` letters; one of them acknowledges, ten at a time. */
export async function record(letters: number): Promise<Recording> {
  using disk = makeDisk()
  const promises = new Map<number, Promised>()
  const asked = new Set<string>()
  // A small ballast keeps the log small, so that it is emptied into the database many times.
  const flags = ["--storage-ballast", "1MiB", "--log-level", "error"]
  await using mediator = await launch({ env: disk.env({ recorded: true }), flags })
  const [tidy, patient] = [await resident(mediator), await resident(mediator)]
  let next = 0
  const lane = async () => {
    while (next < letters) {
      const n = next++
      const to = n % 2 === 0 ? tidy : patient
      const { id, bytes } = await letter(mediator, to.did, `letter ${n}`, (n * 37) % 3000)
      promises.set(await postAlone(mediator.url, bytes), { kept: id })
    }
  }
  const taking = async () => {
    while (next < letters) {
      const some = await fetchSome(mediator, tidy, 10)
      for (const one of some) asked.add(one.letter)
      const body = { message_id_list: some.map(({ id }) => id) }
      const draft = { type: `${pickup3}/messages-received`, body, return_route: "all" }
      const sealed = await tidy.auth(tidy.plaintext(draft, mediator.did), mediator.did)
      promises.set(await postAlone(mediator.url, sealed), { gone: some.map((one) => one.letter) })
    }
  }
  await Promise.all([...Array.from({ length: LANES }, lane), taking()])
  mediator.kill("SIGKILL")
  await mediator.exited
  return { events: disk.events(), promises, asked, dids: [tidy.did, patient.did] }
}

type Change = Extract<Event, { kind: "write" | "truncate" }>
/** `isGone`: deleted, but not for good while its folder was not synced. */
type File = { synced: Buffer; pending: Change[]; beginning: number; isGone: boolean }
type Survivors = {
  readonly of: (changes: readonly Change[]) => readonly Change[]
  readonly deletions: () => boolean
}

function changed(content: Buffer, change: Change): Buffer {
  if (change.kind === "truncate") {
    return change.size <= content.length
      ? content.subarray(0, change.size)
      : Buffer.concat([content, Buffer.alloc(change.size - content.length)])
  }
  const end = change.offset + change.bytes.length
  const room =
    end <= content.length ? Buffer.from(content) : Buffer.concat([content, Buffer.alloc(end - content.length)])
  change.bytes.copy(room, change.offset)
  return room
}

/** A subset of what was not synced: of each change all, nothing, or some of its sectors. */
const torn = (random: () => number) => (changes: readonly Change[]) =>
  changes.flatMap((change): Change[] => {
    const fate = random()
    if (fate < 0.35) return []
    if (fate < 0.7 || change.kind === "truncate") return [change]
    const sectors: Change[] = []
    for (let at = 0; at < change.bytes.length; at += SECTOR) {
      const bytes = change.bytes.subarray(at, at + SECTOR)
      if (random() < 0.5) sectors.push({ ...change, offset: change.offset + at, bytes })
    }
    return sectors
  })

export type Found = { images: number; readonly faults: string[] }
type How = { readonly every: number; readonly torn: number; readonly seed: number }

/**
 * Cuts the power after every `every`th event and after every answer: once with all that was written, once with only what was
 * synced, and `torn` times with some of the rest. What is wrong with the files then.
 */
export async function replay({ events, ...recording }: Recording, { every, torn: times, seed }: How): Promise<Found> {
  const random = chance(seed)
  const tear = torn(random)
  const files = new Map<string, File>()
  const held = new Set<string>()
  const gone = new Set<string>()
  const found: Found = { images: 0, faults: [] }

  const cut = async (at: number, survive: Survivors) => {
    const left = [...files].filter(([, { isGone }]) => !isGone || !survive.deletions())
    const image = new Map(left.map(([name, file]) => [name, survive.of(file.pending).reduce(changed, file.synced)]))
    const faults = await examine(image, recording.dids, { held, gone })
    found.images++
    found.faults.push(...faults.map((fault) => `after event ${at}: ${fault}`))
  }
  for (const [at, event] of events.entries()) {
    if (event.kind === "answer") keepBooks(event)
    else advance(files, event)
    if (event.kind !== "answer" && at % every !== 0) continue
    await cut(at, { of: () => [], deletions: () => false })
    await cut(at, { of: (changes) => changes, deletions: () => true })
    for (let n = 0; n < times; n++) await cut(at, { of: tear, deletions: () => random() < 0.5 })
  }
  return found

  function keepBooks({ port, status }: Extract<Event, { kind: "answer" }>): void {
    const promise = recording.promises.get(port)
    if (promise && "kept" in promise && status === 202 && !recording.asked.has(promise.kept)) held.add(promise.kept)
    if (promise && "gone" in promise && status === 200) for (const id of promise.gone) gone.add(id)
  }
}

function advance(files: Map<string, File>, event: Exclude<Event, { kind: "answer" }>): void {
  if (event.kind === "folder sync") {
    for (const [name, { isGone }] of files) if (isGone) files.delete(name)
    return
  }
  const known = files.get(event.file)
  const file = known && !known.isGone ? known : { synced: Buffer.alloc(0), pending: [], beginning: 0, isGone: false }
  files.set(event.file, file)
  if (event.kind === "write" || event.kind === "truncate") file.pending.push(event)
  if (event.kind === "unlink") file.isGone = true
  if (event.kind === "sync begins") file.beginning = file.pending.length
  if (event.kind === "sync ends") file.synced = file.pending.splice(0, file.beginning).reduce(changed, file.synced)
}

type Books = { readonly held: ReadonlySet<string>; readonly gone: ReadonlySet<string> }

/** Opens the files as a start would, and holds what is there against the books. */
async function examine(image: ReadonlyMap<string, Buffer>, dids: readonly string[], books: Books): Promise<string[]> {
  const dataDir = mkdtempSync(join(PLACE, "restante-cut-"))
  using _folder = { [Symbol.dispose]: () => rmSync(dataDir, { recursive: true, force: true }) }
  for (const [name, bytes] of image) writeFileSync(join(dataDir, name), bytes)
  try {
    const there = (await lettersIn(dataDir, dids)).map((one) => one.letter)
    const known = new Set(there)
    const db = new Database(join(dataDir, "restante.db"), { readonly: true })
    const verdict = Object.values(db.query("PRAGMA integrity_check").get() as object)[0]
    db.close()
    return [
      ...(verdict === "ok" ? [] : [`integrity_check says ${verdict}`]),
      ...(known.size === there.length ? [] : ["a letter is doubled"]),
      ...[...books.held].filter((id) => !known.has(id)).map((id) => `${id} is lost`),
      ...[...books.gone].filter((id) => known.has(id)).map((id) => `${id} came back`),
    ]
  } catch (thrown) {
    return [`it does not start: ${thrown}`]
  }
}

async function lettersIn(dataDir: string, dids: readonly string[]): Promise<Delivered[]> {
  const given = { dataDir, clock: fakeClock(), random: seededRandom(1), log: listeningLog() }
  await using store = await openStore("sqlite:restante.db", { ...given, writer: "in-place" })
  const all: Delivered[] = []
  for (const did of dids) {
    const mailbox = (await store.findRegistration(did))?.id
    if (mailbox === undefined) continue
    const query = { mailbox, lane: "didcomm", address: null, after: 0, limit: 100_000, bytes: 1e9 } as const
    for (const { id, content } of await store.peek(query)) all.push({ id, letter: JSON.parse(content).ciphertext })
  }
  return all
}

if (import.meta.main) {
  const { values } = parseArgs({
    options: {
      letters: { type: "string", default: "200" },
      every: { type: "string", default: "1" },
      torn: { type: "string", default: "2" },
      seed: { type: "string", default: String(anySeed) },
      json: { type: "string" },
    },
  })
  const [letters, every, times, seed] = [values.letters, values.every, values.torn, values.seed].map(Number) as [
    number,
    number,
    number,
    number,
  ]
  const recording = await record(letters)
  const start = performance.now()
  const { images, faults } = await replay(recording, { every, torn: times, seed })
  const seconds = Math.round((performance.now() - start) / 1000)
  const { events, promises } = recording
  const figures = {
    seed,
    letters,
    events: events.length,
    promises: promises.size,
    images,
    faults: faults.length,
    seconds,
  }
  process.stdout.write(`${JSON.stringify(figures)}\n${faults.slice(0, 20).join("\n")}\n`)
  if (values.json !== undefined) writeFileSync(values.json, `${JSON.stringify(figures, null, 2)}\n`)
  process.exit(faults.length > 0 ? 1 : 0)
}
