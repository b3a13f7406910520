import { afterAll, beforeAll, describe, expect, test } from "bun:test"
import { fakeClock } from "../kit/clock.ts"
import { coordination3, type Mediator, mediator, pickup3, pickup4 } from "../kit/mediator.ts"
import { createResident, type Resident } from "../kit/resident.ts"
import { openSocket, type Socket } from "../kit/socket.ts"

const clock = fakeClock(Date.now())
const alice = createResident()
let m: Mediator
beforeAll(async () => {
  m = await mediator({}, { clock })
})
afterAll(async () => {
  await m?.[Symbol.asyncDispose]()
})

/** Longer than a push takes on a slow machine; nothing that should come is waited for like this. */
const QUIET_MS = 60
const GRACE_MS = 3_000

const send = async (to: Resident, ...contents: string[]) => {
  for (const content of contents) {
    expect(await m.post(await m.letter(alice, to.did, content))).toMatchObject({ status: 202 })
  }
}

const turn = (live_delivery: boolean, uri = pickup3) => ({
  type: `${uri}/live-delivery-change`,
  body: { live_delivery },
})

type Attachment = { id: string; data: { base64: string } }

/** The next frame, which must be a delivery of one letter for `who`. */
async function pushed(socket: Socket, who: Resident) {
  const { attachments, ...delivery } = await who.open(await socket.next())
  const [attachment, ...others] = attachments as Attachment[]
  if (!attachment) throw new Error("a delivery of nothing")
  expect(others).toEqual([])
  const letter = await who.open(Buffer.from(attachment.data.base64, "base64url").toString())
  return { id: attachment.id, content: letter.body.content, delivery }
}

async function contents(socket: Socket, who: Resident, count: number): Promise<unknown[]> {
  const all: unknown[] = []
  while (all.length < count) all.push((await pushed(socket, who)).content)
  return all
}

const isQuiet = async (socket: Socket) => !(await socket.hears(QUIET_MS))

describe("new mail", () => {
  test("is not pushed to a socket that did not ask for it", async () => {
    const bob = await m.resident()
    await using socket = await openSocket(m)
    await socket.ask(bob, { type: `${pickup3}/status-request` })
    await send(bob, "one")
    expect(await isQuiet(socket)).toBe(true)
  })

  test.each([pickup3, pickup4])("is pushed as a delivery of its own, on no thread: %s", async (uri) => {
    const bob = await m.resident()
    await using socket = await openSocket(m)
    expect((await socket.ask(bob, turn(true, uri))).body).toMatchObject({ live_delivery: true, message_count: 0 })
    await send(bob, "one", "two")
    const first = await pushed(socket, bob)
    expect(first.delivery).toMatchObject({ type: `${uri}/delivery`, from: m.did, to: [bob.did], body: {} })
    expect(first.delivery.thid).toBeUndefined()
    expect(first.delivery.pthid).toBeUndefined()
    const second = await pushed(socket, bob)
    expect([first.content, second.content]).toEqual(["one", "two"])
    expect(new Set([first.id, second.id, first.delivery.id, second.delivery.id]).size).toBe(4)
  })

  test("stays until it is acknowledged, by the id that it was pushed with, wherever that is done", async () => {
    const bob = await m.resident()
    await using socket = await openSocket(m)
    await socket.ask(bob, turn(true))
    await send(bob, "one", "two")
    const ids = [(await pushed(socket, bob)).id, (await pushed(socket, bob)).id]
    expect((await m.inbox(bob)).map(({ id }) => id)).toEqual(ids)
    const received = (message_id_list: unknown[]) => ({
      type: `${pickup3}/messages-received`,
      body: { message_id_list },
    })
    expect((await socket.ask(bob, received([ids[0]]))).body.message_count).toBe(1)
    expect((await m.ask(bob, received([ids[1]]))).body.message_count).toBe(0)
  })

  test("comes in the order in which it was sent, each once, also when it comes fast", async () => {
    const bob = await m.resident()
    await using socket = await openSocket(m)
    await socket.ask(bob, turn(true))
    const letters = Array.from({ length: 60 }, (_, index) => String(index))
    await send(bob, ...letters)
    expect(await contents(socket, bob, 60)).toEqual(letters)
    expect(await isQuiet(socket)).toBe(true)
  })

  test("for several addresses comes to their one owner", async () => {
    const [bob, second] = [await m.resident(), createResident()]
    const updates = [{ recipient_did: second.did, action: "add" }]
    await m.ask(bob, { type: `${coordination3}/recipient-update`, body: { updates } })
    await using socket = await openSocket(m)
    await socket.ask(bob, turn(true))
    await send(second, "for the other name")
    const delivery = await bob.open(await socket.next())
    const [attachment] = delivery.attachments as Attachment[]
    const letter = Buffer.from(attachment?.data.base64 ?? "", "base64url").toString()
    expect((await second.open(letter)).body.content).toBe("for the other name")
  })
})

describe("live mode", () => {
  test("ends when it is turned off, and pushes nothing more", async () => {
    const bob = await m.resident()
    await using socket = await openSocket(m)
    await socket.ask(bob, turn(true))
    await send(bob, "one")
    await pushed(socket, bob)
    expect((await socket.ask(bob, turn(false))).body.live_delivery).toBe(false)
    await send(bob, "two")
    clock.pass(GRACE_MS)
    expect(await isQuiet(socket)).toBe(true)
  })

  test("turned on twice is on once", async () => {
    const bob = await m.resident()
    await using socket = await openSocket(m)
    for (const uri of [pickup3, pickup3, pickup4]) await socket.ask(bob, turn(true, uri))
    await send(bob, "one")
    expect((await pushed(socket, bob)).content).toBe("one")
    expect(await isQuiet(socket)).toBe(true)
  })

  test("belongs to its socket: on another it is off, and it does not survive a new connection", async () => {
    const bob = await m.resident()
    await using other = await openSocket(m)
    {
      await using socket = await openSocket(m)
      await socket.ask(bob, turn(true))
      expect((await other.ask(bob, { type: `${pickup3}/status-request` })).body.live_delivery).toBe(false)
    }
    await using again = await openSocket(m)
    expect((await again.ask(bob, { type: `${pickup3}/status-request` })).body.live_delivery).toBe(false)
    await send(bob, "one")
    expect(await isQuiet(other)).toBe(true)
    expect(await isQuiet(again)).toBe(true)
  })

  test("on several sockets brings everything to each of them", async () => {
    const bob = await m.resident()
    await using first = await openSocket(m)
    await using second = await openSocket(m)
    for (const socket of [first, second]) await socket.ask(bob, turn(true))
    await send(bob, "one", "two")
    for (const socket of [first, second]) expect(await contents(socket, bob, 2)).toEqual(["one", "two"])
    await first[Symbol.asyncDispose]()
    await send(bob, "three")
    expect(await contents(second, bob, 1)).toEqual(["three"])
  })

  test("of two residents on one socket brings each its own, and ends for each by itself", async () => {
    const [bob, carol] = [await m.resident(), await m.resident()]
    await using socket = await openSocket(m)
    for (const who of [bob, carol]) await socket.ask(who, turn(true))
    await send(bob, "for bob")
    expect(await contents(socket, bob, 1)).toEqual(["for bob"])
    await send(carol, "for carol")
    expect(await contents(socket, carol, 1)).toEqual(["for carol"])
    await socket.ask(bob, turn(false))
    await send(bob, "too late")
    await send(carol, "still on")
    expect(await contents(socket, carol, 1)).toEqual(["still on"])
    expect(await isQuiet(socket)).toBe(true)
  })

  test("is not for those who have no mailbox", async () => {
    await using socket = await openSocket(m)
    const report = await socket.ask(alice, turn(true))
    expect(report.body.code).toBe("e.p.req.not_enroll")
  })

  test.each([["1"], ["yes"], [1], [null], [{}]])("is neither on nor off when it is %p", async (live_delivery) => {
    const bob = await m.resident()
    await using socket = await openSocket(m)
    const report = await socket.ask(bob, { type: `${pickup3}/live-delivery-change`, body: { live_delivery } })
    expect(report.body.code).toBe(`e.p.msg.${pickup3}/live-delivery-change`)
    expect((await socket.ask(bob, { type: `${pickup3}/status-request` })).body.live_delivery).toBe(false)
  })
})

describe("what waited before live mode", () => {
  test("is pushed after three seconds, the oldest first, once, to a wallet that asks for nothing", async () => {
    const bob = await m.resident()
    await send(bob, "one", "two", "three")
    await using socket = await openSocket(m)
    expect((await socket.ask(bob, turn(true))).body.message_count).toBe(3)
    clock.pass(GRACE_MS - 1)
    expect(await isQuiet(socket)).toBe(true)
    clock.pass(1)
    expect(await contents(socket, bob, 3)).toEqual(["one", "two", "three"])
    clock.pass(GRACE_MS * 10)
    expect(await isQuiet(socket)).toBe(true)
  })

  test("is pushed beside what is new, and nothing twice", async () => {
    const bob = await m.resident()
    await send(bob, "old one", "old two")
    await using socket = await openSocket(m)
    await socket.ask(bob, turn(true))
    await send(bob, "new one")
    expect(await contents(socket, bob, 1)).toEqual(["new one"])
    clock.pass(GRACE_MS)
    expect(await contents(socket, bob, 2)).toEqual(["old one", "old two"])
    await send(bob, "new two")
    expect(await contents(socket, bob, 1)).toEqual(["new two"])
    expect(await isQuiet(socket)).toBe(true)
  })

  test.each(["on the socket", "over HTTP"])("is left to a wallet that fetches it itself %s", async (where) => {
    const bob = await m.resident()
    await send(bob, "one")
    await using socket = await openSocket(m)
    await socket.ask(bob, turn(true))
    const request = { type: `${pickup3}/delivery-request`, body: { limit: 1 } }
    const delivery = where === "over HTTP" ? await m.ask(bob, request) : await socket.ask(bob, request)
    expect(delivery.attachments).toHaveLength(1)
    clock.pass(GRACE_MS)
    expect(await isQuiet(socket)).toBe(true)
    await send(bob, "two")
    expect(await contents(socket, bob, 1)).toEqual(["two"])
  })

  test("is not pushed when it was acknowledged in the meantime, or live mode was turned off", async () => {
    const [bob, carol] = [await m.resident(), await m.resident()]
    await send(bob, "one", "two")
    await send(carol, "one")
    const [first] = await m.inbox(bob)
    await using socket = await openSocket(m)
    for (const who of [bob, carol]) await socket.ask(who, turn(true))
    await m.ask(bob, { type: `${pickup3}/messages-received`, body: { message_id_list: [first?.id] } })
    await socket.ask(carol, turn(false))
    clock.pass(GRACE_MS)
    expect(await contents(socket, bob, 1)).toEqual(["two"])
    expect(await isQuiet(socket)).toBe(true)
  })

  test("is never pushed where the operator says never", async () => {
    await using strict = await mediator({ "didcomm-live-backlog": "never" }, { clock })
    const bob = await strict.resident()
    await strict.post(await strict.letter(alice, bob.did, "one"))
    await using socket = await openSocket(strict)
    await socket.ask(bob, turn(true))
    clock.pass(GRACE_MS * 10)
    expect(await isQuiet(socket)).toBe(true)
    await strict.post(await strict.letter(alice, bob.did, "two"))
    expect(await contents(socket, bob, 1)).toEqual(["two"])
  })
})
