import { describe, expect, test } from "bun:test"
import * as v from "valibot"
import { parsePlaintext } from "../../src/didcomm/message.ts"
import { createRegistry, on, protocol } from "../../src/didcomm/registry.ts"
import type { Registration } from "../../src/mailbox/model.ts"
import { refusal } from "../crypto/refusal.ts"

const URI = "https://didcomm.org/trust-ping/2.0"
const body = v.looseObject({ count: v.optional(v.number(), 1) })
const declared = protocol(URI, ["receiver"], {
  ping: on("anyone", body, async ({ body }) => ({ type: "pong", body })),
  "ping-response": on("proven", body, async ({ sender }) => ({ type: "seen", body: { by: sender.did } })),
  fetch: on("member", body, async ({ member }) => ({ type: "fetched", body: { mailbox: member.id } })),
})
const member = { id: 7, did: "did:example:bob" } as Registration
const { find, admit } = createRegistry([declared], async (did) => (did === member.did ? member : null))

describe("a message type is understood", () => {
  const same = [
    `${URI}/ping-response`,
    "https://didcomm.org/trust-ping/2.1/ping-response",
    "https://didcomm.org/trust-ping/2.999/ping-response",
    "https://didcomm.org/trust-ping/2/ping-response",
    "https://didcomm.org/trust-ping/2.0.5/ping-response",
    "https://didcomm.org/trust-ping/02.0/ping-response",
    "https://didcomm.org/trustping/2.0/ping_response",
    "https://didcomm.org/Trust_Ping/2.0/PingResponse",
    "https://didcomm.org/trust.ping/2.0/PING.RESPONSE",
  ]
  test.each(same)("as the same: %s", (type) => {
    expect(find(type)?.message).toBe(declared.messages["ping-response"] as object as never)
  })

  const unknown = [
    ...["", "ping", "/", "//", "2.0/ping", "https://didcomm.org", URI, `${URI}/`, `${URI}/pong`, `${URI}/ping/`],
    "https://didcomm.org/trust-ping/1.0/ping",
    "https://didcomm.org/trust-ping/3.0/ping",
    "https://didcomm.org/trust-ping/20/ping",
    "https://didcomm.org/trust-ping/ping",
    "https://didcomm.org/trust-ping/x2.0/ping",
    "https://didcomm.org/trust-ping/2.x/ping",
    "https://didcomm.org/trust-ping/-2.0/ping",
    "http://didcomm.org/trust-ping/2.0/ping",
    "https://example.org/trust-ping/2.0/ping",
    "https://didcomm.org/other/trust-ping/2.0/ping",
    "did:sov:BzCbsNYhMrjHiqZDTUASHg;spec/trust-ping/2.0/ping",
    `${URI}/ping?x`,
    `${URI}/ping#x`,
    ` ${URI}/ping`,
    `${URI}/ping\n`,
    "https://didcomm.org/constructor/2.0/__proto__",
    "https://didcomm.org/trust-ping/2.0/toString",
  ]
  test.each(unknown)("as none of ours: %p", (type) => {
    expect(find(type)).toBeNull()
  })

  test("or not, as fast for a hostile one", () => {
    const hostile = [
      `${"a/".repeat(250)}`,
      `/${"1.".repeat(250)}`,
      `${"/a".repeat(200)}/2${".0".repeat(50)}/`,
      "-".repeat(512),
    ]
    const start = performance.now()
    for (const type of hostile) for (let time = 0; time < 100; time++) expect(find(type)).toBeNull()
    expect(performance.now() - start).toBeLessThan(250)
  })
})

describe("whoever sends it, and what it says, is checked before anything is done", () => {
  const send = async (name: string, did: string | null, body: object = {}) => {
    const found = find(`${URI}/${name}`) ?? expect.unreachable(name)
    const message = parsePlaintext(JSON.stringify({ id: "1", type: name, body }))
    const sender = did === null ? null : { did, kid: `${did}#1` }
    const us = { did: "did:example:us", kid: "did:example:us#1" }
    return (await admit(found, { body: message.body, message, sender, us, connection: null, hops: 0 }))()
  }
  const [bob, stranger] = [member.did, "did:example:stranger"]

  test.each([
    ["ping", null, "pong", { count: 1 }],
    ["ping", stranger, "pong", { count: 1 }],
    ["ping-response", stranger, "seen", { by: stranger }],
    ["fetch", bob, "fetched", { mailbox: 7 }],
  ])("%s of %p is answered by %s", async (name, did, type, reply) => {
    expect(await send(name, did)).toEqual({ type, body: reply })
  })

  test.each([
    ["ping-response", null, "message.unproven"],
    ["fetch", null, "message.unproven"],
    ["fetch", stranger, "registration.unknown"],
  ] as const)("%s of %p is refused as %s", async (name, did, code) => {
    expect(await refusal(() => send(name, did))).toBe(code)
    // The body of somebody who may not ask at all is not looked at.
    expect(await refusal(() => send(name, did, { count: "many" }))).toBe(code)
  })

  test.each([
    ["ping", null],
    ["ping-response", stranger],
    ["fetch", bob],
  ])("%s of %p with a body that does not fit is malformed", async (name, did) => {
    expect(await refusal(() => send(name, did, { count: "many" }))).toBe("message.malformed")
  })
})
