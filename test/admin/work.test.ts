/** What an operator does all day, while wallets are at work. */

import { expect, setDefaultTimeout, test } from "bun:test"
import { fakeClock } from "../kit/clock.ts"
import { coordination3, mediator } from "../kit/mediator.ts"
import { createResident } from "../kit/resident.ts"
import { type Browser, browser, desk, type Json, NAME, PASSWORD } from "./desk.ts"

// Passwords are slow to hash on purpose.
setDefaultTimeout(30_000)

const request = { type: `${coordination3}/mediate-request` }
const path = (did: string, room = "registrations") => `/${room}/${encodeURIComponent(did)}`

/** The first event of the feed that fits; fails when the feed ends before. */
async function next(feed: ReturnType<Browser["feed"]>, event: string, fits: (data: Json) => boolean = () => true) {
  for (;;) {
    const { value, done } = await feed.next()
    if (done || !value) throw new Error(`the feed ended without ${event}`)
    if (value.event === event && fits(value.data)) return value
  }
}

test("a wallet waits, is approved over the API, and then mediates; the feed shows it", async () => {
  await using d = await desk({ "admission-mode": "approval" })
  const { m, ada } = d
  const [bob, sender] = [createResident(), createResident()]
  const feed = ada.feed()
  expect((await next(feed, "status")).data.registrations.pending).toBe(0)

  expect((await m.ask(bob, request)).type).toBe(`${coordination3}/mediate-deny`)
  await next(feed, "audit", ({ subject }) => subject === bob.did)
  expect((await next(feed, "status")).data.registrations.pending).toBe(1)
  const waiting = await ada.call("GET", "/registrations?state=pending")
  expect(waiting.body).toMatchObject({ total: 1, items: [{ did: bob.did, state: "pending" }] })

  const approve = () => ada.call("POST", `${path(bob.did)}/transition`, { transition: "approve" })
  expect(await approve()).toMatchObject({ status: 200, body: { state: "approved" } })
  expect(await approve()).toMatchObject({ status: 409, body: { error: { code: "account.state" } } })
  const told = await next(feed, "audit", ({ action }) => action === "registration.approve")
  expect(told.data).toMatchObject({ actor: `${NAME}@local`, subject: bob.did })
  await feed.return(undefined)

  expect((await m.ask(bob, request)).type).toBe(`${coordination3}/mediate-grant`)
  const add = { updates: [{ recipient_did: bob.did, action: "add" }] }
  await m.ask(bob, { type: `${coordination3}/recipient-update`, body: add })
  expect(await m.post(await m.letter(sender, bob.did, "a secret word"))).toMatchObject({ status: 202 })

  const seen = await ada.call("GET", path(bob.did, "mailboxes"))
  expect(seen.body).toMatchObject({ did: bob.did, messages: 1, addresses: 1 })
  expect(await m.inbox(bob)).toMatchObject([{ content: "a secret word" }])
  expect((await ada.call("GET", "/status")).body).toMatchObject({ did: m.did, messages: 1, isReady: true })
})

test("a feed goes on after the last line that was seen, and ends with its session or token", async () => {
  await using d = await desk()
  const { body } = await d.ada.call("POST", "/invites", { label: "one" })
  const { items: lines } = (await d.ada.call("GET", "/audit?text=invite.create")).body
  const feed = d.ada.feed({ "last-event-id": String(lines[0].seq - 1) })
  const told = await next(feed, "audit")
  expect(told).toMatchObject({
    id: String(lines[0].seq),
    data: { action: "invite.create", subject: body.id.slice(0, 8) },
  })

  const program = await d.program("read")
  const other = browser(d.m.admin.url).feed({ authorization: `Bearer ${program.secret}` })
  await next(other, "status")
  await d.ada.call("DELETE", `/tokens/${program.id}`)
  await next(other, "end")
  expect((await other.next()).done).toBe(true)

  await d.ada.call("DELETE", "/session")
  await next(feed, "end")
  expect((await feed.next()).done).toBe(true)
})

test("feeds are bounded, and those that are left make room; stopping waits for none", async () => {
  const d = await desk()
  const feeds = Array.from({ length: 32 }, () => d.ada.feed())
  await Promise.all(feeds.map((feed) => next(feed, "status")))
  expect(await d.ada.call("GET", "/feed")).toMatchObject({ status: 503, body: { error: { code: "admin.streams" } } })
  await Promise.all(feeds.slice(0, 16).map((feed) => feed.return(undefined)))
  // It takes a moment until a connection that was dropped is known to be gone.
  while ((await next(d.ada.feed(), "status").catch(() => null)) === null) await Bun.sleep(20)
  const start = performance.now()
  await d[Symbol.asyncDispose]()
  expect(performance.now() - start).toBeLessThan(3_000)
})

test("label, note and quota are described, and what is forgotten or purged is first shown, then gone", async () => {
  await using d = await desk()
  const { m, ada } = d
  const [bob, sender] = [await m.resident(), createResident()]
  const told = { label: "Bob", note: "the neighbour", overrides: { maxMessages: 1 } }
  const described = await ada.call("PATCH", path(bob.did), told)
  expect(described.body).toMatchObject({ label: "Bob", overrides: { maxMessages: 1, maxBytes: null } })
  expect((await ada.call("GET", "/registrations?text=neighbour")).body.total).toBe(1)
  await m.post(await m.letter(sender, bob.did, "hello"))

  const purge = (dryRun: boolean) => ada.call("POST", `${path(bob.did, "mailboxes")}/purge`, { dryRun })
  expect((await purge(true)).body).toMatchObject({ dryRun: true, erased: { messages: 1 } })
  expect((await ada.call("GET", path(bob.did, "mailboxes"))).body.messages).toBe(1)
  expect((await purge(false)).body).toMatchObject({ dryRun: false, erased: { messages: 1 } })
  expect(await m.inbox(bob)).toEqual([])

  const forget = (dryRun: boolean) => ada.call("POST", `${path(bob.did)}/forget`, { dryRun })
  expect((await forget(true)).body.erased).toMatchObject({ addresses: 1 })
  expect((await forget(false)).body.erased).toMatchObject({ addresses: 1 })
  expect(await ada.call("GET", path(bob.did))).toMatchObject({
    status: 404,
    body: { error: { code: "account.unknown" } },
  })
  expect((await ada.call("POST", "/audit/verify")).body).toMatchObject({ ok: true, broken: null })
})

test("whoever may only read is told which invite somebody came by, and nothing that admits anybody", async () => {
  await using d = await desk({ "admission-mode": "invite" })
  const { id } = (await d.ada.call("POST", "/invites", { uses: 9 })).body
  const [carol, dave] = [createResident(), createResident()]
  await d.m.ask(carol, { ...request, pthid: id })
  const tried = await d.m.ask(dave, { ...request, pthid: id.slice(0, 8) })
  expect(tried.type).toBe(`${coordination3}/mediate-deny`)
  await d.ada.call("POST", `/invites/${id}/revoke`)

  const { secret } = await d.program("read")
  const read = async (path: string) => {
    const headers = { authorization: `Bearer ${secret}` }
    const response = await fetch(`${d.m.admin.url}/api${path}`, { headers })
    return { status: response.status, text: await response.text() }
  }
  const lists = ["/registrations", `/registrations/${encodeURIComponent(carol.did)}`, "/audit", "/queues"]
  const files = [
    "/registrations/export",
    "/registrations/export?format=json",
    "/audit/export",
    "/audit/export?format=csv",
    "/queues/export",
    "/connections/export",
  ]
  for (const path of [...lists, ...files]) {
    const { status, text } = await read(path)
    expect([path, status, text.includes(id.slice(9))]).toEqual([path, 200, false])
  }
  expect(JSON.parse((await read("/registrations")).text).items).toMatchObject([{ invite: id.slice(0, 8) }])
  expect((await read("/invites")).status).toBe(403)
  expect((await read("/invites/export")).status).toBe(403)
})

test("an invite made over the API admits a wallet, and none once it is revoked", async () => {
  await using d = await desk({ "admission-mode": "invite" })
  const { m, ada } = d
  const { body } = await ada.call("POST", "/invites", { label: "Carol", uses: 2 })
  const carried = JSON.parse(Buffer.from(new URL(body.url).searchParams.get("_oob") ?? "", "base64url").toString())
  expect(carried).toMatchObject({ id: body.id, from: m.did })
  const [carol, dave, erin] = [createResident(), createResident(), createResident()]
  const ask = async (who: typeof carol) => (await m.ask(who, { ...request, pthid: carried.id })).type
  expect(await ask(carol)).toBe(`${coordination3}/mediate-grant`)
  expect((await ada.call("GET", `/invites/${body.id}`)).body).toMatchObject({ state: "open", used: 1 })
  expect((await ada.call("POST", `/invites/${body.id}/revoke`)).body.state).toBe("revoked")
  expect(await ask(dave)).toBe(`${coordination3}/mediate-deny`)
  expect((await m.ask(erin, request)).type).toBe(`${coordination3}/mediate-deny`)
})

test("the short link of an invite leads to its long one, and does not tell whether there is such an invite", async () => {
  await using d = await desk()
  const { body } = await d.ada.call("POST", "/invites", {})
  const follow = (id: string) => fetch(`${d.m.url}/?_oobid=${id}`, { redirect: "manual" })
  const known = await follow(body.id)
  expect([known.status, known.headers.get("location")]).toEqual([302, body.url])
  const unknown = await follow(crypto.randomUUID())
  expect(unknown.status).toBe(302)
  const nonsense = await follow("../admin")
  expect([nonsense.status, nonsense.headers.get("content-type")]).toEqual([200, "text/html; charset=UTF-8"])
})

test("lists go on where their page ended, in both directions of the audit", async () => {
  await using d = await desk()
  for (const label of ["a", "b", "c"]) await d.ada.call("POST", "/invites", { label })
  const first = (await d.ada.call("GET", "/invites?limit=2")).body
  const second = (await d.ada.call("GET", `/invites?limit=2&after=${encodeURIComponent(first.next)}`)).body
  const labels = [...first.items, ...second.items].map(({ label }: { label: string }) => label)
  expect(labels).toEqual(["c", "b", "a"])
  expect([first.total, second.next]).toEqual([3, null])
  expect(await d.ada.call("GET", "/registrations?after=nonsense")).toMatchObject({ status: 400 })

  const newest = (await d.ada.call("GET", "/audit?limit=1")).body
  const older = (await d.ada.call("GET", `/audit?limit=1&before=${newest.next}`)).body
  expect(older.items[0].seq).toBe(newest.items[0].seq - 1)
  const newer = (await d.ada.call("GET", `/audit?after=${older.items[0].seq}`)).body
  expect(newer).toEqual({ items: newest.items, next: null })
})

test("settings are shown with their values and where these come from", async () => {
  await using d = await desk({ "metrics-token": "opensesame" })
  const { settings } = (await d.ada.call("GET", "/settings")).body
  const of = (key: string) => settings.find((one: { key: string }) => one.key === key)
  expect(of("mailbox.ttl")).toMatchObject({ value: '"7d"', origin: "default" })
  expect(of("metrics.token")).toMatchObject({ value: "(secret)", isSecret: true })
  expect(JSON.stringify(settings)).not.toContain("opensesame")
})

test("refusals of the admin API show among the reasons of the last hour", async () => {
  await using d = await desk()
  await browser(d.m.admin.url).call("GET", "/status")
  // What the pages ask first, when nobody is signed in yet, is none.
  await browser(d.m.admin.url).call("GET", "/session")
  const { refusals } = (await d.ada.call("GET", "/status")).body
  expect(refusals).toContainEqual({
    code: "admin.unauthenticated",
    count: 1,
    sentence: expect.stringContaining("Sign in"),
  })
})

test("on an address of its own the API is there, and not beside everything else", async () => {
  const clock = fakeClock()
  await using m = await mediator({ "admin-listen": "127.0.0.1:0", "admin-password": PASSWORD }, { clock })
  expect(new URL(m.admin.url).port).not.toBe(new URL(m.url).port)
  const one = browser(m.admin.url)
  expect(await one.signIn("admin")).toMatchObject({ status: 200 })
  expect(await one.call("GET", "/status")).toMatchObject({ status: 200 })
  await next(one.feed(), "status")
  expect((await fetch(`${m.url}/admin/api/status`)).status).toBe(404)
  expect((await fetch(new URL("/did", m.admin.url))).status).toBe(404)
})
