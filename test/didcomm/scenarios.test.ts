import { afterAll, beforeAll, describe, expect, test } from "bun:test"
import type { JsonObject } from "../../src/base/json.ts"
import { openInbox } from "../kit/inbox.ts"
import { coordination2, type Mediator, mediator, pickup3 } from "../kit/mediator.ts"
import { createResident, type Draft, encrypted, type Resident, signedType } from "../kit/resident.ts"
import { openSocket } from "../kit/socket.ts"
import { loadVectors, needsVectors } from "../kit/vectors.ts"

type Expected = {
  status?: number | "2xx"
  type?: string
  thid?: string
  pthid?: string
  body?: JsonObject
  bodyExactKeys?: string[]
  attachments?: unknown
  httpBody?: string
  asyncPost?: { type: string }
  asyncPostTo?: string
}
type Scenario = { id: string; request: Draft | string | null; expect: Expected }

const scenarios = loadVectors<{ scenarios: Scenario[] }>("scenarios.json")?.scenarios
const problemReport = "https://didcomm.org/report-problem/2.0/problem-report"
let m: Mediator

beforeAll(async () => {
  m = await mediator({ "didcomm-outbound": "any" })
})
afterAll(async () => {
  await m?.[Symbol.asyncDispose]()
})

/** Who asks, about which DID, with which message ids in the places of `<id>`. */
type Stage = { who: Resident; recipientDid: string; ids: string[] }

const stranger = async (): Promise<Stage> => ({ who: createResident(), recipientDid: createResident().did, ids: [] })

async function granted(): Promise<Stage> {
  const stage = await stranger()
  await m.ask(stage.who, { type: `${coordination2}/mediate-request` })
  return stage
}

const add = async ({ who }: Stage, recipient_did: string): Promise<void> => {
  const updates = [{ recipient_did, action: "add" }]
  await m.ask(who, { type: `${coordination2}/keylist-update`, body: { updates } })
}

async function registered(): Promise<Stage> {
  const stage = await granted()
  await add(stage, stage.recipientDid)
  return stage
}

async function queued(): Promise<Stage> {
  const stage = await registered()
  await m.post(await m.letter(createResident(), stage.recipientDid, "hello"))
  const { attachments = [] } = await m.ask(stage.who, { type: `${pickup3}/delivery-request`, body: { limit: 9 } })
  return { ...stage, ids: (attachments as { id: string }[]).map(({ id }) => id) }
}

async function queuedForTwo(): Promise<Stage> {
  const stage = await queued()
  await add(stage, stage.who.did)
  await m.post(await m.letter(createResident(), stage.who.did, "hello"))
  return stage
}

async function takenByAnother(): Promise<Stage> {
  const [owner, stage] = [await registered(), await granted()]
  return { ...stage, recipientDid: owner.recipientDid }
}

/** Scenarios that need more than a stranger who asks over HTTP. */
const stages: Readonly<Record<string, () => Promise<Stage>>> = {
  "cm2-request-again": granted,
  "cm2-keylist-add": granted,
  "cm2-keylist-add-twice": registered,
  "cm2-keylist-remove": registered,
  "cm2-keylist-remove-unknown": granted,
  "cm2-keylist-add-foreign": takenByAnother,
  "cm2-keylist-bad-action": granted,
  "cm2-keylist-query": registered,
  "cm2-keylist-query-empty-body": granted,
  "seed-recipient-update": granted,
  "seed-recipient-query": registered,
  "cm3-update": granted,
  "cm3-query": registered,
  "pu3-status": queued,
  "pu3-status-all": queuedForTwo,
  "pu3-delivery": queued,
  "pu3-delivery-limit-string": queued,
  "pu3-delivery-kmp": queued,
  "pu3-delivery-empty": registered,
  "pu3-delivery-limit-0": queued,
  "pu3-received": queued,
  "pu3-live-http": registered,
  "pu4-status": queued,
}

/** Puts this run's names in the places of the vector's. */
function filled<T>(value: T, { recipientDid, ids }: Stage): T {
  const text = JSON.stringify(value)
    .replaceAll("{recipientDid}", recipientDid)
    .replaceAll("<id>", ids[0] ?? "<id>")
    .replaceAll(/<(?:string )?DID>/g, m.did)
  return JSON.parse(text) as T
}

// The member's value is told in words: any digits, any attachment.
const digits = (body: JsonObject): JsonObject =>
  JSON.parse(JSON.stringify(body), (_, value) =>
    value === "<digits as string>" ? expect.stringMatching(/^\d+$/) : value,
  )

const isLoose = (type: string) => type.includes("pickup") || type === problemReport

function checkReply(reply: JsonObject & { type: string; body: JsonObject }, request: Draft, wanted: Expected): void {
  if (wanted.type) expect(reply.type).toBe(wanted.type)
  const link = reply.type === problemReport ? reply.pthid : reply.thid
  expect(link).toBe(request.thid ?? request.id)
  expect(reply[reply.type === problemReport ? "thid" : "pthid"]).toBeUndefined()
  if (wanted.body && isLoose(reply.type)) expect(reply.body).toMatchObject(digits(wanted.body))
  else if (wanted.body) expect(reply.body).toEqual(digits(wanted.body))
  if (wanted.bodyExactKeys) expect(Object.keys(reply.body)).toEqual(wanted.bodyExactKeys)
  if (!reply.type.includes("pickup")) return
  expect(reply.body.recipient_did).toBe((request.body as JsonObject).recipient_did)
  const known = ["recipient_did", "message_count", "longest_waited_seconds", "newest_received_time"]
  known.push("oldest_received_time", "total_bytes", "live_delivery")
  expect(Object.keys(reply.body).filter((name) => !known.includes(name))).toEqual([])
}

/** Scenarios that are played otherwise: each says in code what the vector says in words. */
const special: Readonly<Record<string, (scenario: Scenario) => Promise<void>>> = {
  "cm2-request-no-return-route": answeredAtItsService,
  "ping-none": answeredAtItsService,

  async "cm2-keylist-add-no-return-route"({ request }) {
    const stage = await granted()
    const draft = filled(request as Draft, stage)
    const answer = await m.post(await stage.who.auth(stage.who.plaintext(draft, m.did), m.did))
    expect(answer).toMatchObject({ status: 202, text: "" })
    const list = await m.ask(stage.who, { type: `${coordination2}/keylist-query` })
    expect(list.body).toEqual({ keys: [{ recipient_did: stage.recipientDid }] })
  },

  async "pu3-status-foreign"({ request }) {
    const [owner, asking] = [await queued(), await registered()]
    for (const recipient_did of [owner.recipientDid, "did:example:other"]) {
      const status = await m.ask(asking.who, { ...(request as Draft), body: { recipient_did } })
      expect(status.type).toBe(`${pickup3}/status`)
      expect(status.body).toEqual({ recipient_did, message_count: 0, total_bytes: 0, live_delivery: false })
    }
  },

  async "pu3-received-foreign"({ request }) {
    const [owner, thief] = [await queued(), await queued()]
    const body = { message_id_list: owner.ids }
    expect(owner.ids).toHaveLength(1)
    expect((await m.ask(thief.who, { ...(request as Draft), body })).body.message_count).toBe(1)
    expect((await m.ask(owner.who, { type: `${pickup3}/status-request` })).body.message_count).toBe(1)
  },

  "pu3-live-ws": answeredOnTheSocket,
  "pu3-live-ws-no-return-route": answeredOnTheSocket,

  async "pu3-live-message"() {
    const stage = await registered()
    await using socket = await openSocket(m)
    await socket.ask(stage.who, { type: `${pickup3}/live-delivery-change`, body: { live_delivery: true } })
    await m.post(await m.letter(createResident(), stage.recipientDid, "hello"))
    const delivery = await stage.who.open(await socket.next())
    expect(delivery).toMatchObject({ type: `${pickup3}/delivery`, body: {} })
    expect(delivery.attachments).toHaveLength(1)
    expect((await m.ask(stage.who, { type: `${pickup3}/status-request` })).body.message_count).toBe(1)
  },

  async "forward-ok"() {
    const { recipientDid } = await registered()
    const answer = await m.post(await m.letter(createResident(), recipientDid, "hello"))
    expect(answer).toMatchObject({ status: 202, text: "" })
  },

  async "forward-unenrolled-anon"({ expect: wanted }) {
    const [alice, bob] = [createResident(), createResident()]
    const { status, mediaType, text } = await m.post(await m.letter(alice, bob.did, "hello"))
    expect({ status, mediaType }).toEqual({ status: 200, mediaType: signedType })
    expect(JSON.parse(text)).toMatchObject({ payload: expect.any(String), signatures: [expect.anything()] })
    const { type, body } = await alice.open(text)
    expect({ type, body }).toMatchObject({ type: problemReport, body: wanted.body ?? {} })
  },

  async replay() {
    const { who } = await granted()
    const request = who.plaintext({ type: `${coordination2}/keylist-query`, return_route: "all" }, m.did)
    const wire = await who.auth(request, m.did)
    expect((await who.open((await m.post(wire)).text)).type).toBe(`${coordination2}/keylist`)
    const second = await who.open((await m.post(wire)).text)
    expect(second).toMatchObject({ type: problemReport, pthid: request.id })
    expect(second.body.code).toBe("e.p.crypto.message.dejavu")
  },

  async "plaintext-post"() {
    const ping = { id: "1", type: "https://didcomm.org/trust-ping/2.0/ping", body: {}, return_route: "all" }
    const plain = "application/didcomm-plain+json"
    for (const type of [plain, encrypted, signedType]) {
      expect(await m.post(JSON.stringify(ping), type)).toMatchObject({ status: 400, text: "" })
    }
  },

  async "wrong-content-type"() {
    const [{ who }, type] = [await granted(), `${pickup3}/status-request`]
    const wire = () => who.auth(who.plaintext({ type, return_route: "all" }, m.did), m.did)
    expect(await m.post(await wire(), "text/plain")).toMatchObject({ status: 415, text: "" })
    for (const spelled of [`${encrypted}; charset=utf-8`, encrypted.toUpperCase()]) {
      expect(await m.post(await wire(), spelled)).toMatchObject({ status: 200, mediaType: encrypted })
    }
  },

  async "too-large"() {
    expect(await m.post(" ".repeat(1024 * 1024 + 1))).toMatchObject({ status: 413, text: "" })
  },
}

async function answeredAtItsService({ request, expect: wanted }: Scenario): Promise<void> {
  await using inbox = openInbox()
  const who = createResident({ services: [inbox.service] })
  const message = who.plaintext(request as Draft, m.did)
  const answer = await m.post(await who.auth(message, m.did))
  expect(answer).toMatchObject({ status: 202, text: "" })
  const { mediaType, text } = await inbox.next()
  expect(mediaType).toBe(encrypted)
  const reply = await who.open(text)
  expect(reply).toMatchObject({ type: wanted.asyncPost?.type ?? wanted.type, thid: message.id, to: [who.did] })
}

async function answeredOnTheSocket({ request, expect: wanted }: Scenario): Promise<void> {
  const { who } = await registered()
  await using socket = await openSocket(m)
  await socket.say(who, request as Draft)
  const reply = await who.open(await socket.next())
  expect(reply).toMatchObject({ type: wanted.type, body: wanted.body ?? {} })
}

describe("scenarios.json", () => {
  test.skipIf(!scenarios)(needsVectors("has 50 scenarios, and all that are staged here are among them"), () => {
    expect(scenarios).toHaveLength(50)
    const ids = scenarios?.map(({ id }) => id)
    expect(ids).toEqual(expect.arrayContaining([...Object.keys(stages), ...Object.keys(special)]))
    const untold = scenarios?.filter(({ id, request }) => typeof request !== "object" && !special[id])
    expect(untold).toEqual([])
  })

  test.each((scenarios ?? []).map((one) => [one.id, one] as const))("%s", async (id, scenario) => {
    const play = special[id]
    if (play) return play(scenario)
    const stage = await (stages[id] ?? stranger)()
    const request = stage.who.plaintext(filled(scenario.request as Draft, stage), m.did)
    const wanted = filled(scenario.expect, stage)
    const answer = await m.post(await stage.who.auth(request, m.did))
    if (wanted.httpBody) {
      expect({ status: answer.status, text: answer.text }).toEqual({ status: 202, text: "" })
      return
    }
    expect(answer).toMatchObject({ status: 200, mediaType: encrypted })
    const reply = await stage.who.open(answer.text)
    expect(reply).toMatchObject({ from: m.did, to: [stage.who.did] })
    checkReply(reply, request, wanted)
    if (!wanted.attachments) return
    const opaque = { id: stage.ids[0], data: { base64: expect.stringMatching(/^[\w-]+$/) } }
    expect(reply.attachments).toEqual([opaque])
  })
})
