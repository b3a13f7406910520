import { expect, test } from "bun:test"
import { executable } from "../kit/executable.ts"
import { coordinate2, pickup3, resident, stranger } from "./sicpa-people.ts"

test.each(["an orderly stop", "a power cut"])(
  "after %s, mailboxes, addresses and messages are as they were",
  async (how) => {
    await using mediator = await executable()
    const bob = await resident(mediator, "key-n")
    const alice = await stranger(mediator, "key-n")
    for (const content of ["one", "two", "three"]) {
      const letter = await alice.wallet.letter(bob.did, content)
      expect(await alice.wallet.forward(mediator.url, bob.did, letter)).toMatchObject({ status: 202 })
    }
    const [first, ...rest] = await bob.waiting()
    await bob.acknowledge([first?.id ?? ""])
    const replayed = await bob.wallet.pack({ type: `${coordinate2}/keylist-query`, return_route: "all" })

    if (how === "a power cut") await mediator.kill9()
    else expect(await mediator.stop()).toBe(0)
    await mediator.restart()

    expect((await (await fetch(`${mediator.url}/did`)).text()).trim()).toBe(mediator.did)
    expect(await bob.waiting()).toEqual(rest)
    expect(rest.map(({ content }) => content)).toEqual(["two", "three"])
    const list = await bob.wallet.unpack((await bob.wallet.post(mediator.url, replayed)).text)
    expect(list.message.body).toEqual({ keys: [{ recipient_did: bob.did }] })
    const after = await bob.acknowledge(rest.map(({ id }) => id))
    expect(after).toMatchObject({ type: `${pickup3}/status`, body: { message_count: 0 } })
  },
  30_000,
)
