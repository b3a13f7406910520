import { afterAll, beforeAll, expect, test } from "bun:test"
import { pickup3 } from "../kit/mediator.ts"
import type { Resident } from "../kit/resident.ts"
import { isAccepted, letter, resident, takeAll, waiting } from "../reliability/people.ts"
import { launch, memoryOf, type Running } from "../reliability/process.ts"
import { bareSocket, frame, opcode } from "./frames.ts"
import { dial, head, type Wire } from "./raw.ts"

/** Clients that take nothing in: what waits for them must wait on the disk, not in memory. */

let mediator: Running
const LETTERS = 60
const PADDING = 500_000
/** What the whole program may hold, garbage not yet collected included, while gigabytes are asked of it. */
const MOST_MB = 600

beforeAll(async () => {
  mediator = await launch({ flags: ["--mailbox-max-bytes", "1GiB"] })
})

afterAll(async () => {
  await mediator[Symbol.asyncDispose]()
})

const asking = async (who: Resident, type: string, body: object) =>
  frame(opcode.text, await who.auth(who.plaintext({ type, body, return_route: "all" }, mediator.did), mediator.did))
const live = (who: Resident) => asking(who, `${pickup3}/live-delivery-change`, { live_delivery: true })
const isOpen = ({ socket }: Wire) => !socket.readableEnded && !socket.destroyed

/** A socket whose client reads nothing, and nothing of what it does not read is kept on our side either. */
async function unreadSocket(): Promise<Wire> {
  const wire = await bareSocket(mediator.url)
  wire.socket.pause()
  return wire
}

async function writeTo(who: Resident, letters: number): Promise<void> {
  for (let n = 0; n < letters; n++) {
    const { bytes } = await letter(mediator, who.did, `${n}`, PADDING)
    expect(await isAccepted(mediator.url, bytes)).toBe(true)
  }
}

test("a live socket that reads nothing costs no memory, and its mail comes on the next one", async () => {
  const bob = await resident(mediator)
  const wires = await Promise.all(Array.from({ length: 12 }, unreadSocket))
  for (const wire of wires) wire.send(await live(bob))
  await Bun.sleep(300)
  await writeTo(bob, LETTERS)
  await Bun.sleep(500)
  expect(memoryOf(mediator.pid)).toBeLessThan(MOST_MB)
  expect(await waiting(mediator, bob)).toBe(LETTERS)
  for (const wire of wires) wire[Symbol.dispose]()
  expect((await takeAll(mediator, bob)).map(({ letter }) => letter)).toEqual(
    Array.from({ length: LETTERS }, (_, n) => `${n}`),
  )
}, 60_000)

test("a live socket that starts to read again gets everything, in order", async () => {
  const bob = await resident(mediator)
  using wire = await unreadSocket()
  wire.send(await live(bob))
  await Bun.sleep(200)
  await writeTo(bob, LETTERS)
  expect(isOpen(wire)).toBe(true)
  wire.socket.resume()
  const whole = PADDING * 1.33 * LETTERS
  for (const end = performance.now() + 10_000; wire.received().length < whole && performance.now() < end; ) {
    await Bun.sleep(50)
  }
  expect(wire.received().length).toBeGreaterThan(whole)
  expect(await waiting(mediator, bob)).toBe(LETTERS)
}, 60_000)

test("a socket that asks and asks and reads nothing is answered no further", async () => {
  const bob = await resident(mediator)
  await writeTo(bob, 8)
  const wires = await Promise.all(Array.from({ length: 12 }, unreadSocket))
  for (let n = 0; n < 40; n++) {
    const request = await asking(bob, `${pickup3}/delivery-request`, { limit: 100 })
    for (const wire of wires) if (isOpen(wire)) wire.send(request)
  }
  await Bun.sleep(1_500)
  // Each answer is more than a megabyte, and 480 are asked for.
  expect(memoryOf(mediator.pid)).toBeLessThan(MOST_MB)
  expect(await waiting(mediator, bob)).toBe(8)
  for (const wire of wires) wire[Symbol.dispose]()
}, 60_000)

test("HTTP answers that are not read hinder nobody", async () => {
  const bob = await resident(mediator)
  await writeTo(bob, 4)
  const wires: Wire[] = []
  for (let n = 0; n < 20; n++) {
    const draft = { type: `${pickup3}/delivery-request`, body: { limit: 100 }, return_route: "all" }
    const body = await bob.auth(bob.plaintext(draft, mediator.did), mediator.did)
    const wire = await dial(mediator.url)
    wire.socket.pause()
    wire.send(
      `${head("POST / HTTP/1.1", "Content-Type: application/didcomm-encrypted+json", `Content-Length: ${body.length}`)}${body}`,
    )
    wires.push(wire)
  }
  expect(await waiting(mediator, bob)).toBe(4)
  await Bun.sleep(1_000)
  expect(memoryOf(mediator.pid)).toBeLessThan(MOST_MB)
  for (const wire of wires) wire[Symbol.dispose]()
}, 60_000)

test("large answers that one client does not read are refused it before they fill the memory; others get theirs, and it does later", async () => {
  const flags = ["--trusted-proxies", "127.0.0.1", "--limits-per-did", "0"]
  // A letter that is larger than what the system itself holds of an answer.
  const large = ["--max-body", "16MiB", "--mailbox-max-message-bytes", "8MiB"]
  await using behind = await launch({ flags: [...flags, ...large] })
  const bob = await resident(behind)
  expect(await isAccepted(behind.url, (await letter(behind, bob.did, "", 8 * PADDING)).bytes)).toBe(true)
  const request = async (from: string) => {
    const draft = { type: `${pickup3}/delivery-request`, body: { limit: 100 }, return_route: "all" }
    const body = await bob.auth(bob.plaintext(draft, behind.did), behind.did)
    const length = `Content-Length: ${body.length}`
    return (
      head("POST / HTTP/1.1", "Content-Type: application/didcomm-encrypted+json", length, `X-Forwarded-For: ${from}`) +
      body
    )
  }
  const greedy: Wire[] = []
  for (let n = 0; n < 12; n++) {
    const wire = await dial(behind.url)
    wire.socket.pause()
    wire.send(await request("198.51.100.9"))
    greedy.push(wire)
  }
  await Bun.sleep(2_000)
  expect(memoryOf(behind.pid)).toBeLessThan(MOST_MB)
  const whole = async (from: string) => {
    using wire = await dial(behind.url)
    wire.send(await request(from))
    return (await wire.until(/^HTTP\/1\.1 503|\r\n0\r\n\r\n$/, 30_000)).slice(9, 12)
  }
  expect(await whole("198.51.100.9")).toBe("503")
  expect(await whole("203.0.113.7")).toBe("200")
  for (const wire of greedy) wire[Symbol.dispose]()
  await Bun.sleep(500)
  expect(await whole("198.51.100.9")).toBe("200")
}, 60_000)

test("many large messages at once are held in bounds: some wait their turn, none is half kept", async () => {
  const bob = await resident(mediator)
  const letters = await Promise.all(Array.from({ length: 120 }, (_, n) => letter(mediator, bob.did, `${n}`, PADDING)))
  let peak = 0
  const answers = letters.map(({ bytes }) => isAccepted(mediator.url, bytes))
  const watching = setInterval(() => {
    peak = Math.max(peak, memoryOf(mediator.pid))
  }, 10)
  const accepted = await Promise.all(answers)
  clearInterval(watching)
  expect(peak).toBeLessThan(MOST_MB)
  const kept = (await takeAll(mediator, bob)).map(({ letter }) => Number(letter))
  expect(accepted.flatMap((isKept, n) => (isKept ? [n] : [])).filter((n) => !kept.includes(n))).toEqual([])
  expect(kept.length).toBeGreaterThan(10)
}, 60_000)
