import { describe, expect, test } from "bun:test"
import { bareSocket } from "../transport/frames.ts"
import { dial, head, type Wire } from "../transport/raw.ts"
import { isAccepted, letter, resident } from "./people.ts"
import { descriptorsOf, launch, memoryOf, processorTimeOf, type Running } from "./process.ts"

/** How much of the machine it takes, and what happens at the end of it. */

const answers = (url: string) =>
  fetch(`${url}/healthz`, { signal: AbortSignal.timeout(2_000), keepalive: false }).then(
    ({ status }) => status,
    () => 0,
  )

async function answersWithin(url: string, ms: number): Promise<boolean> {
  for (const end = performance.now() + ms; performance.now() < end; await Bun.sleep(100)) {
    if ((await answers(url)) === 200) return true
  }
  return false
}

/** Opens so many connections, as many as are taken. */
async function crowd(url: string, size: number, greeting = ""): Promise<Wire[]> {
  const wires = await Promise.all(Array.from({ length: size }, () => dial(url).catch(() => null)))
  const taken = wires.filter((wire) => wire !== null)
  for (const wire of taken) if (greeting) wire.send(greeting)
  return taken
}

const leave = (wires: readonly Wire[]) => {
  for (const wire of wires) wire[Symbol.dispose]()
}

test("an idle mediator takes less than 120 MB of memory and hardly any processor time", async () => {
  await using mediator = await launch()
  await isAccepted(mediator.url, (await letter(mediator, (await resident(mediator)).did, "one")).bytes)
  await Bun.sleep(1_000)
  const before = processorTimeOf(mediator.pid)
  await Bun.sleep(3_000)
  expect(memoryOf(mediator.pid)).toBeLessThan(120)
  expect(processorTimeOf(mediator.pid) - before).toBeLessThan(0.15)
})

test("hundreds of idle connections and sockets hinder nobody, and cost little", async () => {
  await using mediator = await launch()
  const bob = await resident(mediator)
  const before = memoryOf(mediator.pid)
  const silent = await crowd(mediator.url, 300)
  const resting = await crowd(mediator.url, 300, head("GET /healthz HTTP/1.1"))
  const sockets = await Promise.all(Array.from({ length: 300 }, () => bareSocket(mediator.url)))
  const times: number[] = []
  for (let n = 0; n < 100; n++) {
    const { bytes } = await letter(mediator, bob.did, `${n}`)
    const start = performance.now()
    expect(await isAccepted(mediator.url, bytes)).toBe(true)
    times.push(performance.now() - start)
  }
  expect(times.sort((a, b) => a - b)[94]).toBeLessThan(200)
  expect(memoryOf(mediator.pid) - before).toBeLessThan(60)
  leave([...silent, ...resting, ...sockets])
}, 30_000)

describe("with 256 descriptors", () => {
  const few = () => launch({ before: "ulimit -n 256" })

  /** It must not spin, and must be there again at the latest when idle connections were closed. */
  async function survives(mediator: Running, wires: readonly Wire[]): Promise<void> {
    await Bun.sleep(1_500)
    const before = processorTimeOf(mediator.pid)
    await Bun.sleep(1_500)
    expect(processorTimeOf(mediator.pid) - before).toBeLessThan(0.5)
    leave(wires)
    expect(await answersWithin(mediator.url, 3_000)).toBe(true)
    expect(descriptorsOf(mediator.pid)).toBeLessThan(60)
    const bob = await resident(mediator)
    expect(await isAccepted(mediator.url, (await letter(mediator, bob.did, "after")).bytes)).toBe(true)
  }

  test("it says at the start that it will take fewer connections than it was told", async () => {
    await using mediator = await few()
    expect(mediator.stderr()).toContain("http.connections_capped max_connections=10000 most=204")
  })

  test("600 connections on which nothing comes do not make it spin, and it comes back by itself", async () => {
    await using mediator = await few()
    const wires = await crowd(mediator.url, 600)
    await Bun.sleep(2_000)
    expect(mediator.stderr()).toContain("http.full")
    const before = processorTimeOf(mediator.pid)
    // Nobody hangs up: after the time limit for idle connections there is room again.
    expect(await answersWithin(mediator.url, 18_000)).toBe(true)
    expect(processorTimeOf(mediator.pid) - before).toBeLessThan(1)
    await survives(mediator, wires)
  }, 40_000)

  test("600 connections at rest after a request make room for others at once", async () => {
    await using mediator = await few()
    const wires = await crowd(mediator.url, 600, head("GET /healthz HTTP/1.1"))
    expect(await answersWithin(mediator.url, 3_000)).toBe(true)
    await survives(mediator, wires)
  }, 20_000)

  test("600 WebSockets get as many places as leave some for requests", async () => {
    await using mediator = await few()
    const wires: Wire[] = []
    let refused = 0
    for (let n = 0; n < 600; n++) {
      const wire = await bareSocket(mediator.url).catch(() => null)
      if (wire) wires.push(wire)
      else refused++
    }
    expect(wires.length).toBe(184)
    expect(refused).toBe(416)
    expect(await answers(mediator.url)).toBe(200)
    await survives(mediator, wires)
  }, 20_000)

  test("600 requests at once are answered or refused, and none of them makes it fall over", async () => {
    await using mediator = await few()
    const statuses = await Promise.all(Array.from({ length: 600 }, () => answers(mediator.url)))
    expect(statuses.filter((status) => status === 200).length).toBeGreaterThan(50)
    expect(statuses.filter((status) => ![0, 200, 503].includes(status))).toEqual([])
    await survives(mediator, [])
  }, 20_000)
})

test("max_connections is kept to: what is beyond it is refused, and the port is open again when some have gone", async () => {
  await using mediator = await launch({ flags: ["--max-connections", "20"] })
  const sockets = await Promise.all(Array.from({ length: 18 }, () => bareSocket(mediator.url)))
  await expect(bareSocket(mediator.url)).rejects.toThrow("503")
  expect(await answers(mediator.url)).toBe(200)
  const more = await crowd(mediator.url, 60)
  await Bun.sleep(2_000)
  expect(await crowd(mediator.url, 5)).toEqual([])
  // Those who were there before are served all the while.
  sockets[0]?.send(new Uint8Array([0x89, 0x80, 0, 0, 0, 0]))
  await sockets[0]?.until("\x8a\x00")
  leave([...sockets, ...more])
  expect(await answersWithin(mediator.url, 3_000)).toBe(true)
  expect(mediator.stderr()).toMatch(/http\.full most=20[\s\S]*http\.room_again/)
}, 20_000)
