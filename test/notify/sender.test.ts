import { expect, test } from "bun:test"
import { createHmac } from "node:crypto"
import { createLog } from "../../src/base/log.ts"
import { systemRandom } from "../../src/base/random.ts"
import { createFetcher, type OutboundPolicy } from "../../src/did/fetch.ts"
import type { Target, Wish } from "../../src/mailbox/notice-ports.ts"
import { createNoticeDesk } from "../../src/notify/desk.ts"
import { createSender } from "../../src/notify/sender.ts"
import { createVapid } from "../../src/notify/vapid.ts"
import { openStore } from "../../src/store/store.ts"
import { fakeClock } from "../kit/clock.ts"
import { readVapid, receiver, userAgent } from "./receiver.ts"

const DID = "did:example:bob"

/** A store with one mailbox, and what tells its owner, over the real way out. */
async function post({ policy = "any" as OutboundPolicy } = {}) {
  const clock = fakeClock()
  const logged: string[] = []
  const ports = {
    clock,
    random: systemRandom,
    log: createLog({ level: "debug", format: "json", clock, write: (line) => void logged.push(line) }),
  }
  const store = await openStore("sqlite::memory:", { ...ports, dataDir: ".", writer: "in-place" })
  const audit = { actor: "test", action: "registration.approved", subject: DID }
  const { id } = await store.ask({ did: DID, lane: "didcomm", state: "approved", audit })
  const counted: string[] = []
  const vapid = createVapid(store, { clock, contact: "https://mediator.example" })
  const sender = createSender({
    ...ports,
    store,
    vapid,
    deliverer: createFetcher({ policy, clock }),
    count: (kind, result) => void counted.push(`${kind} ${result}`),
  })
  const desk = createNoticeDesk({ ...ports, store, policy, sender, vapid, changed: async () => {} })
  const set = (wish: Wish) => desk.set({ id, did: DID }, wish, "ada")
  /** Lets time pass until `work` is done. */
  async function during<T>(work: Promise<T>): Promise<T> {
    let isDone = false
    const done = work.finally(() => {
      isDone = true
    })
    while (!isDone) {
      clock.pass(1000)
      await Bun.sleep(1)
    }
    return done
  }
  return {
    ...{ clock, store, desk, sender, vapid, logged, counted, set, during, id },
    async [Symbol.asyncDispose]() {
      sender[Symbol.dispose]()
      await store[Symbol.asyncDispose]()
    },
  }
}

test("a webhook gets a fixed body, signed as Standard Webhooks say", async () => {
  await using here = await post()
  await using there = receiver()
  const { secret, notice } = await here.set({ kind: "webhook", url: `${there.url}/hook?x=1#part` })
  expect(notice).toMatchObject({ kind: "webhook", host: new URL(there.url).host, lastOkAt: null, lastFailure: null })
  expect(await here.sender.tell(here.id)).toBe(true)
  const [got] = await there.first(1)
  const { headers, body, path } = got ?? there.got[0] ?? expect.unreachable()
  expect(path).toBe("/hook")
  expect(JSON.parse(body.toString())).toEqual({
    type: "mail.waiting",
    timestamp: new Date(here.clock.now()).toISOString(),
    data: {},
  })
  const [id, timestamp] = [headers.get("webhook-id"), headers.get("webhook-timestamp")]
  expect(Number(timestamp)).toBe(Math.floor(here.clock.now() / 1000))
  const key = Buffer.from(secret?.replace("whsec_", "") ?? "", "base64")
  expect(key.length).toBe(32)
  const mac = createHmac("sha256", key).update(`${id}.${timestamp}.${body}`).digest("base64")
  expect(headers.get("webhook-signature")).toBe(`v1,${mac}`)
  expect(await here.desk.shown(here.id)).toMatchObject({ lastOkAt: here.clock.now(), lastFailure: null })
  expect(here.counted).toEqual(["webhook sent"])
})

test("an ntfy topic gets a line of text, with the token if it has one", async () => {
  await using here = await post()
  await using there = receiver()
  await here.set({ kind: "ntfy", url: `${there.url}/topic` })
  await here.sender.tell(here.id)
  await here.set({ kind: "ntfy", url: `${there.url}/closed`, token: "tk_1" })
  await here.sender.tell(here.id)
  const seen = there.got.map(({ path, headers, body }) => [path, headers.get("authorization"), body.toString()])
  expect(seen).toEqual([
    ["/topic", null, "Mail is waiting."],
    ["/closed", "Bearer tk_1", "Mail is waiting."],
  ])
})

test("a push service gets a sealed message from a known sender, which only the subscriber opens", async () => {
  await using here = await post()
  await using there = receiver()
  const agent = userAgent()
  await here.set({ kind: "webpush", url: `${there.url}/push/abc`, ...agent.keys })
  expect(await here.sender.tell(here.id)).toBe(true)
  expect(await here.sender.tell(here.id)).toBe(true)
  const [first, second] = there.got
  if (!first || !second) throw new Error("nothing came")
  expect(agent.open(first.body)).toBe('{"type":"mail.waiting"}')
  expect(first.body.equals(second.body)).toBe(false)
  expect(Object.fromEntries(first.headers)).toMatchObject({
    "content-encoding": "aes128gcm",
    ttl: "86400",
    urgency: "normal",
    topic: "mail",
  })
  const { claims, key } = readVapid(first.headers.get("authorization") ?? "")
  const seconds = here.clock.now() / 1000
  expect(claims).toEqual({ aud: there.url, exp: seconds + 12 * 3600, sub: "https://mediator.example" })
  expect(key).toBe(await here.desk.publicKey())
})

test("the key for push services is minted once, whoever asks for it", async () => {
  await using here = await post()
  const { clock, store } = here
  const another = createVapid(store, { clock, contact: "http://localhost" })
  const [one, two] = await Promise.all([here.vapid.publicKey(), another.publicKey()])
  expect(one).toBe(two)
  expect(readVapid(await another.authorization("https://push.example:8443/x")).claims).toEqual({
    aud: "https://push.example:8443",
    exp: clock.now() / 1000 + 12 * 3600,
  })
})

test("what may work later is tried again with the same id, and Retry-After is heeded", async () => {
  await using here = await post()
  const at: number[] = []
  await using there = receiver((_, count) => {
    at.push(here.clock.now())
    if (count === 1) return new Response(null, { status: 503, headers: { "retry-after": "120" } })
    return new Response(null, { status: count === 2 ? 429 : 204 })
  })
  await here.set({ kind: "webhook", url: there.url })
  expect(await here.during(here.sender.tell(here.id))).toBe(true)
  const [one = 0, two = 0, three = 0] = at
  expect(two - one).toBeGreaterThanOrEqual(120_000)
  expect(three - two).toBeGreaterThanOrEqual(60_000)
  expect(new Set(there.got.map(({ headers }) => headers.get("webhook-id"))).size).toBe(1)
  expect(here.counted).toEqual(["webhook sent"])
  expect(await here.desk.shown(here.id)).toMatchObject({ lastFailure: null })
})

test("a few attempts, and no more; what went wrong is shown", async () => {
  await using here = await post()
  await using there = receiver(() => new Response(null, { status: 500 }))
  await here.set({ kind: "ntfy", url: there.url })
  expect(await here.during(here.sender.tell(here.id))).toBe(false)
  expect(there.got.length).toBe(4)
  expect(here.counted).toEqual(["ntfy failed"])
  expect((await here.desk.shown(here.id))?.lastFailure).toMatchObject({ reason: "HTTP 500" })
})

test("what will not work later is not tried again: a refusal, a redirect, an address that is none", async () => {
  await using here = await post()
  for (const [status, reason] of [
    [403, "HTTP 403"],
    [302, "HTTP 302"],
  ] as const) {
    await using there = receiver(() => new Response(null, { status, headers: { location: "http://127.0.0.1:1/" } }))
    await here.set({ kind: "webhook", url: there.url })
    expect(await here.sender.tell(here.id)).toBe(false)
    expect(there.got.length).toBe(1)
    expect((await here.desk.shown(here.id))?.lastFailure).toMatchObject({ reason })
  }
  const nowhere: Target = { kind: "ntfy", url: "ftp://127.0.0.1/", token: null }
  const audit = { actor: "test", action: "registration.notify", subject: DID }
  await here.store.setNotice({ mailbox: here.id, target: nowhere, setBy: "owner", at: 1, audit })
  expect(await here.sender.tell(here.id)).toBe(false)
  expect((await here.desk.shown(here.id))?.lastFailure).toMatchObject({ reason: "outbound.refused" })
})

test("a subscription that is gone is taken away, with a line in the audit; a webhook that is not found stays", async () => {
  await using here = await post()
  for (const [kind, status, stays] of [
    ["webpush", 404, false],
    ["webpush", 410, false],
    ["ntfy", 404, false],
    ["webhook", 404, true],
    ["webhook", 410, false],
  ] as const) {
    await using there = receiver(() => new Response(null, { status }))
    await here.set({ kind, url: there.url, ...userAgent().keys })
    expect(await here.sender.tell(here.id)).toBe(false)
    expect([kind, status, (await here.desk.shown(here.id)) !== null]).toEqual([kind, status, stays])
    const [line] = await here.store.auditLines({ limit: 1 })
    if (!stays) {
      expect(line).toMatchObject({ actor: "notify", action: "registration.notify_gone", subject: DID })
      expect(line?.detail).toBe(`${kind}; HTTP ${status}`)
    }
  }
})

test("a target that was replaced while a notice was on its way is not touched by what came of that", async () => {
  await using here = await post()
  const { promise: arrived, resolve: arrive } = Promise.withResolvers<void>()
  const { promise: mayAnswer, resolve: answer } = Promise.withResolvers<void>()
  await using slow = Bun.serve({
    hostname: "127.0.0.1",
    port: 0,
    async fetch() {
      arrive()
      await mayAnswer
      return new Response(null, { status: 410 })
    },
  })
  await here.set({ kind: "ntfy", url: slow.url.href })
  const telling = here.sender.tell(here.id)
  await arrived
  await here.set({ kind: "ntfy", url: "http://127.0.0.1:1/new" })
  answer()
  expect(await telling).toBe(false)
  expect(await here.desk.shown(here.id)).toMatchObject({ host: "127.0.0.1:1", lastFailure: null })
})

test("at most eight are sent at the same time, at most a thousand wait, and the rest are dropped", async () => {
  await using here = await post()
  const { promise: mayAnswer, resolve: answer } = Promise.withResolvers<void>()
  let open = 0
  let most = 0
  await using slow = Bun.serve({
    hostname: "127.0.0.1",
    port: 0,
    async fetch() {
      most = Math.max(most, ++open)
      await mayAnswer
      open--
      return new Response(null, { status: 403 })
    },
  })
  await here.set({ kind: "webhook", url: slow.url.href })
  const all = Array.from({ length: 1010 }, () => here.sender.tell(here.id))
  while (open < 8) await Bun.sleep(1)
  expect(here.counted).toEqual(Array(10).fill("any dropped"))
  answer()
  await here.during(Promise.all(all))
  expect(most).toBe(8)
})

test("no line of the log says where anybody is told, or who they are", async () => {
  await using here = await post()
  await using there = receiver((_, count) => new Response(null, { status: [201, 403, 410][count - 1] ?? 500 }))
  await here.set({ kind: "ntfy", url: `${there.url}/secret-topic`, token: "tk_secret" })
  for (let round = 0; round < 3; round++) await here.sender.tell(here.id)
  const log = here.logged.join("")
  expect(log).toContain("notify.sent")
  expect(log).toContain("notify.failed")
  expect(log).toContain("notify.gone")
  for (const secret of ["secret-topic", "tk_secret", "127.0.0.1", DID]) expect(log).not.toContain(secret)
  const told = (await here.store.auditLines({ limit: 50 })).map((line) => JSON.stringify(line)).join("")
  expect(told).not.toContain("secret")
})

test("nothing is sent any more once it has ended", async () => {
  await using here = await post()
  await using there = receiver(() => new Response(null, { status: 503 }))
  await here.set({ kind: "webhook", url: there.url })
  const telling = here.sender.tell(here.id)
  await there.first(1)
  here.sender[Symbol.dispose]()
  expect(await telling).toBe(false)
  expect(await here.sender.tell(here.id)).toBe(false)
  expect(there.got.length).toBe(1)
})

test("a place to be told must be a public https address with keys that are some, unless the policy says otherwise", async () => {
  await using here = await post({ policy: "public" })
  const { keys } = userAgent()
  const bad: Wish[] = [
    { kind: "webhook", url: "http://example.org/" },
    { kind: "webhook", url: "https://localhost/" },
    { kind: "webhook", url: "https://me:pw@example.org/" },
    { kind: "webhook", url: "https://example.org:25/" },
    { kind: "webhook", url: "file:///etc/passwd" },
    { kind: "webhook", url: "" },
    { kind: "webhook", url: `https://example.org/${"x".repeat(2048)}` },
    { kind: "ntfy", url: "https://ntfy.example/t", token: "a\r\nb: c" },
    { kind: "ntfy", url: "https://ntfy.example/t", token: "" },
    { kind: "webpush", url: "https://push.example/", ...keys, auth: "AAAA" },
    { kind: "webpush", url: "https://push.example/", ...keys, p256dh: keys.p256dh.replace(/^.{6}/, "BAAAAA") },
    { kind: "webpush", url: "https://push.example/", ...keys, p256dh: `${keys.p256dh}=` },
  ]
  for (const wish of bad) {
    const [outcome] = await Promise.allSettled([here.set(wish)])
    expect([wish.url.slice(0, 40), outcome]).toMatchObject([
      wish.url.slice(0, 40),
      { reason: { code: "notify.target" } },
    ])
  }
  expect(await here.desk.shown(here.id)).toBeNull()
  expect((await here.set({ kind: "webpush", url: "https://push.example/", ...keys })).secret).toBeNull()
})

test("an address that turns out to be private is never called", async () => {
  await using here = await post({ policy: "public" })
  await here.set({ kind: "webhook", url: "https://127.0.0.1:8443/" })
  expect(await here.desk.test({ id: here.id, did: DID })).toBe("outbound.refused")
  expect(here.counted).toEqual(["webhook failed"])
})
