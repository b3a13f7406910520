/** Wallets that get no mailbox, or none yet: they understand that, and whoever looks finds out why. */

import { afterAll, beforeAll, describe, expect, test } from "bun:test"
import { type Executable, executable } from "../kit/executable.ts"
import { identusWallet } from "../kit/identus.ts"
import { coordinate2, coordinate3, pickup3, problemReport, stranger } from "./sicpa-people.ts"

let mediator: Executable

beforeAll(async () => {
  mediator = await executable(["--admission-mode", "approval"])
})

afterAll(async () => {
  await mediator?.[Symbol.asyncDispose]()
})

const denied = 3

async function decide(act: "approve" | "deny" | "suspend", did: string): Promise<void> {
  const command = [mediator.program, "registration", act, did, "--data-dir", mediator.dataDir]
  const child = Bun.spawn(command, { env: {}, stdout: "ignore", stderr: "pipe" })
  if ((await child.exited) !== 0) throw new Error(await child.stderr.text())
}

describe.each([coordinate2, coordinate3])("a SICPA wallet that asks by %s", (uri) => {
  test("is denied with an empty body and a reason in a header, and granted a mailbox once it is approved", async () => {
    const alice = await stranger(mediator, "key-n")
    const ask = () => alice.ask(`${uri}/mediate-request`)
    const status = () => alice.ask(`${pickup3}/status-request`)
    const notEnrolled = { type: problemReport, body: { code: "e.p.req.not_enroll", args: [alice.did] } }
    const never = await status()
    expect(never).toMatchObject(notEnrolled)

    const waits = await ask()
    expect(waits).toMatchObject({ type: `${uri}/mediate-deny`, comment: expect.stringContaining("waits") })
    expect(waits.body).toEqual({})
    const report = await status()
    expect(report).toMatchObject(notEnrolled)
    expect(report.body.comment).toContain("waits for the mediator's operator")

    await decide("deny", alice.did)
    const no = await ask()
    expect(no).toMatchObject({ type: `${uri}/mediate-deny`, comment: expect.stringContaining("no mailbox") })
    expect(no.body).toEqual({})
    expect((await status()).body.comment).toContain("operator has denied")

    await decide("approve", alice.did)
    const grant = await ask()
    expect(grant).toMatchObject({ type: `${uri}/mediate-grant` })
    expect(grant).not.toHaveProperty("comment")
    expect((await status()).type).toBe(`${pickup3}/status`)

    await decide("suspend", alice.did)
    expect(await ask()).toMatchObject({ type: `${uri}/mediate-deny`, comment: expect.stringContaining("suspended") })
    expect(await status()).toMatchObject(notEnrolled)
  })
})

test.each([
  ["polling", false],
  ["live", true],
])(
  "an Identus wallet in %s mode knows that it is denied, its application is told why, and nothing in it breaks",
  async (_, liveMode) => {
    await using wallet = await identusWallet({ mediatorDid: mediator.did, liveMode, pollMs: 200 })
    expect(wallet.state).toBe(denied)
    // What its application is shown, for the call for mail that it makes all the same.
    const [report] = await wallet.received(1, 5_000)
    expect(report?.type).toBe(problemReport)
    expect(report?.body).toMatchObject({
      code: "e.p.req.not_enroll",
      comment: expect.stringContaining("waits for the mediator's operator"),
    })
    expect(wallet.trouble()).toEqual([])
  },
  40_000,
)
