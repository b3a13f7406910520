import { expect, test } from "bun:test"
import { appendFileSync, existsSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { executable } from "../kit/executable.ts"
import { bareSocket, closeCode } from "../transport/frames.ts"
import { dial, head } from "../transport/raw.ts"
import { isAccepted, letter, post, resident, takeAll } from "./people.ts"

/** The end of the process, wished for or not, and the beginning after it. */

/** Sends letters until the mediator has gone, and counts how each was answered. */
async function sendUntilGone(url: string, next: () => Promise<{ id: string; bytes: string }>, accepted: string[]) {
  const statuses: number[] = []
  for (;;) {
    const { id, bytes } = await next()
    const response = await post(url, bytes).catch(() => null)
    const text = await response?.text().catch(() => null)
    if (!response || text === null || text === undefined) return statuses
    statuses.push(response.status)
    if (response.ok && text === "") accepted.push(id)
  }
}

test("SIGTERM under load: sockets are told 1012, nobody is refused, all that was accepted is kept, code 0 within 10 s", async () => {
  await using mediator = await executable()
  const bob = await resident(mediator)
  const accepted: string[] = []
  let n = 0
  const next = () => letter(mediator, bob.did, `${n++}`, 1_000)
  const sockets = await Promise.all(Array.from({ length: 50 }, () => bareSocket(mediator.url)))
  const idle = await Promise.all(Array.from({ length: 50 }, () => dial(mediator.url)))
  const slow = await dial(mediator.url)
  slow.send(`${head("POST / HTTP/1.1", "Content-Type: application/didcomm-encrypted+json", "Content-Length: 100")}{`)
  const senders = Array.from({ length: 16 }, () => sendUntilGone(mediator.url, next, accepted))
  await Bun.sleep(300)

  const start = performance.now()
  const codes = Promise.all(sockets.map((wire) => closeCode(wire, 10_000)))
  expect(await mediator.stop()).toBe(0)
  expect(performance.now() - start).toBeLessThan(10_000)
  expect(new Set(await codes)).toEqual(new Set([1012]))
  for (const wire of [...sockets, ...idle, slow]) wire[Symbol.dispose]()
  const statuses = (await Promise.all(senders)).flat()
  expect(accepted.length).toBeGreaterThan(50)

  await mediator.restart()
  const kept = (await takeAll(mediator, bob)).map(({ letter }) => letter)
  expect(accepted.filter((id) => !kept.includes(id))).toEqual([])
  expect(new Set(kept).size).toBe(kept.length)
  // Requests under way end before the store does: whoever is answered at all is answered as always.
  expect(new Set(statuses)).toEqual(new Set([202]))
}, 40_000)

test("many sockets are told 1012 one after the other, none is forgotten, and a request under way is answered", async () => {
  await using mediator = await executable()
  const sockets = await Promise.all(Array.from({ length: 240 }, () => bareSocket(mediator.url)))
  const slow = await dial(mediator.url)
  slow.send(`${head("POST / HTTP/1.1", "Content-Type: application/didcomm-encrypted+json", "Content-Length: 2")}{`)
  await Bun.sleep(100)

  const times: number[] = []
  const start = performance.now()
  const told = sockets.map(async (wire) => {
    const code = await closeCode(wire, 10_000)
    times.push(performance.now() - start)
    return code
  })
  const stopped = mediator.stop()
  await Bun.sleep(200)
  slow.send("}")
  expect(new Set(await Promise.all(told))).toEqual(new Set([1012]))
  expect(await slow.until(/^HTTP\/1\.1 \d+/)).toContain("400")
  expect(await stopped).toBe(0)
  expect(performance.now() - start).toBeLessThan(10_000)
  for (const wire of [...sockets, slow]) wire[Symbol.dispose]()
  // However slow this machine is, the last is not told with the first.
  expect((times.at(-1) ?? 0) - (times[0] ?? 0)).toBeGreaterThan(1_000)
}, 40_000)

test("after SIGTERM the database is one file, with nothing left in its log; the ballast stays", async () => {
  await using mediator = await executable()
  const bob = await resident(mediator)
  await isAccepted(mediator.url, (await letter(mediator, bob.did, "one")).bytes)
  expect(existsSync(join(mediator.dataDir, "restante.db-wal"))).toBe(true)
  expect(await mediator.stop()).toBe(0)
  const files = [...new Bun.Glob("*").scanSync({ cwd: mediator.dataDir })].sort()
  expect(files).toEqual([
    "history",
    "identity.json",
    "identity.json-lock",
    "restante.db",
    "restante.db-ballast",
    "restante.db-lock",
  ])
})

test("a data folder as a power cut leaves it, with half a write at the end of the log, is used as it is", async () => {
  await using mediator = await executable()
  const bob = await resident(mediator)
  for (const id of ["one", "two", "three"]) {
    expect(await isAccepted(mediator.url, (await letter(mediator, bob.did, id)).bytes)).toBe(true)
  }
  await mediator.kill9()
  appendFileSync(join(mediator.dataDir, "restante.db-wal"), Buffer.alloc(5_000, 0xa5))
  writeFileSync(join(mediator.dataDir, "identity.json.new-12345"), "{")
  await mediator.restart()
  expect((await (await fetch(`${mediator.url}/did`)).text()).trim()).toBe(mediator.did)
  expect((await takeAll(mediator, bob)).map(({ letter }) => letter)).toEqual(["one", "two", "three"])
})

test("killed while it starts, again and again, it starts the next time", async () => {
  await using mediator = await executable()
  const bob = await resident(mediator)
  expect(await isAccepted(mediator.url, (await letter(mediator, bob.did, "one")).bytes)).toBe(true)
  for (let ms = 10; ms <= 130; ms += 20) {
    await mediator.kill9()
    const starting = mediator.restart().catch(() => {})
    await Bun.sleep(ms)
    await mediator.kill9()
    await starting
  }
  await mediator.restart()
  expect((await takeAll(mediator, bob)).map(({ letter }) => letter)).toEqual(["one"])
}, 30_000)
