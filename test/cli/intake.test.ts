import { expect, setDefaultTimeout, test } from "bun:test"
import { executable } from "../kit/executable.ts"
import { mediator } from "../kit/mediator.ts"
import { createResident } from "../kit/resident.ts"
import { openSocket } from "../kit/socket.ts"
import { letter, post, resident } from "../reliability/people.ts"
import { home } from "./home.ts"
import { run } from "./run.ts"

// Each command is a process of its own.
setDefaultTimeout(30_000)

/** Asks until the answer is the one that is waited for: a mediator notices within a second what another process says. */
async function until(expected: number, ask: () => Promise<number>): Promise<void> {
  for (let tries = 0; tries < 100; tries++) {
    if ((await ask()) === expected) return
    await Bun.sleep(100)
  }
  throw new Error(`it never was ${expected}`)
}

test("pause, drain and open, beside a mediator that runs", async () => {
  await using m = await mediator()
  const cli = (...args: string[]) => run(["intake", ...args, "--data-dir", m.folder])
  const bob = await m.resident()
  const send = async () => (await m.post(await m.letter(createResident(), bob.did, "hello"))).status
  expect((await cli("show")).stdout).toStartWith("Open:")

  expect(await cli("pause")).toMatchObject({ exit: 0, stdout: expect.stringMatching(/^Paused:/) })
  await until(503, send)
  const socket = await openSocket(m)
  expect(await cli("drain", "--json")).toMatchObject({ exit: 0, stdout: '{\n  "mode": "draining"\n}\n' })
  expect(await socket.closed).toBe(1012)
  expect(JSON.parse((await cli("show", "--json")).stdout)).toEqual({ mode: "draining" })

  expect((await cli("open")).stdout).toStartWith("Open:")
  await until(202, send)
  await using again = await openSocket(m)
  expect(await again.hears(20)).toBe(false)
})

test("a pause outlives a restart, draining does not", async () => {
  await using m = await executable()
  const bob = await resident(m)
  const send = async () => (await post(m.url, (await letter(m, bob.did, "hello")).bytes)).status
  const cli = (...args: string[]) => run(["intake", ...args, "--data-dir", m.dataDir])
  await cli("pause")
  await m.restart()
  expect(await send()).toBe(503)
  await cli("drain")
  await m.restart()
  expect(await send()).toBe(202)
  expect((await cli("show")).stdout).toStartWith("Open:")
})

test("without a mediator it is said for the next start, and is in the audit", async () => {
  const { cli } = await home()
  expect(await cli("intake", "pause")).toMatchObject({ exit: 0 })
  expect((await cli("intake", "show")).stdout).toStartWith("Paused:")
  expect((await cli("status")).stdout).toContain("paused: restante intake open takes mail in again")
  expect((await cli("audit", "list", "--search", "intake")).stdout).toContain("intake.pause")
})
