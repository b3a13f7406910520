import { expect, setDefaultTimeout, test } from "bun:test"
import { executable } from "../kit/executable.ts"
import { identusWallet } from "../kit/identus.ts"

/** The mediator's keys are replaced while Identus wallets use it: they must notice nothing. */

setDefaultTimeout(90_000)

const granted = 4
const basicMessage = "https://didcomm.org/basicmessage/2.0/message"

test.each([
  ["polling", false],
  ["live", true],
] as const)(
  "an Identus wallet in %s mode keeps getting its mail, from old and new wallets alike",
  async (_, liveMode) => {
    await using mediator = await executable()
    const options = { mediatorDid: mediator.did, liveMode, pollMs: 200 }
    const wallets = await Promise.all([identusWallet(options), identusWallet(options)])
    await using alice = wallets[0]
    await using bob = wallets[1]
    const did = await bob.createPeerDid()
    expect(await alice.send({ to: did, text: "before" })).toMatchObject({ replies: [] })

    const response = await mediator.command("did", "rotate", "--yes", "--json")
    const fresh: string = JSON.parse(response).dids[0].did
    expect(fresh).not.toBe(mediator.did)
    const end = performance.now() + 15_000
    while ((await (await fetch(`${mediator.url}/did`)).text()) !== fresh) {
      if (performance.now() > end) throw new Error("the rotation was not noticed")
      await Bun.sleep(50)
    }

    expect(await alice.send({ to: did, text: "after" })).toMatchObject({ replies: [] })
    await using clara = await identusWallet({ mediatorDid: fresh, pollMs: 200 })
    expect(clara.state).toBe(granted)
    expect(await clara.send({ to: did, text: "from a new wallet" })).toMatchObject({ replies: [] })
    const newcomer = await clara.createPeerDid()
    expect(await bob.send({ to: newcomer, text: "to a new wallet" })).toMatchObject({ replies: [] })
    // A new address of an old wallet still leads here.
    const second = await bob.createPeerDid()
    expect(await clara.send({ to: second, text: "to a new address" })).toMatchObject({ replies: [] })

    const texts = async (wallet: typeof bob, count: number) =>
      (await wallet.received(count, 20_000))
        .filter(({ type }) => type === basicMessage)
        .map(({ body }) => body.content)
        .toSorted()
    expect(await texts(bob, 4)).toEqual(["after", "before", "from a new wallet", "to a new address"])
    expect(await texts(clara, 1)).toEqual(["to a new wallet"])
    for (const wallet of [alice, bob, clara]) expect(wallet.trouble()).toEqual([])
  },
)
