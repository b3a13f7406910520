/** Who is connected, and what becomes of the sockets of whoever is sent away. */

import { expect, setDefaultTimeout, test } from "bun:test"
import { run } from "../cli/run.ts"
import { town } from "../decentrl/people.ts"
import { coordination3, pickup3 } from "../kit/mediator.ts"
import { createResident, type Resident } from "../kit/resident.ts"
import { rotation } from "../kit/rotation.ts"
import { openSocket } from "../kit/socket.ts"
import { type Browser, browser, desk, PASSWORD } from "./desk.ts"

// Passwords are slow to hash on purpose, and each command is a process.
setDefaultTimeout(60_000)

const live = { type: `${pickup3}/live-delivery-change`, body: { live_delivery: true } }
const ping = { type: "https://didcomm.org/trust-ping/2.0/ping", body: { response_requested: true } }
const path = (did: string, rest = "") => `/registrations/${encodeURIComponent(did)}${rest}`
const listed = async (who: Browser, query = "") => (await who.call("GET", `/connections${query}`)).body
const onlineOf = async (who: Browser, did: string) => (await who.call("GET", path(did))).body.online

test("a socket has no owner until somebody proves itself there, and is live when mail is pushed", async () => {
  await using d = await desk()
  const { m, ada } = d
  const bob = await m.resident()
  await using socket = await openSocket(m)
  const anonymous = { lane: "didcomm", did: null, dids: [], isLive: false, bufferedBytes: 0 }
  expect(await listed(ada)).toMatchObject({ total: 1, next: null, items: [anonymous] })
  await socket.ask(bob, ping)
  const [known] = (await listed(ada)).items
  expect(known).toMatchObject({ lane: "didcomm", did: bob.did, dids: [bob.did], isLive: false, address: "local" })
  expect(known.since).toBeWithin(Date.now() - 60_000, Date.now() + 1)
  expect(await onlineOf(ada, bob.did)).toBe(1)
  expect((await ada.call("GET", "/registrations")).body.items).toMatchObject([{ did: bob.did, online: 1 }])
  await socket.ask(bob, live)
  expect((await listed(ada)).items).toMatchObject([{ did: bob.did, isLive: true }])
  await socket.ask(bob, { ...live, body: { live_delivery: false } })
  expect((await listed(ada)).items).toMatchObject([{ did: bob.did, isLive: false }])
  await socket[Symbol.asyncDispose]()
  while ((await listed(ada)).total > 0) await Bun.sleep(20)
  expect(await onlineOf(ada, bob.did)).toBe(0)
})

test("a forward says nothing of who is connected, and neither does a replay", async () => {
  await using d = await desk()
  const { m, ada } = d
  const [bob, carol] = [await m.resident(), await m.resident()]
  const overheard = await bob.auth(bob.plaintext({ ...ping, return_route: "all" }, m.did), m.did)
  expect((await m.post(overheard)).status).toBe(200)
  await using socket = await openSocket(m)
  const sealed = await carol.auth(carol.plaintext({ type: "https://example.org/x/1.0/y" }, bob.did), bob.did)
  socket.send(await carol.auth(m.forward(carol, bob.did, sealed), m.did))
  socket.send(overheard)
  expect(await socket.hears(1_000)).toBe(true)
  expect((await listed(ada)).items).toMatchObject([{ did: null, dids: [] }])
})

test("several wallets may share a socket; lists are in pages and by DID", async () => {
  await using d = await desk()
  const { m, ada } = d
  const [bob, carol] = [await m.resident(), await m.resident()]
  await using one = await openSocket(m)
  await using two = await openSocket(m)
  await using three = await openSocket(m)
  await one.ask(bob, ping)
  await one.ask(carol, ping)
  await two.ask(carol, ping)
  await three.ask(bob, ping)
  const first = await listed(ada, "?limit=2")
  expect(first).toMatchObject({ total: 3, items: [{ did: bob.did, dids: [bob.did, carol.did] }, { did: carol.did }] })
  const second = await listed(ada, `?limit=2&after=${first.next}`)
  expect(second).toMatchObject({ next: null, items: [{ dids: [bob.did] }] })
  expect((await listed(ada, `?did=${encodeURIComponent(carol.did)}`)).total).toBe(2)
  expect((await listed(ada, "?did=did:example:nobody")).total).toBe(0)
})

test("one socket is closed by its id, all of a registration by its DID, and both are in the audit", async () => {
  await using d = await desk()
  const { m, ada } = d
  const [bob, carol] = [await m.resident(), await m.resident()]
  const sockets = [await openSocket(m), await openSocket(m), await openSocket(m)] as const
  await sockets[0].ask(bob, live)
  await sockets[1].ask(bob, ping)
  await sockets[2].ask(carol, live)
  const [{ id }] = (await listed(ada)).items
  expect((await ada.call("DELETE", `/connections/${id}`)).body).toEqual({ closed: 1 })
  expect(await sockets[0].closed).toBe(1008)
  expect((await ada.call("DELETE", `/connections/${id}`)).body).toEqual({ closed: 0 })
  expect((await ada.call("POST", path(bob.did, "/disconnect"))).body).toEqual({ closed: 1 })
  expect(await sockets[1].closed).toBe(1008)
  expect((await ada.call("POST", path(bob.did, "/disconnect"))).body).toEqual({ closed: 0 })
  expect((await ada.call("POST", path("did:example:nobody", "/disconnect"))).status).toBe(404)
  expect((await listed(ada)).items).toMatchObject([{ did: carol.did }])
  const { items: lines } = (await ada.call("GET", "/audit?limit=2")).body
  expect(lines).toMatchObject([
    { action: "registration.disconnect", subject: bob.did, detail: "sockets 1" },
    { action: "connection.close", subject: bob.did },
  ])
  // Disconnecting is no judgement: it may come back.
  await using again = await openSocket(m)
  expect((await again.ask(bob, live)).type).toBe(`${pickup3}/status`)
})

const sendAway: readonly [string, (ada: Browser, did: string) => Promise<unknown>][] = [
  ["suspended", (ada, did) => ada.call("POST", path(did, "/transition"), { transition: "suspend" })],
  ["revoked", (ada, did) => ada.call("POST", path(did, "/transition"), { transition: "revoke" })],
  ["forgotten", (ada, did) => ada.call("POST", path(did, "/forget"), { dryRun: false })],
  [
    "suspended with others",
    (ada, did) => ada.call("POST", "/registrations/bulk", { dids: [did], action: "suspend", dryRun: false }),
  ],
]

test.each(sendAway)(
  "whoever is %s loses its sockets before the operator is answered, and nobody else does",
  async (_, act) => {
    await using d = await desk()
    const { m, ada } = d
    const [bob, carol] = [await m.resident(), await m.resident()]
    const [mine, also] = [await openSocket(m), await openSocket(m)]
    await using hers = await openSocket(m)
    await mine.ask(bob, live)
    await also.ask(bob, ping)
    await hers.ask(carol, live)
    expect(await act(ada, bob.did)).toMatchObject({ status: 200 })
    expect((await listed(ada)).items).toMatchObject([{ did: carol.did }])
    expect(await Promise.all([mine.closed, also.closed])).toEqual([1008, 1008])
    expect((await hers.ask(carol, { type: `${pickup3}/status-request` })).type).toBe(`${pickup3}/status`)
  },
)

test("a dry run closes nothing", async () => {
  await using d = await desk()
  const bob = await d.m.resident()
  await using socket = await openSocket(d.m)
  await socket.ask(bob, live)
  await d.ada.call("POST", path(bob.did, "/forget"), { dryRun: true })
  await d.ada.call("POST", "/registrations/bulk", { dids: [bob.did], action: "suspend", dryRun: true })
  expect((await listed(d.ada)).items).toMatchObject([{ did: bob.did, isLive: true }])
})

test("whoever waits with a socket open loses it when it is denied", async () => {
  await using d = await desk({ "admission-mode": "approval" })
  const { m, ada } = d
  const bob = createResident()
  const socket = await openSocket(m)
  expect((await socket.ask(bob, { type: `${coordination3}/mediate-request` })).type).toEndWith("mediate-deny")
  expect((await listed(ada)).items).toMatchObject([{ did: bob.did }])
  await ada.call("POST", path(bob.did, "/transition"), { transition: "deny" })
  expect(await socket.closed).toBe(1008)
})

test("what the command line changes beside the running mediator closes sockets too", async () => {
  await using d = await desk()
  const { m, ada } = d
  const [bob, carol, dave] = [await m.resident(), await m.resident(), await m.resident()]
  const open = async (who: Resident) => {
    const socket = await openSocket(m)
    await socket.ask(who, live)
    return socket
  }
  const sockets = [await open(bob), await open(carol)] as const
  await using other = await open(dave)
  const cli = (...args: string[]) => run(["registration", ...args, "--data-dir", m.folder])
  expect((await cli("suspend", bob.did)).exit).toBe(0)
  expect(await sockets[0].closed).toBe(1008)
  expect((await cli("forget", carol.did, "--yes")).exit).toBe(0)
  expect(await sockets[1].closed).toBe(1008)
  expect((await listed(ada)).items).toMatchObject([{ did: dave.did, isLive: true }])
  expect((await other.ask(dave, { type: `${pickup3}/status-request` })).type).toBe(`${pickup3}/status`)
})

test("a Decentrl socket belongs to whoever authenticated there, and ends with its registration", async () => {
  await using t = await town({ "admin-password": PASSWORD, "limits-per-address": "0" })
  const ada = browser(t.admin.url)
  expect((await ada.signIn("admin")).status).toBe(200)
  const alice = await t.resident("alice")
  const socket = await t.socket()
  expect((await listed(ada)).items).toMatchObject([{ lane: "decentrl", did: null, isLive: false }])
  socket.send(JSON.stringify(await alice.authenticate()))
  expect(JSON.parse(await socket.next())).toMatchObject({ type: "AUTH_SUCCESS" })
  expect((await listed(ada)).items).toMatchObject([{ lane: "decentrl", did: alice.did, isLive: true }])
  await ada.call("POST", path(alice.did, "/transition"), { transition: "suspend" })
  expect(await socket.closed).toBe(1008)
  expect((await listed(ada)).total).toBe(0)
})

test("a key that was rotated away leaves no socket open but that of whoever rotated", async () => {
  await using d = await desk()
  const { m, ada } = d
  const [old, fresh, carol] = [await m.resident(), createResident(), await m.resident()]
  const [thief, owner] = [await openSocket(m), await openSocket(m)]
  await thief.ask(old, live)
  await owner.ask(old, live)
  await owner.ask(fresh, { ...ping, from_prior: rotation(old, fresh) })
  await ada.call("POST", path(carol.did, "/transition"), { transition: "suspend" })
  expect(await thief.closed).toBe(1008)
  expect((await owner.ask(fresh, { type: `${pickup3}/status-request` })).type).toBe(`${pickup3}/status`)
  await owner[Symbol.asyncDispose]()
})
