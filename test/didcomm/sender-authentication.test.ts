import { afterAll, beforeAll, describe, expect, test } from "bun:test"
import {
  type Answer,
  coordination2,
  coordination3,
  type Mediator,
  mediator,
  pickup3,
  pickup4,
} from "../kit/mediator.ts"
import { createResident, type Draft, encrypted, type Resident, signedType } from "../kit/resident.ts"
import { openSocket } from "../kit/socket.ts"

let m: Mediator
beforeAll(async () => {
  m = await mediator()
})
afterAll(async () => {
  await m?.[Symbol.asyncDispose]()
})

const mallory = createResident()
type Message = Readonly<Record<string, unknown>>
const without = (message: Message, ...members: string[]) =>
  Object.fromEntries(Object.entries(message).filter(([name]) => !members.includes(name)))
const stale = (message: Message) => ({ ...message, created_time: Math.floor(Date.now() / 1000) - 301 })

/** How a message that says it is `who`'s reaches the mediator, made by them or by mallory. */
type Kind = (message: Message, who: Resident) => Promise<string>

/** Nothing proves the sender: whatever needs one is refused, and only what anybody may ask is done. */
const unproven: Readonly<Record<string, Kind>> = {
  "anoncrypt without from": (message) => mallory.anon(without(message, "from"), m.did),
  "anoncrypt that claims a from": (message) => mallory.anon(message, m.did),
  "a signature of long ago": (message, who) => who.sign(stale(message)),
  "a signature without a time": (message, who) => who.sign(without(message, "created_time")),
  "a signature that is addressed to nobody": (message, who) => who.sign(without(message, "to")),
  "anoncrypt of a signature of long ago": async (message, who) => mallory.anon(await who.sign(stale(message)), m.did),
}

/** The envelope contradicts itself or its message: a bare 400 whatever the message is. */
const contradictory: Readonly<Record<string, Kind>> = {
  "authcrypt of mallory that claims a from": (message) => mallory.auth(message, m.did),
  "authcrypt without from": (message, who) => who.auth(without(message, "from"), m.did),
  "authcrypt for somebody else": (message, who) => who.auth({ ...message, to: [mallory.did] }, m.did),
  "a signature of mallory that claims a from": (message) => mallory.sign(message),
  "a signature for somebody else": (message, who) => who.sign({ ...message, to: [mallory.did] }),
  "anoncrypt of a signature for somebody else": async (message, who) =>
    mallory.anon(await who.sign({ ...message, to: [mallory.did] }), m.did),
  "anoncrypt of a signature that is addressed to nobody": async (message, who) =>
    mallory.anon(await who.sign(without(message, "to")), m.did),
  "authcrypt of mallory around a signature": async (message, who) => mallory.auth(await who.sign(message), m.did),
  "anoncrypt of authcrypt of mallory": async (message) => mallory.anon(await mallory.auth(message, m.did), m.did),
}

const proven: Readonly<Record<string, Kind>> = {
  authcrypt: (message, who) => who.auth(message, m.did),
  "a fresh signature": (message, who) => who.sign(message),
  "anoncrypt of a fresh signature": async (message, who) => mallory.anon(await who.sign(message), m.did),
  "authcrypt of a signature of the same sender": async (message, who) => who.auth(await who.sign(message), m.did),
  "anoncrypt of authcrypt": async (message, who) => mallory.anon(await who.auth(message, m.did), m.did),
}

/** A member, one letter that waits for it, and a DID that it has not registered. */
type Scene = { who: Resident; letter: string; other: string }

async function scene(): Promise<Scene> {
  const who = await m.resident()
  await m.post(await m.letter(createResident(), who.did, "hello"))
  const [letter] = await m.inbox(who)
  return { who, letter: letter?.id ?? expect.unreachable(), other: createResident().did }
}

const add = ({ other }: Scene) => ({ updates: [{ recipient_did: other, action: "add" }] })
const remove = ({ who }: Scene) => ({ updates: [{ recipient_did: who.did, action: "remove" }] })
const acknowledge = ({ letter }: Scene) => ({ message_id_list: [letter] })
const queries = [{ "feature-type": "protocol", match: "*" }]

/** Every message that needs a sender: its body, the answer to a member who is proven, and whether it changes anything. */
type Row = readonly [type: string, body: (scene: Scene) => object, answer: string | null, changes?: true]
const needSender: readonly Row[] = [
  [`${coordination2}/mediate-request`, () => ({}), "mediate-grant"],
  [`${coordination3}/mediate-request`, () => ({}), "mediate-grant"],
  [`${coordination2}/keylist-update`, add, "keylist-update-response", true],
  [`${coordination2}/keylist-update`, remove, "keylist-update-response", true],
  [`${coordination2}/recipient-update`, add, "recipient-update-response", true],
  [`${coordination3}/recipient-update`, remove, "recipient-update-response", true],
  [`${coordination2}/keylist-query`, () => ({}), "keylist"],
  [`${coordination2}/recipient-query`, () => ({}), "recipient"],
  [`${coordination3}/recipient-query`, () => ({}), "recipient"],
  [`${pickup3}/status-request`, () => ({}), "status"],
  [`${pickup4}/status-request`, () => ({}), "status"],
  [`${pickup3}/delivery-request`, () => ({ limit: 10 }), "delivery"],
  [`${pickup4}/delivery-request`, () => ({ message_count_limit: 10 }), "delivery"],
  [`${pickup3}/messages-received`, acknowledge, "status", true],
  [`${pickup4}/messages-received`, acknowledge, null, true],
  [`${pickup3}/live-delivery-change`, () => ({ live_delivery: false }), "status"],
  [`${pickup4}/live-delivery-change`, () => ({ live_delivery: false }), "status"],
  ["https://didcomm.org/basicmessage/2.0/message", () => ({ content: "hello" }), null],
  ["https://didcomm.org/empty/1.0/empty", () => ({}), null],
]
const forAnybody: readonly Row[] = [
  ["https://didcomm.org/trust-ping/2.0/ping", () => ({}), "ping-response"],
  ["https://didcomm.org/discover-features/2.0/queries", () => ({ queries }), "disclose"],
]

const send = async (kind: Kind, { who }: Scene, draft: Draft): Promise<Answer> => {
  const wire = await kind(who.plaintext({ return_route: "all", ...draft }, m.did), who)
  return m.post(wire, wire.startsWith('{"payload"') ? signedType : encrypted)
}

/** All that anybody could have changed for somebody. */
const standing = async (who: Resident) => [
  (await m.ask(who, { type: `${coordination3}/recipient-query` })).body,
  await m.inbox(who),
]

const refused = { status: 400, text: "" }

describe.each(Object.entries(unproven))("%s", (_, kind) => {
  test("gets nothing that needs a sender, and changes nothing", async () => {
    const stage = await scene()
    const before = await standing(stage.who)
    for (const [type, body] of needSender) {
      expect({ type, ...(await send(kind, stage, { type, body: body(stage) })) }).toMatchObject({ type, ...refused })
    }
    expect(await standing(stage.who)).toEqual(before)
  })

  test("is answered what anybody may ask, sealed for the DID that it claims and for nobody else", async () => {
    const stage = await scene()
    for (const [type, body, answer] of forAnybody) {
      const { status, text } = await send(kind, stage, { type, body: body(stage) })
      expect([200, 202]).toContain(status)
      if (status === 202) expect(text).toBe("")
      else expect((await stage.who.open(text)).type).toEndWith(`/${answer}`)
    }
  })

  test("opens no account", async () => {
    const who = createResident()
    for (const uri of [coordination2, coordination3]) {
      const draft = { type: `${uri}/mediate-request` }
      expect(await send(kind, { who, letter: "", other: "" }, draft)).toMatchObject(refused)
    }
    const query = await m.ask(who, { type: `${coordination3}/recipient-query` })
    expect(query.body.code).toBe("e.p.req.not_enroll")
  })

  test("forwards as anybody may", async () => {
    const { who } = await scene()
    const sealed = await createResident().anon({ id: "1", type: "x", body: { content: "forwarded" } }, who.did)
    const { from: _, ...forward } = { from: who.did, ...m.forward(who, who.did, sealed) }
    const wire = await kind({ ...forward, from: who.did }, who)
    const answer = await m.post(wire, wire.startsWith('{"payload"') ? signedType : encrypted)
    expect(answer).toMatchObject({ status: 202, text: "" })
    expect((await m.inbox(who)).map(({ content }) => content)).toEqual(["hello", "forwarded"])
  })
})

describe.each(Object.entries(contradictory))("%s", (_, kind) => {
  test("gets a bare 400 whatever it says, and changes nothing", async () => {
    const stage = await scene()
    const before = await standing(stage.who)
    for (const [type, body] of [...needSender, ...forAnybody]) {
      expect({ type, ...(await send(kind, stage, { type, body: body(stage) })) }).toMatchObject({ type, ...refused })
    }
    const sealed = await createResident().anon({ id: "1", type: "x", body: {} }, stage.who.did)
    const forward = { ...m.forward(stage.who, stage.who.did, sealed), from: stage.who.did }
    expect(await m.post(await kind(forward, stage.who))).toMatchObject(refused)
    expect(await standing(stage.who)).toEqual(before)
  })

  test("opens no account", async () => {
    const who = createResident()
    const draft = { type: `${coordination3}/mediate-request` }
    expect(await send(kind, { who, letter: "", other: "" }, draft)).toMatchObject(refused)
    const query = await m.ask(who, { type: `${coordination3}/recipient-query` })
    expect(query.body.code).toBe("e.p.req.not_enroll")
  })
})

describe.each(Object.entries(proven))("%s", (_, kind) => {
  const rows = [...needSender, ...forAnybody].map((row) => [row[0], row] as const)
  test.each(rows)("is believed: %s", async (type, [, body, answer, changes]) => {
    const stage = await scene()
    const before = await standing(stage.who)
    const { status, text } = await send(kind, stage, { type, body: body(stage) })
    expect(status).toBe(answer ? 200 : 202)
    if (answer) expect((await stage.who.open(text)).type).toBe(`${type.slice(0, type.lastIndexOf("/"))}/${answer}`)
    const after = await standing(stage.who)
    if (changes) expect(after).not.toEqual(before)
    else expect(after).toEqual(before)
  })

  test("opens an account", async () => {
    const who = createResident()
    const { text } = await send(kind, { who, letter: "", other: "" }, { type: `${coordination3}/mediate-request` })
    expect((await who.open(text)).body).toEqual({ routing_did: [m.did] })
    expect((await m.ask(who, { type: `${coordination3}/recipient-query` })).body).toEqual({ dids: [] })
  })
})

describe("live mode", () => {
  const rows = Object.entries({ ...proven, ...unproven, ...contradictory }).map(
    ([name, kind]) => [name in proven ? "is turned on" : "stays off", name, kind] as const,
  )
  test.each(rows)("%s by %s", async (outcome, _, kind) => {
    const isOn = outcome === "is turned on"
    const { who } = await scene()
    for (const uri of [pickup3, pickup4]) {
      await using socket = await openSocket(m)
      const change = { type: `${uri}/live-delivery-change`, body: { live_delivery: true }, return_route: "all" }
      socket.send(await kind(who.plaintext(change, m.did), who))
      if (isOn) expect((await who.open(await socket.next())).body.live_delivery).toBe(true)
      const status = await socket.ask(who, { type: `${uri}/status-request` })
      expect(status.body.live_delivery).toBe(isOn)
    }
  })
})

test("a stranger who is proven is told that it has no mailbox, and gets none by asking for its contents", async () => {
  const stage = { ...(await scene()), who: createResident() }
  for (const [type, body] of needSender.slice(2, 17)) {
    const { text } = await send((message, who) => who.auth(message, m.did), stage, { type, body: body(stage) })
    expect((await stage.who.open(text)).body).toMatchObject({ code: "e.p.req.not_enroll", args: [stage.who.did] })
  }
})
