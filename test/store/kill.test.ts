import { Database } from "bun:sqlite"
import { expect, test } from "bun:test"
import { systemClock } from "../../src/base/clock.ts"
import { systemRandom } from "../../src/base/random.ts"
import { openStore } from "../../src/store/store.ts"
import { listeningLog, ROOMY } from "../contract/world.ts"
import { folder } from "./places.ts"

/** Lets a process work on the store until it has told enough, kills it, and returns the whole lines it told. */
async function killed(script: string, dataDir: string, round: number, lines: number): Promise<string[]> {
  const child = Bun.spawn([process.execPath, `${import.meta.dir}/${script}`, dataDir, `${round}`], {
    stdout: "pipe",
  })
  const decoder = new TextDecoder()
  let told = ""
  for await (const bytes of child.stdout) {
    told += decoder.decode(bytes, { stream: true })
    if (told.split("\n").length > lines) child.kill("SIGKILL")
  }
  await child.exited
  expect(child.signalCode).toBe("SIGKILL")
  return told.split("\n").slice(0, -1)
}

const open = (dataDir: string) =>
  openStore("sqlite:restante.db", {
    dataDir,
    clock: systemClock,
    random: systemRandom,
    log: listeningLog(),
    writer: "worker",
  })

async function waitingIn(dataDir: string): Promise<string[]> {
  await using store = await open(dataDir)
  const bob = await store.findRegistration("did:example:bob")
  const query = { mailbox: bob?.id ?? 0, lane: "didcomm", address: null, after: 0, limit: 1e6, bytes: 1e12 } as const
  const messages = await store.peek(query)
  expect(await store.standing(query)).toMatchObject({ messages: messages.length })
  return messages.map(({ content }) => content.split(" ")[0] ?? "")
}

test("killed under load, again and again, nothing accepted is lost or doubled and nothing taken comes back", async () => {
  await using where = await folder()
  const said = { kept: new Set<string>(), taking: new Set<string>(), taken: new Set<string>() }
  for (let round = 0; round < 4; round++) {
    for (const line of await killed("depositor.ts", where.path, round, 300 + 400 * round)) {
      const [what = "", text = ""] = line.split(" ")
      said[what as keyof typeof said].add(text)
    }
    const waiting = await waitingIn(where.path)
    const there = new Set(waiting)
    expect(waiting.length).toBe(there.size)
    expect([...said.kept].filter((text) => !there.has(text) && !said.taking.has(text))).toEqual([])
    expect([...said.taken].filter((text) => there.has(text))).toEqual([])
  }
  expect(said.kept.size).toBeGreaterThan(1000)
  expect(said.taken.size).toBeGreaterThan(100)
}, 60_000)

/** What the store knows after a kill: which events are kept, and which facts are noted. */
async function knownIn(dataDir: string, tried: readonly string[]) {
  await using store = await open(dataDir)
  const { id: mailbox = 0 } = (await store.findRegistration("did:example:bob")) ?? {}
  const page = { mailbox, tags: [], match: "all", after: 0, limit: 1e6, bytes: 1e12 } as const
  const { items } = await store.queryEvents(page)
  const until = systemClock.now() + 3_600_000
  const isFree = await Promise.all(tried.map((key) => store.reserve("nonce", key, until)))
  const noted = tried.filter((_, n) => !isFree[n])
  const again = (key: string) => {
    const events = [{ id: `again ${key}`, payload: "", tags: [] }]
    return store.once({ kind: "nonce", key, until }).saveEvents({ mailbox, events, quota: ROOMY })
  }
  const replayed = await Promise.allSettled(noted.map(again))
  const refusal = expect.objectContaining({ reason: expect.objectContaining({ code: "command.replayed" }) })
  expect(replayed).toEqual(noted.map(() => refusal))
  return { kept: items.map(({ id }) => id), noted }
}

test("killed in the middle of acts that happen once, again and again, every fact has its effect and every effect its fact", async () => {
  await using where = await folder()
  const kept = new Set<string>()
  for (let round = 0; round < 4; round++) {
    const lines = await killed("commander.ts", where.path, round, 400 + 300 * round)
    const said = (word: string) => lines.filter((line) => line.startsWith(word)).map((line) => line.split(" ")[1] ?? "")
    const [tried, done] = [said("trying"), said("done")]
    const known = await knownIn(where.path, tried)
    const fresh = known.kept.filter((id) => !kept.has(id))
    expect(fresh.toSorted()).toEqual(known.noted.toSorted())
    expect(known.kept.length).toBe(kept.size + fresh.length)
    expect(done.filter((id) => !fresh.includes(id))).toEqual([])
    for (const id of fresh) kept.add(id)
  }
  expect(kept.size).toBeGreaterThan(500)
  using db = new Database(where.file, { readonly: true })
  const held = db.query("SELECT messages, bytes FROM mailbox").all()
  const counted = db.query("SELECT count(*) AS messages, sum(size) AS bytes FROM event").all()
  expect(held).toEqual(counted)
}, 60_000)
