import { expect, test } from "bun:test"
import { pickup3 } from "../kit/mediator.ts"
import type { Resident } from "../kit/resident.ts"
import { openSocket } from "../kit/socket.ts"
import { bareSocket } from "../transport/frames.ts"
import { deliveredIn, isAccepted, letter, resident } from "./people.ts"
import { descriptorsOf, freePort, freshFolder, launch, memoryOf, type Running } from "./process.ts"

/** Everybody comes back at once, as after a restart or a break in the network. */

const WALLETS = 60
const ROUNDS = 10
const SOCKETS = 100

async function live(mediator: Running, who: Resident) {
  const socket = await openSocket({ wsUrl: `${mediator.url.replace("http", "ws")}/ws`, did: mediator.did })
  await socket.ask(who, { type: `${pickup3}/live-delivery-change`, body: { live_delivery: true } })
  return socket
}

test("wallets that all come back at once after a restart are all live again, and get what is sent", async () => {
  const [dataDir, port] = [freshFolder(), await freePort()]
  const first = await launch({ dataDir, port })
  const people = await Promise.all(Array.from({ length: WALLETS }, () => resident(first)))
  const before = await Promise.all(people.map((who) => live(first, who)))
  first.kill("SIGKILL")
  await Promise.all(before.map(({ closed }) => closed))

  await using second = await launch({ dataDir, port })
  const sockets = await Promise.all(people.map((who) => live(second, who)))
  const letters = await Promise.all(people.map(({ did }, n) => letter(second, did, `${n}`)))
  for (const { bytes } of letters) expect(await isAccepted(second.url, bytes)).toBe(true)
  const got = await Promise.all(
    sockets.map(async (socket, n) => deliveredIn((await people[n]?.open(await socket.next())) ?? {})),
  )
  expect(got.map(([one]) => one?.letter)).toEqual(letters.map(({ id }) => id))
  await Promise.all(sockets.map((socket) => socket[Symbol.asyncDispose]()))
}, 180_000)

test("sockets that are opened and torn, again and again, leave nothing behind", async () => {
  await using mediator = await launch()
  const storm = async () => {
    const wires = await Promise.all(Array.from({ length: SOCKETS }, () => bareSocket(mediator.url)))
    for (const wire of wires) wire.socket.resetAndDestroy()
  }
  await storm()
  await Bun.sleep(500)
  const [descriptors, memory] = [descriptorsOf(mediator.pid), memoryOf(mediator.pid)]
  for (let round = 0; round < ROUNDS; round++) await storm()
  const isCalm = () => descriptorsOf(mediator.pid) <= descriptors + 2
  for (const end = performance.now() + 5_000; !isCalm() && performance.now() < end; ) await Bun.sleep(50)
  expect(isCalm()).toBe(true)
  expect(memoryOf(mediator.pid) - memory).toBeLessThan(40)
  expect((await fetch(`${mediator.url}/healthz`)).status).toBe(200)
}, 180_000)
