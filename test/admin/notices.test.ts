/** Where owners are told that mail waits, as the operator sees and sets it. */

import { afterAll, expect, test } from "bun:test"
import { coordination3 } from "../kit/mediator.ts"
import { createResident } from "../kit/resident.ts"
import { receiver, userAgent } from "../notify/receiver.ts"
import { desk } from "./desk.ts"

const { m, ada, [Symbol.asyncDispose]: end } = await desk({ "notify-outbound": "any" })
afterAll(end)

const path = (did: string, rest = "") => `/registrations/${encodeURIComponent(did)}/notify${rest}`

test("a target is set, seen without its URL, tried out, replaced and removed, each with its line in the audit", async () => {
  await using there = receiver()
  const { host } = new URL(there.url)
  const { did } = await m.resident()
  expect((await ada.call("GET", path(did))).body).toEqual({ notify: null })
  const set = await ada.call("PUT", path(did), { kind: "webhook", url: `${there.url}/key-in-the-path` })
  const notify = { kind: "webhook", host, setBy: "operator", lastOkAt: null, lastFailure: null }
  expect(set.body).toMatchObject({ notify, secret: expect.stringMatching(/^whsec_/) })
  expect((await ada.call("POST", path(did, "/test"), {})).body).toEqual({ problem: null })
  expect(there.got.map(({ path }) => path)).toEqual(["/key-in-the-path"])
  const seen = await ada.call("GET", path(did))
  expect(seen.body).toMatchObject({ notify: { ...notify, lastOkAt: expect.any(Number) } })
  expect(JSON.stringify(seen.body)).not.toContain("key-in-the-path")
  const replaced = await ada.call("PUT", path(did), { kind: "webpush", url: there.url, ...userAgent().keys })
  expect(replaced.body).toMatchObject({ notify: { kind: "webpush", lastOkAt: null }, secret: null })
  expect((await ada.call("DELETE", path(did))).body).toEqual({ removed: true })
  expect((await ada.call("DELETE", path(did))).body).toEqual({ removed: false })
  const { items: lines } = (await ada.call("GET", `/audit?text=${encodeURIComponent(did)}`)).body
  const changes = lines.filter(({ action }: { action: string }) => action.startsWith("registration.notify"))
  expect(changes.map((line: { action: string; detail: string }) => `${line.action} ${line.detail}`)).toEqual([
    "registration.notify_off webpush",
    "registration.notify webpush",
    "registration.notify webhook",
  ])
  expect(JSON.stringify(lines)).not.toContain("key-in-the-path")
})

test("what the operator sets is used at once, and what fails is seen", async () => {
  await using there = receiver(() => new Response(null, { status: 403 }))
  const bob = await m.resident()
  await ada.call("PUT", path(bob.did), { kind: "ntfy", url: `${there.url}/topic` })
  await m.post(await m.letter(createResident(), bob.did, "hello"))
  await there.first(1)
  const failure = async () => (await ada.call("GET", path(bob.did))).body.notify.lastFailure
  while ((await failure()) === null) await Bun.sleep(5)
  expect(await failure()).toMatchObject({ reason: "HTTP 403" })
  expect((await ada.call("POST", path(bob.did, "/test"), {})).body).toEqual({ problem: "HTTP 403" })
})

test("nobody's target cannot be set, none cannot be tried, and a wrong one is refused with the reason", async () => {
  const { did } = await m.resident()
  const code = async (method: string, at: string, body?: object) => {
    const { status, body: answer } = await ada.call(method, at, body)
    return [status, answer.error.code]
  }
  const wish = { kind: "ntfy", url: "https://ntfy.example/x" }
  expect(await code("PUT", path("did:example:nobody"), wish)).toEqual([404, "account.unknown"])
  expect(await code("GET", path("did:example:nobody"))).toEqual([404, "account.unknown"])
  expect(await code("POST", path(did, "/test"), {})).toEqual([404, "notify.none"])
  expect(await code("PUT", path(did), { kind: "ntfy", url: "gopher://x" })).toEqual([400, "notify.target"])
  expect(await code("PUT", path(did), { kind: "sms", url: "https://x.example" })).toEqual([400, "admin.invalid"])
  expect(await code("PUT", path(did), { ...wish, p256dh: "x" })).toEqual([400, "admin.invalid"])
})

test("the key for Web Push is the one that wallets are told", async () => {
  const bob = createResident()
  await m.ask(bob, { type: `${coordination3}/mediate-request` })
  const { body } = await m.ask(bob, { type: "urn:restante:mail-notice/1.0/get-target", body: {} })
  expect((await ada.call("GET", "/notify")).body).toEqual({ vapidKey: body.vapid_key })
})

test("with notices switched off nothing can be set, and nobody is told", async () => {
  await using off = await desk({ "notify-outbound": "off" })
  const { did } = await off.m.resident()
  const { status, body } = await off.ada.call("PUT", path(did), { kind: "webhook", url: "https://hook.example/" })
  expect([status, body.error.code]).toEqual([409, "notify.off"])
})
