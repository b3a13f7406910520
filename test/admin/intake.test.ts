import { afterAll, afterEach, expect, setDefaultTimeout, test } from "bun:test"
import { agree, meetAt, payloads, told } from "../decentrl/people.ts"
import { command, post } from "../kit/decentrl.ts"
import { coordination3, pickup3 } from "../kit/mediator.ts"
import { createResident, encrypted } from "../kit/resident.ts"
import { openSocket } from "../kit/socket.ts"
import { desk } from "./desk.ts"

/** An operator who takes in nothing new for a while: what goes on all the same, and what does not. */

// Passwords are slow to hash on purpose.
setDefaultTimeout(30_000)

const d = await desk()
const { m, ada } = d
const town = await meetAt(m.url)
afterAll(() => d[Symbol.asyncDispose]())

const intake = (mode: string) => ada.call("POST", "/intake", { mode })
afterEach(async () => {
  expect(await intake("open")).toMatchObject({ status: 200 })
})

/** How often that was the reason so far. */
async function refusedAsPaused(): Promise<number> {
  const { body } = await ada.call("GET", "/status")
  return body.refusals.find(({ code }: { code: string }) => code === "intake.paused")?.count ?? 0
}

const request = { type: `${coordination3}/mediate-request` }

test("while it is paused, a forward is refused with 503 and when to try again, and then it is taken", async () => {
  const bob = await m.resident()
  const letter = await m.letter(createResident(), bob.did, "hello")
  expect((await intake("paused")).body).toEqual({ mode: "paused", isPaused: true, isDraining: false })
  expect((await ada.call("GET", "/intake")).body).toEqual({ mode: "paused", isPaused: true, isDraining: false })
  const before = await refusedAsPaused()
  const refused = await fetch(m.url, { method: "POST", body: letter, headers: { "content-type": encrypted } })
  expect([refused.status, refused.headers.get("retry-after"), await refused.text()]).toEqual([503, "60", ""])
  const { body } = await ada.call("GET", "/status")
  expect(body).toMatchObject({ intake: "paused", health: { level: "warn" }, isReady: true })
  expect(body.refusals).toContainEqual({
    code: "intake.paused",
    count: before + 1,
    sentence: expect.stringContaining("nothing new"),
  })
  expect(body.health.reason).toStartWith("Paused")
  await intake("open")
  expect(await m.post(letter)).toMatchObject({ status: 202 })
})

test("a sender that can be answered is told why", async () => {
  const bob = await m.resident()
  const alice = createResident()
  await intake("paused")
  const sealed = await alice.auth(alice.plaintext({ type: "https://didcomm.org/empty/1.0/empty" }, bob.did), bob.did)
  const answer = await m.ask(alice, {
    type: "https://didcomm.org/routing/2.0/forward",
    body: { next: bob.did },
    attachments: [{ id: "1", data: { json: JSON.parse(sealed) } }],
  })
  expect(answer).toMatchObject({ type: "https://didcomm.org/report-problem/2.0/problem-report" })
  expect(answer.body).toMatchObject({ code: "e.p.me.res", comment: expect.stringContaining("takes in nothing new") })
})

test("over a socket each is told in words, and however many there are, the socket stays open", async () => {
  const bob = await m.resident()
  const sender = createResident()
  await intake("paused")
  await using socket = await openSocket(m)
  for (let n = 0; n < 10; n++) {
    socket.send(await m.letter(sender, bob.did, `letter ${n}`))
    expect((await sender.open(await socket.next())).body).toMatchObject({ code: "e.p.me.res" })
  }
  await intake("open")
  socket.send(await m.letter(sender, bob.did, "after"))
  while ((await m.inbox(bob)).length === 0) await Bun.sleep(20)
})

test("while it is paused, members fetch, acknowledge, ask again and change their addresses", async () => {
  const bob = await m.resident()
  await m.post(await m.letter(createResident(), bob.did, "before"))
  await intake("paused")
  const [first] = await m.inbox(bob)
  expect(first?.content).toBe("before")
  const received = { type: `${pickup3}/messages-received`, body: { message_id_list: [first?.id] } }
  expect((await m.ask(bob, received)).body).toMatchObject({ message_count: 0 })
  expect((await m.ask(bob, request)).type).toEndWith("mediate-grant")
  const updates = [{ recipient_did: createResident().did, action: "add" }]
  const updated = await m.ask(bob, { type: `${coordination3}/recipient-update`, body: { updates } })
  expect(updated.body.updated).toMatchObject([{ result: "success" }])
})

test("while it is paused, newcomers are told to come back, and leave no trace", async () => {
  const eve = createResident()
  await intake("paused")
  expect((await m.ask(eve, request)).body).toMatchObject({ code: "e.p.me.res" })
  expect(await ada.call("GET", `/registrations/${encodeURIComponent(eve.did)}`)).toMatchObject({ status: 404 })
  await intake("open")
  expect((await m.ask(eve, request)).type).toEndWith("mediate-grant")
})

test("over Decentrl, too: nothing is kept and nobody is registered, while mail is fetched; the same command counts later", async () => {
  const [alice, bob] = await town.friends()
  const { home } = town
  await alice.send(bob.did, "before", home)
  const stranger = await town.stranger()
  await intake("paused")
  const during = await command(alice, "TWO_WAY_PRIVATE", bob.did, { payload: "during" })
  expect(told(await post(home.url, during))).toBe("429 RATE_LIMITED")
  expect(told(await stranger.register())).toBe("429 RATE_LIMITED")
  expect(told(await alice.requestContract(bob.did, home))).toBe("429 RATE_LIMITED")
  expect(told(await bob.publish("news", "event", []))).toBe("429 RATE_LIMITED")
  expect(told(await bob.ask("SAVE_COMMUNICATION_CONTRACT", { contract: await agree(alice, bob) }))).toBe(
    "429 RATE_LIMITED",
  )
  expect(await payloads(bob)).toEqual(["before"])
  await intake("open")
  expect(told(await post(home.url, during))).toBe("200")
  expect(await payloads(bob)).toEqual(["before", "during"])
  expect(told(await stranger.register())).toBe("200")
})

test("draining: sockets are told to come back later, none is opened, and whoever balances a load is told", async () => {
  const socket = await openSocket(m)
  expect((await intake("draining")).body).toEqual({ mode: "draining", isPaused: true, isDraining: true })
  expect(await socket.closed).toBe(1012)
  expect(await Promise.allSettled([openSocket(m)])).toMatchObject([{ status: "rejected" }])
  const upgrade = await fetch(`${m.url}/ws`, {
    headers: {
      upgrade: "websocket",
      connection: "Upgrade",
      "sec-websocket-version": "13",
      "sec-websocket-key": "AAAAAAAAAAAAAAAAAAAAAA==",
    },
  })
  expect([upgrade.status, upgrade.headers.get("retry-after")]).toEqual([503, "15"])
  expect((await fetch(`${m.url}/readyz`)).status).toBe(503)
  expect((await fetch(`${m.url}/healthz`)).status).toBe(200)
  await intake("open")
  expect((await fetch(`${m.url}/readyz`)).status).toBe(200)
  await using again = await openSocket(m)
  expect(await again.hears(50)).toBe(false)
})

test("of many sockets some are asked at once and the others later, or not at all if it is over by then", async () => {
  const sockets = await Promise.all(Array.from({ length: 100 }, () => openSocket(m)))
  let gone = 0
  for (const { closed } of sockets) void closed.then(() => gone++)
  await intake("draining")
  await intake("open")
  const told = async () => {
    await Bun.sleep(300)
    return gone
  }
  while ((await told()) < 20) await Bun.sleep(10)
  const before = gone
  expect(await told()).toBe(before)
  expect(before).toBeLessThan(100)
  await Promise.all(sockets.map((socket) => socket[Symbol.asyncDispose]()))
})

test("who did it is in the audit, once", async () => {
  await intake("paused")
  await intake("paused")
  const { items: lines } = (await ada.call("GET", "/audit?text=intake.&limit=1")).body
  expect(lines).toMatchObject([{ actor: "ada@local", action: "intake.pause", detail: "open → paused" }])
  await intake("open")
  const after = (await ada.call("GET", `/audit?after=${lines[0].seq}&limit=9`)).body
  expect(after.items).toMatchObject([{ action: "intake.open" }])
})
