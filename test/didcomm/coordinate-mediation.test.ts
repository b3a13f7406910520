import { afterAll, beforeAll, describe, expect, test } from "bun:test"
import { shortForm } from "../../src/did/names.ts"
import { coordination2, coordination3, type Mediator, mediator, pickup3 } from "../kit/mediator.ts"
import { createResident, type Resident } from "../kit/resident.ts"

let m: Mediator
beforeAll(async () => {
  m = await mediator()
})
afterAll(async () => {
  await m?.[Symbol.asyncDispose]()
})

async function granted(office = m): Promise<Resident> {
  const who = createResident()
  await office.ask(who, { type: `${coordination3}/mediate-request` })
  return who
}

type Update = { recipient_did: string; action: string; result?: string }
async function update(who: Resident, ...updates: (readonly [string, string])[]): Promise<string[]> {
  const asked = updates.map(([action, recipient_did]) => ({ recipient_did, action }))
  const { body } = await m.ask(who, { type: `${coordination3}/recipient-update`, body: { updates: asked } })
  const updated = body.updated as Update[]
  expect(updated.map(({ result: _, ...echo }) => echo)).toEqual(asked)
  return updated.map(({ result = "" }) => result)
}
const query = async (who: Resident, body: object = {}) =>
  (await m.ask(who, { type: `${coordination3}/recipient-query`, body })).body

describe("asking for a mailbox", () => {
  test.each(["approval", "invite", "closed"])(
    "is denied to strangers with admission %s, and leaves nothing",
    async (mode) => {
      await using office = await mediator({ "admission-mode": mode })
      const alice = createResident()
      for (const uri of [coordination2, coordination3]) {
        const reply = await office.ask(alice, { type: `${uri}/mediate-request` })
        expect(reply).toMatchObject({ type: `${uri}/mediate-deny`, body: {} })
      }
      const report = await office.ask(alice, { type: `${coordination3}/recipient-query` })
      expect(report.body.code).toBe("e.p.req.not_enroll")
    },
  )

  test("is granted in the words of the version: a text under 2.0, a list under 3.0", async () => {
    const alice = createResident()
    const routing = async (uri: string) => (await m.ask(alice, { type: `${uri}/mediate-request` })).body
    expect(await routing(coordination2)).toEqual({ routing_did: m.did })
    expect(await routing(coordination3)).toEqual({ routing_did: [m.did] })
    expect(await routing(coordination2)).toEqual({ routing_did: m.did })
  })

  test("under 2.0 gives a list to whoever used the recipient-* names there, and to nobody else", async () => {
    const [reader, other] = [await granted(), await granted()]
    await m.ask(reader, { type: `${coordination2}/recipient-query` })
    await m.ask(other, { type: `${coordination2}/keylist-query` })
    const routing = async (who: Resident) => (await m.ask(who, { type: `${coordination2}/mediate-request` })).body
    expect(await routing(reader)).toEqual({ routing_did: [m.did] })
    expect(await routing(other)).toEqual({ routing_did: m.did })
  })

  test("gives a list to everybody where the operator wants that", async () => {
    await using office = await mediator({ "didcomm-routing-did": "array" })
    const reply = await office.ask(createResident(), { type: `${coordination2}/mediate-request` })
    expect(reply.body).toEqual({ routing_did: [office.did] })
  })

  test("needs no body, and what is in it does not matter", async () => {
    for (const body of [undefined, {}, { extra: [1] }]) {
      const reply = await m.ask(createResident(), { type: `${coordination2}/mediate-request`, body })
      expect(reply.type).toBe(`${coordination2}/mediate-grant`)
    }
  })
})

describe("an address", () => {
  test("is added once and removed once, in the order of the request", async () => {
    const [who, one, two] = [await granted(), createResident().did, createResident().did]
    const [add, remove] = ["add", "remove"]
    expect(
      await update(who, [add, one], [add, one], [remove, one], [remove, one], [add, two], [add, one], ["Add", one]),
    ).toEqual(["success", "no_change", "success", "no_change", "success", "success", "client_error"])
    expect(await query(who)).toEqual({ dids: [{ recipient_did: two }, { recipient_did: one }] })
  })

  test("belongs to whoever came first, until it is released", async () => {
    const [first, second, did] = [await granted(), await granted(), createResident().did]
    expect(await update(first, ["add", did])).toEqual(["success"])
    expect(await update(second, ["add", did], ["remove", did])).toEqual(["client_error", "no_change"])
    expect(await query(first)).toEqual({ dids: [{ recipient_did: did }] })
    expect(await update(first, ["remove", did])).toEqual(["success"])
    expect(await update(second, ["add", did])).toEqual(["success"])
  })

  test("that is a resident's own DID is that resident's alone", async () => {
    const [owner, other] = [await granted(), await granted()]
    expect(await update(other, ["add", owner.did])).toEqual(["client_error"])
    expect(await update(owner, ["add", owner.did])).toEqual(["success"])
  })

  const impossible: readonly (readonly [string, () => string])[] = [
    ["the mediator's own", () => m.did],
    ["the mediator's own did:web", () => m.dids.find((did) => did.startsWith("did:web:")) ?? ""],
    ["the mediator's own did:peer:3", () => shortForm(m.did) ?? ""],
    ["a did:peer:4 that was never seen", () => shortForm(createResident({ method: "peer4" }).did) ?? ""],
    ["of a method that is not known", () => "did:example:123456789abcdefghi"],
    ["a key's id", () => createResident().kid],
    ["no DID", () => "alice"],
    ["empty", () => ""],
    ["longer than any DID", () => `did:web:${"a".repeat(3000)}`],
    ["malformed", () => "did:peer:2.Ez6LSnonsense"],
  ]
  test.each(impossible)("that is %s cannot be added, and removing it changes nothing", async (_, didOf) => {
    const who = await granted()
    const [added, removed] = await update(who, ["add", didOf()], ["remove", didOf()])
    expect(added).toBe("client_error")
    expect(["no_change", "client_error"]).toContain(removed as string)
    expect(await query(who)).toEqual({ dids: [] })
  })

  test("more than 100 do not fit", async () => {
    const who = await granted()
    const dids = Array.from({ length: 101 }, () => createResident().did)
    const results = await update(who, ...dids.map((did) => ["add", did] as const))
    expect(results).toEqual([...Array(100).fill("success"), "client_error"])
    expect((await query(who)).dids).toHaveLength(100)
  })

  test.each([
    ["no updates", {}],
    ["updates that are no list", { updates: { recipient_did: "did:example:a", action: "add" } }],
    ["an update without an action", { updates: [{ recipient_did: "did:example:a" }] }],
    ["201 updates", { updates: Array(201).fill({ recipient_did: "did:example:a", action: "remove" }) }],
  ])("request with %s is malformed", async (_, body) => {
    const report = await m.ask(await granted(), { type: `${coordination3}/recipient-update`, body })
    expect(report.body.code).toBe(`e.p.msg.${coordination3}/recipient-update`)
  })
})

describe("the list of addresses", () => {
  test("is given page by page, with what remains told only to who asked for a page", async () => {
    const who = await granted()
    const dids = Array.from({ length: 5 }, () => createResident().did)
    await update(who, ...dids.map((did) => ["add", did] as const))
    const items = dids.map((recipient_did) => ({ recipient_did }))
    const page = (limit: number, offset: number) => query(who, { paginate: { limit, offset } })
    expect(await query(who)).toEqual({ dids: items })
    const pagination = { count: 2, offset: 1, remaining: 2 }
    expect(await page(2, 1)).toEqual({ dids: items.slice(1, 3), pagination })
    expect(await page(2, 3)).toEqual({ dids: items.slice(3) })
    expect(await page(0, 4)).toEqual({ dids: items.slice(4) })
    expect(await page(1_000_000, 0)).toEqual({ dids: items })
    expect(await page(5, 1_000_000)).toEqual({ dids: [] })
  })

  test.each([
    ["without an offset", { limit: 1 }],
    ["without a limit", { offset: 0 }],
    ["with a negative offset", { limit: 1, offset: -1 }],
    ["with half a limit", { limit: 0.5, offset: 0 }],
    ["with texts", { limit: "1", offset: "0" }],
    ["that is null", null],
  ])("is refused for a page %s", async (_, paginate) => {
    const report = await m.ask(await granted(), { type: `${coordination3}/recipient-query`, body: { paginate } })
    expect(report.body.code).toBe("e.m.msg")
  })
})

describe("a resident with a did:peer:4", () => {
  const asShort = (who: Resident) => {
    const did = shortForm(who.did) ?? who.did
    return { did, kid: `${did}#key-1`, key: who.agreement }
  }

  /** Asks under the short form of the DID. */
  async function askShort(who: Resident, type: string) {
    const { did, ...key } = asShort(who)
    const message = { ...who.plaintext({ type, return_route: "all" }, m.did), from: did }
    const { status, text } = await m.post(await who.auth(message, m.did, key))
    return text === "" ? status : who.open(text)
  }

  test("is one party under both forms, and the first it hears is by its full name", async () => {
    const who = createResident({ method: "peer4" })
    expect(await askShort(who, `${coordination3}/mediate-request`)).toBe(400)
    await m.ask(who, { type: `${coordination3}/mediate-request` })
    expect(await askShort(who, `${pickup3}/status-request`)).toMatchObject({ type: `${pickup3}/status` })
    expect(await askShort(who, `${coordination3}/mediate-request`)).toMatchObject({ body: { routing_did: [m.did] } })
  })

  test.each(["long", "short"])("registered under its %s form gets what is forwarded to either", async (form) => {
    const [who, alice] = [createResident({ method: "peer4" }), createResident()]
    await m.ask(who, { type: `${coordination3}/mediate-request` })
    const { did } = asShort(who)
    expect(await update(who, ["add", form === "long" ? who.did : did])).toEqual(["success"])
    for (const next of [who.did, did, who.kid, `${did}#key-1`]) {
      const sealed = await alice.anon({ id: next, type: "x", body: { content: "hello" } }, who.did)
      const forward = await alice.anon(m.forward(alice, next, sealed), m.did)
      expect(await m.post(forward)).toMatchObject({ status: 202, text: "" })
    }
    expect(await m.inbox(who)).toHaveLength(4)
  })
})
