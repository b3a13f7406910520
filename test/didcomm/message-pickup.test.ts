import { afterAll, beforeAll, describe, expect, test } from "bun:test"
import { fakeClock } from "../kit/clock.ts"
import { coordination3, type Mediator, mediator, pickup3, pickup4 } from "../kit/mediator.ts"
import { createResident, type Resident } from "../kit/resident.ts"

const clock = fakeClock(Date.now())
const alice = createResident()
let m: Mediator
beforeAll(async () => {
  m = await mediator({ "mailbox-max-messages": "150" }, { clock })
})
afterAll(async () => {
  await m?.[Symbol.asyncDispose]()
})

const send = async (to: { did: string }, ...contents: string[]) => {
  for (const content of contents) expect((await m.post(await m.letter(alice, to.did, content))).status).toBe(202)
}

async function holding(...contents: string[]): Promise<Resident> {
  const bob = await m.resident()
  await send(bob, ...contents)
  return bob
}

type Attachment = { id: string; data: { base64: string } }
async function fetched(who: Resident, body: object, uri = pickup3) {
  const delivery = await m.ask(who, { type: `${uri}/delivery-request`, body })
  const letters = (delivery.attachments ?? []) as Attachment[]
  const opened = letters.map(({ data }) => who.open(Buffer.from(data.base64, "base64url").toString()))
  const contents = (await Promise.all(opened)).map(({ body }) => body.content)
  return { ...delivery, letters, contents, ids: letters.map(({ id }) => id) }
}
const received = (who: Resident, message_id_list: unknown, uri = pickup3) =>
  m.ask(who, { type: `${uri}/messages-received`, body: { message_id_list } })
const count = async (who: Resident) => (await m.ask(who, { type: `${pickup3}/status-request` })).body.message_count

describe("a delivery-request", () => {
  test("gives the oldest first, as many as were asked for, again and again until they are acknowledged", async () => {
    const bob = await holding("one", "two", "three")
    for (const _ of [1, 2]) expect((await fetched(bob, { limit: 2 })).contents).toEqual(["one", "two"])
    const { ids } = await fetched(bob, { limit: 2 })
    await received(bob, ids)
    expect((await fetched(bob, { limit: 2 })).contents).toEqual(["three"])
  })

  const limits: readonly (readonly [unknown, number])[] = [
    [1, 1],
    ["2", 2],
    [0, 0],
    ["0", 0],
    [-1, 0],
    ["-5", 0],
    [undefined, 0],
    [1_000_000_000, 3],
  ]
  test.each(limits)("with a limit of %p gives at most %d", async (limit, most) => {
    const bob = await holding("one", "two", "three")
    const three = await fetched(bob, { limit })
    expect(three.type).toBe(`${pickup3}/${most === 0 ? "status" : "delivery"}`)
    expect(three.contents).toHaveLength(most)
    const four = await fetched(bob, { message_count_limit: limit }, pickup4)
    expect(four.type).toBe(`${pickup4}/delivery`)
    expect(four.contents).toHaveLength(most)
  })

  test.each([[1.5], ["1.5"], ["many"], [""], [null], [[1]], ["99999999999999999999"]])(
    "with a limit of %p is malformed",
    async (limit) => {
      const report = await m.ask(await holding("one"), { type: `${pickup3}/delivery-request`, body: { limit } })
      expect(report.body.code).toBe(`e.p.msg.${pickup3}/delivery-request`)
    },
  )

  test("gives no more than 100 messages at a time", async () => {
    const bob = await holding(...Array.from({ length: 120 }, (_, index) => String(index)))
    expect((await fetched(bob, { limit: 1000 })).contents).toHaveLength(100)
  })

  test("gives only what came for the address that was asked for, and says which that is", async () => {
    const [bob, second] = [await holding("for bob"), createResident()]
    const updates = [{ recipient_did: second.did, action: "add" }]
    await m.ask(bob, { type: `${coordination3}/recipient-update`, body: { updates } })
    await send(second, "for the other")
    const ask = (recipient_did: unknown) =>
      m.ask(bob, { type: `${pickup3}/delivery-request`, body: { limit: 10, recipient_did } })
    const forBob = await ask(bob.did)
    expect([forBob.body, (forBob.attachments as unknown[]).length]).toEqual([{ recipient_did: bob.did }, 1])
    const forSecond = await ask(second.did)
    expect(forSecond.body).toEqual({ recipient_did: second.did })
    for (const none of [undefined, null]) {
      const all = await ask(none)
      expect([all.body, (all.attachments as unknown[]).length]).toEqual([{}, 2])
    }
    const foreign = await ask(alice.did)
    expect(foreign).toMatchObject({ type: `${pickup3}/status`, body: { recipient_did: alice.did, message_count: 0 } })
  })
})

describe("messages-received", () => {
  test("removes what it names and nothing else", async () => {
    const [bob, carol] = [await holding("one", "two", "three"), await holding("for carol")]
    const [one, , three] = (await fetched(bob, { limit: 3 })).ids
    const [foreign] = (await fetched(carol, { limit: 1 })).ids
    const odd = ["", "nonsense", "018f0000-0000-7000-8000-000000000000", `${one}x`, one?.toUpperCase() ?? ""]
    expect((await received(bob, [...odd.filter((id) => id !== one), foreign])).body.message_count).toBe(3)
    expect((await received(bob, [one, one, three, one])).body.message_count).toBe(1)
    expect((await received(bob, [one, three])).body.message_count).toBe(1)
    expect((await fetched(bob, { limit: 3 })).contents).toEqual(["two"])
    expect(await count(carol)).toBe(1)
  })

  test("is answered by a status under 3.0, and by nothing under 4.0", async () => {
    const bob = await holding("one", "two")
    const [one, two] = (await fetched(bob, { limit: 2 })).ids
    expect((await received(bob, [one])).type).toBe(`${pickup3}/status`)
    const message = bob.plaintext(
      { type: `${pickup4}/messages-received`, body: { message_id_list: [two] }, return_route: "all" },
      m.did,
    )
    expect(await m.post(await bob.auth(message, m.did))).toMatchObject({ status: 202, text: "" })
    expect(await count(bob)).toBe(0)
  })

  test.each([
    ["nothing", undefined],
    ["a text", "an id"],
    ["numbers", [1]],
    ["more than 10,000", Array(10_001).fill("x")],
  ])("with ids that are %s is malformed", async (_, ids) => {
    const bob = await holding("one")
    const report = await received(bob, ids)
    expect(report.body.code).toBe(`e.p.msg.${pickup3}/messages-received`)
    expect(await count(bob)).toBe(1)
  })
})

describe("a status", () => {
  const status = async (who: Resident, uri: string) => (await m.ask(who, { type: `${uri}/status-request` })).body

  test("of an empty mailbox says so, and nothing about times", async () => {
    const bob = await m.resident()
    for (const uri of [pickup3, pickup4]) {
      expect(await status(bob, uri)).toEqual({ message_count: 0, total_bytes: 0, live_delivery: false })
    }
  })

  test("tells how much waits and since when: in seconds under 3.0, in milliseconds under 4.0", async () => {
    const first = clock.now()
    const bob = await holding("one")
    clock.pass(90_000)
    await send(bob, "two")
    const second = clock.now()
    clock.pass(10_000)
    const { letters } = await fetched(bob, { limit: 2 })
    const sizes = letters.map(({ data }) => Buffer.from(data.base64, "base64url").length)
    const total_bytes = sizes.reduce((sum, size) => sum + size, 0)
    const common = { message_count: 2, total_bytes, live_delivery: false }
    expect(await status(bob, pickup3)).toEqual({
      ...common,
      longest_waited_seconds: 100,
      oldest_received_time: Math.floor(first / 1000),
      newest_received_time: Math.floor(second / 1000),
    })
    expect(await status(bob, pickup4)).toEqual({ ...common, oldest_received_time: first, newest_received_time: second })
  })
})

test("pickup 4.0 reports problems in its own type, 3.0 in the common one", async () => {
  const bob = await m.resident()
  const bad = { message_id_list: 1 }
  expect((await received(bob, bad, pickup4)).type).toBe(`${pickup4}/problem-report`)
  expect((await received(bob, bad)).type).toBe("https://didcomm.org/report-problem/2.0/problem-report")
})

test("a full mailbox takes nothing more, tells the sender, and has room again once something was fetched", async () => {
  const bob = await holding(...Array.from({ length: 150 }, (_, index) => String(index)))
  const refused = await m.post(await m.letter(alice, bob.did, "one too many"))
  expect((await alice.open(refused.text)).body.code).toBe("e.p.me.res.storage")
  expect(await count(bob)).toBe(150)
  await received(bob, (await fetched(bob, { limit: 1 })).ids)
  await send(bob, "now it fits")
  expect(await count(bob)).toBe(150)
})
