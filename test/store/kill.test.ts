import { expect, test } from "bun:test"
import { systemClock } from "../../src/base/clock.ts"
import { systemRandom } from "../../src/base/random.ts"
import { openStore } from "../../src/store/store.ts"
import { listeningLog } from "../contract/world.ts"
import { folder } from "./places.ts"

/** Lets a process work on the store until it has told enough, kills it, and returns the whole lines it told. */
async function killed(dataDir: string, round: number, lines: number): Promise<string[]> {
  const child = Bun.spawn([process.execPath, `${import.meta.dir}/depositor.ts`, dataDir, `${round}`], {
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

async function waitingIn(dataDir: string): Promise<string[]> {
  const log = listeningLog()
  await using store = await openStore("sqlite:restante.db", {
    dataDir,
    clock: systemClock,
    random: systemRandom,
    log,
    writer: "worker",
  })
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
    for (const line of await killed(where.path, round, 300 + 400 * round)) {
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
