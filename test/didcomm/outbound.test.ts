import { afterAll, beforeAll, describe, expect, test } from "bun:test"
import { openInbox } from "../kit/inbox.ts"
import { coordination3, type Mediator, mediator, pickup3 } from "../kit/mediator.ts"
import { createResident, encrypted, type Resident } from "../kit/resident.ts"

const PING = "https://didcomm.org/trust-ping/2.0/ping"
const accepted = { status: 202, text: "" }
/** Longer than an answer within this machine takes. */
const QUIET_MS = 150

let m: Mediator
beforeAll(async () => {
  m = await mediator({ "didcomm-outbound": "any" })
})
afterAll(async () => {
  await m?.[Symbol.asyncDispose]()
})

const at = (uri: string, r: string[] = []) => ({ t: "dm", s: { uri, r, a: ["didcomm/v2"] } })

/** Pings without asking for an answer on the same way. */
async function ping(who: Resident, extra: object = {}, office = m): Promise<string> {
  const message = who.plaintext({ type: PING, ...extra }, office.did)
  expect(await office.post(await who.auth(message, office.did))).toMatchObject(accepted)
  return message.id
}

describe("an answer that may not come back the way the question came", () => {
  test("is posted to the sender's service", async () => {
    await using inbox = openInbox()
    const alice = createResident({ services: [inbox.service] })
    for (const extra of [{}, { return_route: "none" }, { return_route: "thread", return_route_thread: "another" }]) {
      const thid = await ping(alice, extra)
      const { mediaType, text } = await inbox.next()
      expect(mediaType).toBe(encrypted)
      expect(await alice.open(text)).toMatchObject({ type: `${PING}-response`, thid, from: m.did, to: [alice.did] })
    }
  })

  test("is not posted as well when it came back", async () => {
    await using inbox = openInbox()
    const alice = createResident({ services: [inbox.service] })
    expect((await m.ask(alice, { type: PING })).type).toBe(`${PING}-response`)
    expect(await inbox.hears(QUIET_MS)).toBe(false)
  })

  test("goes to the next service when one does not work, in the sender's order", async () => {
    await using broken = openInbox(500)
    await using good = openInbox()
    await using spare = openInbox()
    const nobody = at("http://127.0.0.1:1/")
    const alice = createResident({ services: [broken.service, nobody, good.service, spare.service] })
    await ping(alice)
    expect((await alice.open((await good.next()).text)).type).toBe(`${PING}-response`)
    expect(await broken.hears(0)).toBe(true)
    expect(await spare.hears(QUIET_MS)).toBe(false)
  })

  test("is handed to a service that is a WebSocket", async () => {
    const { promise, resolve } = Promise.withResolvers<unknown>()
    await using server = Bun.serve({
      port: 0,
      fetch: (request, server) => (server.upgrade(request) ? undefined : new Response(null, { status: 400 })),
      websocket: { message: (_, data) => resolve(data) },
    })
    const alice = createResident({ services: [at(`ws://127.0.0.1:${server.port}/`)] })
    await ping(alice)
    const frame = await promise
    if (typeof frame !== "string") throw new Error("a binary frame")
    expect((await alice.open(frame)).type).toBe(`${PING}-response`)
  })

  test.each([
    ["no service", []],
    ["a queue", [at("didcomm:transport/queue")]],
    ["an empty address", [at("")]],
    ["a service that is no address", [at("mailto:alice@example.org")]],
    ["a DID that cannot be resolved", [at("did:example:mediator")]],
    ["somebody who is not there", [at("http://127.0.0.1:1/")]],
  ])("is dropped when the sender has %s, and the question was answered all the same", async (_, services) => {
    await ping(createResident({ services }))
    expect((await m.ask(createResident(), { type: PING })).type).toBe(`${PING}-response`)
  })

  test("is nobody's mail: to a sender behind this very mediator it is dropped", async () => {
    const alice = createResident({ services: [at(m.did)] })
    await m.ask(alice, { type: `${coordination3}/mediate-request` })
    const updates = [{ recipient_did: alice.did, action: "add" }]
    await m.ask(alice, { type: `${coordination3}/recipient-update`, body: { updates } })
    await ping(alice)
    await Bun.sleep(QUIET_MS)
    expect((await m.ask(alice, { type: `${pickup3}/status-request` })).body.message_count).toBe(0)
  })

  test("is never sent for a mere claim of from, nor for a signature of long ago", async () => {
    await using inbox = openInbox()
    const [victim, mallory] = [createResident({ services: [inbox.service] }), createResident()]
    const message = victim.plaintext({ type: PING }, m.did)
    expect(await m.post(await mallory.anon(message, m.did))).toMatchObject(accepted)
    expect(await m.post(await victim.sign({ ...message, created_time: 1 }))).toMatchObject(accepted)
    expect(await inbox.hears(QUIET_MS)).toBe(false)
  })

  test("may be a problem report", async () => {
    await using inbox = openInbox()
    const alice = createResident({ services: [inbox.service] })
    const message = alice.plaintext({ type: `${PING}s` }, m.did)
    expect(await m.post(await alice.auth(message, m.did))).toMatchObject(accepted)
    const report = await alice.open((await inbox.next()).text)
    expect(report).toMatchObject({ pthid: message.id, body: { code: "e.p.msg.unsupported" } })
  })
})

describe("an answer to a sender behind another mediator", () => {
  type Forward = { body: { next: string }; to: string[]; attachments: { data: { json: object } }[] }
  const unwrapped = async (mediating: Resident, text: string) => {
    const { type, ...forward } = await mediating.open(text)
    expect(type).toBe("https://didcomm.org/routing/2.0/forward")
    const { body, to, attachments } = forward as unknown as Forward
    expect(to).toEqual([mediating.did])
    return { next: body.next, inner: JSON.stringify(attachments[0]?.data.json) }
  }

  test.each(["a DID as its service", "a routing key of its service"])("is wrapped for it: %s", async (how) => {
    await using inbox = openInbox()
    const other = createResident({ services: [inbox.service] })
    const service = how.startsWith("a DID") ? at(other.did) : at(inbox.url, [other.kid])
    const alice = createResident({ services: [service] })
    const thid = await ping(alice)
    const { next, inner } = await unwrapped(other, (await inbox.next()).text)
    expect(next).toBe(alice.did)
    expect(await alice.open(inner)).toMatchObject({ type: `${PING}-response`, thid })
  })

  test("is wrapped for each mediator on the way, the first of them outermost", async () => {
    await using inbox = openInbox()
    const outer = createResident({ services: [inbox.service] })
    const [first, second] = [createResident(), createResident()]
    const alice = createResident({ services: [at(outer.did, [first.kid, second.kid])] })
    await ping(alice)
    const atOuter = await unwrapped(outer, (await inbox.next()).text)
    expect(atOuter.next).toBe(first.kid)
    const atFirst = await unwrapped(first, atOuter.inner)
    expect(atFirst.next).toBe(second.kid)
    const atSecond = await unwrapped(second, atFirst.inner)
    expect(atSecond.next).toBe(alice.did)
    expect((await alice.open(atSecond.inner)).type).toBe(`${PING}-response`)
  })

  test("is dropped when a mediator is itself behind a mediator, or there are too many on the way", async () => {
    await using inbox = openInbox()
    const far = createResident({ services: [inbox.service] })
    const near = createResident({ services: [at(far.did)] })
    await ping(createResident({ services: [at(near.did)] }))
    const keys = Array.from({ length: 5 }, () => createResident().kid)
    await ping(createResident({ services: [at(inbox.url, keys)] }))
    expect(await inbox.hears(QUIET_MS)).toBe(false)
  })
})

test.each(["public", "off"])("nothing is sent into the operator's own network with outbound %s", async (policy) => {
  await using inbox = openInbox()
  await using guarded = await mediator({ "didcomm-outbound": policy })
  await ping(createResident({ services: [inbox.service] }), {}, guarded)
  const other = createResident({ services: [inbox.service] })
  await ping(createResident({ services: [at(other.did)] }), {}, guarded)
  expect(await inbox.hears(QUIET_MS)).toBe(false)
})
