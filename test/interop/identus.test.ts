import { afterAll, beforeAll, describe, expect, test } from "bun:test"
import { type Executable, executable } from "../kit/executable.ts"
import { identusWallet } from "../kit/identus.ts"
import { mintPeerDid } from "../kit/peer-did.ts"

let mediator: Executable

beforeAll(async () => {
  mediator = await executable()
})

afterAll(async () => {
  await mediator?.[Symbol.asyncDispose]()
})

const granted = 4
const basicMessage = "https://didcomm.org/basicmessage/2.0/message"

describe.each([
  ["polling", false],
  ["live", true],
] as const)("two Identus wallets in %s mode", (_, liveMode) => {
  test("are granted mediation, and one reads each of 20 messages of the other exactly once", async () => {
    const options = { mediatorDid: mediator.did, liveMode, pollMs: 200 }
    const wallets = await Promise.all([identusWallet(options), identusWallet(options)])
    await using alice = wallets[0]
    await using bob = wallets[1]
    expect([alice.state, bob.state]).toEqual([granted, granted])
    expect([alice.live(), bob.live()]).toEqual([liveMode, liveMode])

    const did = await bob.createPeerDid()
    expect(await alice.send({ to: did, text: "hello", count: 20 })).toEqual({ sent: 20, replies: [] })
    await bob.received(20, 10_000)
    // Long enough for a second copy to come: several polls, and longer than the grace of a live backlog.
    const messages = await bob.received(21, 4_000)
    const expected = Array.from({ length: 20 }, (_, index) => `hello ${index}`)
    const contents = messages.filter(({ type }) => type === basicMessage).map(({ body }) => body.content)
    expect(contents.toSorted()).toEqual(expected.toSorted())
    expect(alice.trouble()).toEqual([])
    expect(bob.trouble()).toEqual([])
  }, 30_000)
})

test("an Identus wallet is told when its message is for nobody here", async () => {
  await using alice = await identusWallet({ mediatorDid: mediator.did })
  await alice.send({ to: strangerBehind(mediator.did), text: "hello" })
  const [report] = await alice.received(1, 5_000)
  expect(report?.type).toBe("https://didcomm.org/report-problem/2.0/problem-report")
  expect(report?.body).toMatchObject({ code: "e.p.req.not_enroll" })
}, 30_000)

/** A DID whose endpoint is the mediator, as a wallet's, but which nobody registered. */
const strangerBehind = (mediatorDid: string) => mintPeerDid([{ t: "dm", s: { uri: mediatorDid, a: [], r: [] } }]).did
