import { afterAll, beforeAll, describe, expect, test } from "bun:test"
import { randomUUID } from "node:crypto"
import { type Executable, executable } from "../kit/executable.ts"
import type { Draft, Plaintext, SicpaSocket } from "../kit/sicpa.ts"
import { checkReply, opened, type Person, pickup3, resident, stranger } from "./sicpa-people.ts"

let mediator: Executable

beforeAll(async () => {
  mediator = await executable()
})

afterAll(async () => {
  await mediator?.[Symbol.asyncDispose]()
})

/** Asks over a socket; the next frame must be the answer. */
async function askOn(socket: SicpaSocket, { wallet, did }: Person, draft: Draft): Promise<Plaintext> {
  const id = randomUUID()
  socket.send(await wallet.pack({ id, return_route: "all", ...draft }))
  const { message } = await wallet.unpack(await socket.next())
  checkReply(message, id, did)
  return message
}

async function deliver(to: Person, content: string): Promise<void> {
  const sender = await stranger(mediator, to.keyIds)
  const posted = await sender.wallet.forward(mediator.url, to.did, await sender.wallet.letter(to.did, content))
  expect(posted).toMatchObject({ status: 202, text: "" })
}

async function nextPush(socket: SicpaSocket, { wallet, did }: Person, timeoutMs?: number) {
  const { message, sealedBy } = await wallet.unpack(await socket.next(timeoutMs))
  expect(message).toMatchObject({ type: `${pickup3}/delivery`, from: mediator.did, to: [did] })
  expect(sealedBy).toStartWith(`${mediator.did}#`)
  return opened(wallet, message)
}

const liveDelivery = (on: boolean): Draft => ({
  type: `${pickup3}/live-delivery-change`,
  body: { live_delivery: on },
})

describe.each(["key-n", "multibase"] as const)(
  "a SICPA wallet that spells key ids as %s, on a WebSocket,",
  (keyIds) => {
    test("asks and is answered on the same socket, at / and at /ws", async () => {
      const bob = await resident(mediator, keyIds)
      for (const url of [mediator.wsUrl, mediator.url.replace("http", "ws")]) {
        await using socket = await bob.wallet.socket(url)
        const status = await askOn(socket, bob, { type: `${pickup3}/status-request` })
        expect(status).toMatchObject({ type: `${pickup3}/status`, body: { message_count: 0 } })
      }
    })

    test("in live mode is pushed what arrives, and is rid of it by acknowledging", async () => {
      const bob = await resident(mediator, keyIds)
      await using socket = await bob.wallet.socket(mediator.wsUrl)
      const status = await askOn(socket, bob, liveDelivery(true))
      expect(status).toMatchObject({ type: `${pickup3}/status`, body: { live_delivery: true, message_count: 0 } })

      await deliver(bob, "hello")
      const [message, ...others] = await nextPush(socket, bob)
      expect(message?.content).toBe("hello")
      expect(others).toEqual([])
      expect(await bob.count()).toBe(1)

      const message_id_list = [message?.id]
      const after = await askOn(socket, bob, { type: `${pickup3}/messages-received`, body: { message_id_list } })
      expect(after).toMatchObject({ type: `${pickup3}/status`, body: { message_count: 0 } })
      expect(await bob.count()).toBe(0)
    })

    test("switches live mode off again and is left in peace", async () => {
      const bob = await resident(mediator, keyIds)
      await using socket = await bob.wallet.socket(mediator.wsUrl)
      await askOn(socket, bob, liveDelivery(true))
      const status = await askOn(socket, bob, liveDelivery(false))
      expect(status.body).toMatchObject({ live_delivery: false })
      await deliver(bob, "hello")
      expect(await socket.quiet(500)).toBe(true)
      expect(await bob.count()).toBe(1)
    })

    test("switches live mode on without return_route, and that message itself opens the way back", async () => {
      const bob = await resident(mediator, keyIds)
      await using socket = await bob.wallet.socket(mediator.wsUrl)
      socket.send(await bob.wallet.pack(liveDelivery(true)))
      const { message } = await bob.wallet.unpack(await socket.next())
      expect(message).toMatchObject({ type: `${pickup3}/status`, body: { live_delivery: true } })
      await deliver(bob, "hello")
      expect((await nextPush(socket, bob)).map(({ content }) => content)).toEqual(["hello"])
    })
  },
)

test("what waited before live mode is not pushed to a wallet that asks for it", async () => {
  const bob = await resident(mediator, "key-n")
  await deliver(bob, "old")
  await using socket = await bob.wallet.socket(mediator.wsUrl)
  const status = await askOn(socket, bob, liveDelivery(true))
  expect(status.body).toMatchObject({ message_count: 1 })
  const delivery = await askOn(socket, bob, { type: `${pickup3}/delivery-request`, body: { limit: 10 } })
  expect((await opened(bob.wallet, delivery)).map(({ content }) => content)).toEqual(["old"])
  expect(await socket.quiet(4_500)).toBe(true)
}, 10_000)

test("what waited before live mode is pushed, in order, to a wallet that never asks", async () => {
  const bob = await resident(mediator, "key-n")
  await deliver(bob, "one")
  await deliver(bob, "two")
  await using socket = await bob.wallet.socket(mediator.wsUrl)
  await askOn(socket, bob, liveDelivery(true))
  const pushed = [...(await nextPush(socket, bob, 6_000)), ...(await nextPush(socket, bob, 6_000))]
  expect(pushed.map(({ content }) => content)).toEqual(["one", "two"])
  expect(await socket.quiet(500)).toBe(true)
}, 15_000)

test("without live mode a socket is pushed nothing", async () => {
  const bob = await resident(mediator, "key-n")
  await using socket = await bob.wallet.socket(mediator.wsUrl)
  await askOn(socket, bob, { type: "https://didcomm.org/trust-ping/2.0/ping" })
  await deliver(bob, "hello")
  expect(await socket.quiet(500)).toBe(true)
})

test("two live sockets of one wallet both see a message, and either may acknowledge it", async () => {
  const bob = await resident(mediator, "key-n")
  await using phone = await bob.wallet.socket(mediator.wsUrl)
  await using laptop = await bob.wallet.socket(mediator.wsUrl)
  await askOn(phone, bob, liveDelivery(true))
  await askOn(laptop, bob, liveDelivery(true))
  await deliver(bob, "hello")
  const [[onPhone], [onLaptop]] = await Promise.all([nextPush(phone, bob), nextPush(laptop, bob)])
  expect(onPhone?.content).toBe("hello")
  expect(onLaptop?.id).toBe(onPhone?.id ?? "")
  await bob.acknowledge([onLaptop?.id ?? ""])
  expect(await bob.count()).toBe(0)
})

test("a socket that died with a push unacknowledged loses nothing", async () => {
  const bob = await resident(mediator, "key-n")
  const socket = await bob.wallet.socket(mediator.wsUrl)
  await askOn(socket, bob, liveDelivery(true))
  await deliver(bob, "hello")
  await nextPush(socket, bob)
  await socket.close()
  expect((await bob.waiting()).map(({ content }) => content)).toEqual(["hello"])
})
