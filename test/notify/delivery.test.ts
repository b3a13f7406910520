/** Whole mediators, real wallets, and a server that is told. */

import { expect, test } from "bun:test"
import { mediator, pickup3 } from "../kit/mediator.ts"
import { createResident } from "../kit/resident.ts"
import { openSocket } from "../kit/socket.ts"
import { receiver, userAgent } from "./receiver.ts"

const notice = "urn:restante:mail-notice/1.0"
const anyAddress = { "notify-outbound": "any", "notify-interval": "1s", "metrics-token": "figures" }
const live = { type: `${pickup3}/live-delivery-change`, body: { live_delivery: true } }

const figures = async (url: string) =>
  (await fetch(`${url}/metrics`, { headers: { authorization: "Bearer figures" } })).text()

test("mail for a wallet that is away is told at its webhook, its topic and its browser", async () => {
  await using m = await mediator(anyAddress)
  await using there = receiver()
  const agent = userAgent()
  const wishes = [
    { kind: "webhook", url: `${there.url}/webhook` },
    { kind: "ntfy", url: `${there.url}/ntfy` },
    { kind: "webpush", url: `${there.url}/webpush`, ...agent.keys },
  ]
  for (const body of wishes) {
    const bob = await m.resident()
    await m.ask(bob, { type: `${notice}/set-target`, body })
    for (let letter = 0; letter < 3; letter++) await m.post(await m.letter(createResident(), bob.did, `${letter}`))
  }
  const got = await there.first(3)
  expect(got.map(({ path }) => path).toSorted()).toEqual(["/ntfy", "/webhook", "/webpush"])
  const pushed = got.find(({ path }) => path === "/webpush")
  expect(pushed && agent.open(pushed.body)).toBe('{"type":"mail.waiting"}')
  for (const { body } of got) expect(body.length).toBeLessThan(300)
  while (!(await figures(m.url)).includes('restante_notifications_total{kind="webpush",result="sent"} 1'))
    await Bun.sleep(5)
  expect(await figures(m.url)).toContain('restante_notifications_total{kind="ntfy",result="sent"} 1')
})

test("a wallet that has fetched is told of the next message, and one with an open socket is not", async () => {
  await using m = await mediator(anyAddress)
  await using there = receiver()
  const [bob, eve] = [await m.resident(), await m.resident()]
  await m.ask(bob, { type: `${notice}/set-target`, body: { kind: "ntfy", url: `${there.url}/bob` } })
  await m.ask(eve, { type: `${notice}/set-target`, body: { kind: "ntfy", url: `${there.url}/eve` } })
  await using socket = await openSocket(m)
  await socket.ask(eve, live)
  const write = async () => {
    for (const { did } of [eve, bob]) await m.post(await m.letter(createResident(), did, "hello"))
  }
  await write()
  await there.first(1)
  await write()
  const [one] = await m.inbox(bob)
  await m.ask(bob, { type: `${pickup3}/messages-received`, body: { message_id_list: [one?.id] } })
  expect((await there.first(2)).map(({ path }) => path)).toEqual(["/bob", "/bob"])
  await socket[Symbol.asyncDispose]()
  expect((await there.first(3))[2]?.path).toBe("/eve")
})

test("mail is accepted as ever while nobody answers where its owner is told", async () => {
  await using m = await mediator(anyAddress)
  const { promise: never } = Promise.withResolvers<Response>()
  await using silent = Bun.serve({ hostname: "127.0.0.1", port: 0, fetch: () => never })
  const bob = await m.resident()
  const body = { kind: "webhook", url: `http://127.0.0.1:${silent.port}/` }
  await m.ask(bob, { type: `${notice}/set-target`, body })
  for (let letter = 0; letter < 20; letter++) {
    expect((await m.post(await m.letter(createResident(), bob.did, "hello"))).status).toBe(202)
  }
  expect((await m.inbox(bob)).length).toBe(20)
})
