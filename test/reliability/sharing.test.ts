import { expect, test } from "bun:test"
import { pickup3 } from "../kit/mediator.ts"
import { bareSocket, frame, framesIn, opcode } from "../transport/frames.ts"
import { deliveredIn, isAccepted, letter, resident, takeAll } from "./people.ts"
import { freePort, launch } from "./process.ts"

/** Two processes on one data folder: an update without a gap, or an accident. */

async function pair() {
  const one = await launch()
  const two = await launch({ dataDir: one.dataDir, publicUrl: one.url, port: await freePort() })
  return {
    one,
    two,
    async [Symbol.asyncDispose]() {
      await two[Symbol.asyncDispose]()
      await one[Symbol.asyncDispose]()
    },
  }
}

test("two processes are one mediator: same DID, and neither loses or doubles what comes through either", async () => {
  await using both = await pair()
  const { one, two } = both
  expect(two.did).toBe(one.did)
  const bob = await resident(one)
  const ids = Array.from({ length: 200 }, (_, n) => `${n}`)
  const letters = await Promise.all(ids.map((id) => letter(one, bob.did, id)))
  // Every third goes to both at once: the same bytes are one message.
  const accepted = await Promise.all(
    letters.flatMap(({ bytes }, n) => {
      const urls = n % 3 === 0 ? [one.url, two.url] : [n % 2 ? one.url : two.url]
      return urls.map((url) => isAccepted(url, bytes))
    }),
  )
  expect(new Set(accepted)).toEqual(new Set([true]))
  const kept = (await takeAll(two, bob)).map(({ letter }) => letter)
  expect(kept.toSorted()).toEqual(ids.toSorted())
  expect(await takeAll(one, bob)).toEqual([])
}, 30_000)

test("one process is killed and the other goes on with everything", async () => {
  await using both = await pair()
  const { one, two } = both
  const bob = await resident(one)
  const accepted: string[] = []
  let n = 0
  const sending = Array.from({ length: 8 }, async () => {
    for (;;) {
      const { id, bytes } = await letter(one, bob.did, `${n++}`)
      const answer = await isAccepted(one.url, bytes)
      if (answer === undefined) return
      if (answer) accepted.push(id)
    }
  })
  await Bun.sleep(200)
  one.kill("SIGKILL")
  await Promise.all(sending)
  const kept = (await takeAll(two, bob)).map(({ letter }) => letter)
  expect(accepted.length).toBeGreaterThan(10)
  expect(accepted.filter((id) => !kept.includes(id))).toEqual([])
  expect(new Set(kept).size).toBe(kept.length)
}, 30_000)

test("what comes through one process is pushed to a live socket at the other", async () => {
  await using both = await pair()
  const { one, two } = both
  const bob = await resident(one)
  using wire = await bareSocket(two.url)
  const live = bob.plaintext(
    { type: `${pickup3}/live-delivery-change`, body: { live_delivery: true }, return_route: "all" },
    two.did,
  )
  wire.send(frame(opcode.text, await bob.auth(live, two.did)))
  await wire.until(/ciphertext/)
  expect(await isAccepted(one.url, (await letter(one, bob.did, "across")).bytes)).toBe(true)
  await wire.until(/ciphertext[\s\S]*ciphertext/)
  const pushed = framesIn(wire).findLast(({ code }) => code === opcode.text)
  const delivery = await bob.open(pushed?.payload.toString() ?? "")
  expect(deliveredIn(delivery).map(({ letter }) => letter)).toEqual(["across"])
}, 30_000)
