import { afterAll, beforeAll, describe, expect, test } from "bun:test"
import { type Executable, executable } from "../kit/executable.ts"
import { mintPeerDid } from "../kit/peer-did.ts"
import { sicpaWallet } from "../kit/sicpa.ts"
import { coordinate2, coordinate3, pickup3, problemReport, resident, stranger } from "./sicpa-people.ts"

let mediator: Executable

beforeAll(async () => {
  mediator = await executable(["--didcomm-outbound", "any"])
})

afterAll(async () => {
  await mediator?.[Symbol.asyncDispose]()
})

const nobody = () => mintPeerDid().did

describe.each(["key-n", "multibase"] as const)("a SICPA wallet that spells key ids as %s", (keyIds) => {
  test("is granted mediation by coordinate-mediation 2.0 with routing_did as a string, again and again", async () => {
    const alice = await stranger(mediator, keyIds)
    for (const _ of [1, 2]) {
      const grant = await alice.ask(`${coordinate2}/mediate-request`)
      expect(grant.type).toBe(`${coordinate2}/mediate-grant`)
      expect(grant.body).toEqual({ routing_did: mediator.did })
      expect(Object.keys(grant).filter((name) => !knownHeaders.has(name))).toEqual([])
    }
  })

  test("is granted mediation by coordinate-mediation 3.0 with routing_did as an array", async () => {
    const alice = await stranger(mediator, keyIds)
    const grant = await alice.ask(`${coordinate3}/mediate-request`)
    expect(grant.type).toBe(`${coordinate3}/mediate-grant`)
    expect(grant.body).toEqual({ routing_did: [mediator.did] })
  })

  test.each([
    ["keylist-* under 2.0", coordinate2, "keylist-update", "keylist-query", "keylist", "keys"],
    ["recipient-* under 2.0", coordinate2, "recipient-update", "recipient-query", "recipient", "dids"],
    ["recipient-* under 3.0", coordinate3, "recipient-update", "recipient-query", "recipient", "dids"],
  ])("keeps its list of addresses by %s", async (_, uri, update, query, list, member) => {
    const alice = await stranger(mediator, keyIds)
    await alice.ask(`${uri}/mediate-request`)
    expect(await alice.ask(`${uri}/${query}`)).toMatchObject({ type: `${uri}/${list}`, body: { [member]: [] } })

    const [first, second] = [nobody(), nobody()]
    const asked = [
      { recipient_did: first, action: "add" },
      { recipient_did: second, action: "add" },
      { recipient_did: first, action: "add" },
      { recipient_did: second, action: "remove" },
      { recipient_did: "did:example:123456789abcdefghi", action: "remove" },
    ]
    const results = ["success", "success", "no_change", "success", "no_change"]
    const reply = await alice.ask(`${uri}/${update}`, { updates: asked })
    expect(reply.type).toBe(`${uri}/${update}-response`)
    expect(reply.body).toEqual({ updated: asked.map((item, index) => ({ ...item, result: results[index] })) })
    expect((await alice.ask(`${uri}/${query}`)).body).toEqual({ [member]: [{ recipient_did: first }] })
  })

  test("changes its list without return_route: 202, nothing in the body, and the change holds", async () => {
    const bob = await stranger(mediator, keyIds)
    await bob.ask(`${coordinate2}/mediate-request`)
    const updates = [{ recipient_did: bob.did, action: "add" }]
    const told = await bob.tell(`${coordinate2}/keylist-update`, { updates }, { return_route: "none" })
    expect(told).toMatchObject({ status: 202, text: "" })
    expect((await bob.ask(`${coordinate2}/keylist-query`)).body).toEqual({ keys: [{ recipient_did: bob.did }] })
  })

  test("cannot take an address that belongs to somebody else", async () => {
    const bob = await resident(mediator, keyIds)
    const mallory = await resident(mediator, keyIds)
    const updates = [{ recipient_did: bob.did, action: "add" }]
    const reply = await mallory.ask(`${coordinate2}/keylist-update`, { updates })
    expect(reply.body.updated).toEqual([{ recipient_did: bob.did, action: "add", result: "client_error" }])
  })

  test.each([
    ["an anoncrypted forward with a json attachment", { auth: false, base64: false }],
    ["an anoncrypted forward with a base64 attachment", { auth: false, base64: true }],
    ["an authcrypted forward with a json attachment", { auth: true, base64: false }],
    ["an authcrypted forward with a base64 attachment", { auth: true, base64: true }],
  ])("is reached by %s, which is answered by an empty 202", async (_, forwarding) => {
    const bob = await resident(mediator, keyIds)
    const alice = await stranger(mediator, keyIds)
    const letter = await alice.wallet.letter(bob.did, "hello")
    const extra = { return_route: "all" }
    const posted = await alice.wallet.forward(mediator.url, bob.did, letter, { ...forwarding, extra })
    expect(posted).toMatchObject({ status: 202, text: "" })
    const [message, ...others] = await bob.waiting()
    expect(message?.content).toBe("hello")
    // SICPA's library sorts the members of a json attachment before it seals the forward.
    if (forwarding.base64) expect(message?.packed).toBe(letter)
    else expect(JSON.parse(message?.packed ?? "")).toEqual(JSON.parse(letter))
    expect(others).toEqual([])
  })

  test("fetches the oldest first, sees what it has not acknowledged again, and is rid of what it has", async () => {
    const bob = await resident(mediator, keyIds)
    const alice = await stranger(mediator, keyIds)
    for (const content of ["one", "two", "three"]) {
      await alice.wallet.forward(mediator.url, bob.did, await alice.wallet.letter(bob.did, content))
    }
    expect((await bob.ask(`${pickup3}/delivery-request`, { limit: 2 })).attachments).toHaveLength(2)
    const waiting = await bob.waiting()
    expect(waiting.map(({ content }) => content)).toEqual(["one", "two", "three"])
    expect(new Set(waiting.map(({ id }) => id)).size).toBe(3)

    const [one, , three] = waiting
    const status = await bob.acknowledge([one?.id ?? "", three?.id ?? "", "unknown"])
    expect(status).toMatchObject({ type: `${pickup3}/status`, body: { message_count: 1 } })
    expect((await bob.waiting()).map(({ content }) => content)).toEqual(["two"])
  })

  test("cannot acknowledge what waits for somebody else", async () => {
    const bob = await resident(mediator, keyIds)
    const mallory = await resident(mediator, keyIds)
    await mallory.wallet.forward(mediator.url, bob.did, await mallory.wallet.letter(bob.did, "for bob"))
    const ids = (await bob.waiting()).map(({ id }) => id)
    expect(ids).toHaveLength(1)
    await mallory.acknowledge(ids)
    expect(await bob.count()).toBe(1)
  })

  test("asks for the status of one address and of all", async () => {
    const bob = await resident(mediator, keyIds)
    const before = Math.floor(Date.now() / 1000)
    const alice = await stranger(mediator, keyIds)
    await alice.wallet.forward(mediator.url, bob.did, await alice.wallet.letter(bob.did, "hello"))
    const all = await bob.ask(`${pickup3}/status-request`)
    expect(all.type).toBe(`${pickup3}/status`)
    expect(all.body).toMatchObject({ message_count: 1 })
    expect(all.body.recipient_did).toBeUndefined()
    expect(Math.abs(Number(all.body.newest_received_time) - before)).toBeLessThan(30)
    const one = await bob.ask(`${pickup3}/status-request`, { recipient_did: bob.did })
    expect(one.body).toMatchObject({ recipient_did: bob.did, message_count: 1 })
  })

  test("with nothing waiting is answered a delivery-request by a status", async () => {
    const bob = await resident(mediator, keyIds)
    const reply = await bob.ask(`${pickup3}/delivery-request`, { limit: 10 })
    expect(reply).toMatchObject({ type: `${pickup3}/status`, body: { message_count: 0 } })
  })

  test("pings, and is answered unless it asked for no response", async () => {
    const alice = await stranger(mediator, keyIds)
    const pong = await alice.ask("https://didcomm.org/trust-ping/2.0/ping", {})
    expect(pong).toMatchObject({ type: "https://didcomm.org/trust-ping/2.0/ping-response", body: {} })
    const told = await alice.tell("https://didcomm.org/trust-ping/2.0/ping", { response_requested: false })
    expect(told).toMatchObject({ status: 202, text: "" })
  })

  test("discovers the protocols with their roles, by a prefix and by Identus' way of asking", async () => {
    const alice = await stranger(mediator, keyIds)
    const queries = [
      { "feature-type": "protocol", match: "https://didcomm.org/messagepickup/*" },
      { "feature-type": "protocol", match: ".*routing.*" },
      { "feature-type": "constraint", match: "max_receive_bytes" },
      { "feature-type": "nonsense", match: "*" },
    ]
    const reply = await alice.ask("https://didcomm.org/discover-features/2.0/queries", { queries })
    expect(reply.type).toBe("https://didcomm.org/discover-features/2.0/disclose")
    const disclosures = reply.body.disclosures as Record<string, unknown>[]
    expect(disclosures.toSorted((a, b) => String(a.id).localeCompare(String(b.id)))).toEqual([
      { "feature-type": "protocol", id: pickup3, roles: ["mediator"] },
      { "feature-type": "protocol", id: "https://didcomm.org/routing/2.0", roles: ["mediator"] },
      { "feature-type": "constraint", id: "max_receive_bytes", max_receive_bytes: expect.stringMatching(/^\d+$/) },
    ])
  })

  test("is answered at its own service when it asks for no return route", async () => {
    const arrived = Promise.withResolvers<string>()
    await using inbox = Bun.serve({
      port: 0,
      fetch: async (request) => {
        arrived.resolve(await request.text())
        return new Response(null, { status: 202 })
      },
    })
    const service = { t: "dm", s: { uri: `http://127.0.0.1:${inbox.port}/`, a: ["didcomm/v2"] } }
    const alice = await sicpaWallet({ mediatorDid: mediator.did, keyIds, service })
    const ping = await alice.pack({ id: "ping-1", type: "https://didcomm.org/trust-ping/2.0/ping" })
    expect(await alice.post(mediator.url, ping)).toMatchObject({ status: 202, text: "" })
    const { message, sealedBy } = await alice.unpack(await arrived.promise)
    expect(message).toMatchObject({ type: "https://didcomm.org/trust-ping/2.0/ping-response", thid: "ping-1" })
    expect(sealedBy).toStartWith(`${mediator.did}#`)
  })

  test.each([
    ["a problem report", problemReport, { code: "w.m.test" }, { pthid: "an-earlier-thread" }],
    ["an empty message", "https://didcomm.org/empty/1.0/empty", {}, {}],
    ["a basic message", "https://didcomm.org/basicmessage/2.0/message", { content: "hello" }, {}],
  ])("sends %s and is answered by an empty 202", async (_, type, body, extra) => {
    const alice = await stranger(mediator, keyIds)
    expect(await alice.tell(type, body, extra)).toMatchObject({ status: 202, text: "" })
  })
})

const knownHeaders = new Set(["id", "typ", "type", "from", "to", "thid", "created_time", "body", "attachments"])

test.each(["/invitation", "/invitationOOB"])("%s invites to the mediator", async (path) => {
  const response = await fetch(`${mediator.url}${path}`)
  expect(response.status).toBe(200)
  let text = await response.text()
  if (path === "/invitationOOB") {
    const value = new URL(text.trim()).searchParams.get("_oob") ?? ""
    // The Identus SDK decodes it by the standard alphabet.
    expect(value).toMatch(/^[A-Za-z0-9]+$/)
    text = Buffer.from(value, "base64url").toString()
  }
  expect(JSON.parse(text)).toMatchObject({
    type: "https://didcomm.org/out-of-band/2.0/invitation",
    id: expect.any(String),
    from: mediator.did,
    body: { accept: expect.arrayContaining(["didcomm/v2"]) },
  })
})
