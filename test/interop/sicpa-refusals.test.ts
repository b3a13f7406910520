import { afterAll, beforeAll, describe, expect, test } from "bun:test"
import { type Executable, executable } from "../kit/executable.ts"
import { coordinate2, type Person, pickup3, problemReport, resident, stranger } from "./sicpa-people.ts"

let mediator: Executable

beforeAll(async () => {
  mediator = await executable()
})

afterAll(async () => {
  await mediator?.[Symbol.asyncDispose]()
})

/** The code of the problem report that answers a message. */
async function codeFor(person: Person, type: string, body: Record<string, unknown> = {}): Promise<unknown> {
  const reply = await person.ask(type, body)
  return reply.type === problemReport ? reply.body.code : `no problem report but ${reply.type}`
}

describe.each(["key-n", "multibase"] as const)("a SICPA wallet that spells key ids as %s is told", (keyIds) => {
  test("that live mode does not work over HTTP", async () => {
    const bob = await resident(mediator, keyIds)
    const code = await codeFor(bob, `${pickup3}/live-delivery-change`, { live_delivery: true })
    expect(code).toBe("e.m.live-mode-not-supported")
  })

  test("that a basic message without content is none", async () => {
    const alice = await stranger(mediator, keyIds)
    const code = await codeFor(alice, "https://didcomm.org/basicmessage/2.0/message", { text: "hello" })
    expect(code).toBe("e.p.msg.https://didcomm.org/basicmessage/2.0/message")
  })

  test.each([
    "https://example.org/unheard-of/1.0/message",
    `${coordinate2}/mediate-grant`,
    "https://didcomm.org/trust-ping/9.0/ping",
  ])("that %s is not supported", async (type) => {
    const bob = await resident(mediator, keyIds)
    expect(await codeFor(bob, type)).toBe("e.p.msg.unsupported")
  })

  test.each([
    [`${coordinate2}/keylist-query`, {}],
    [`${coordinate2}/keylist-update`, { updates: [] }],
    [`${pickup3}/status-request`, {}],
    [`${pickup3}/delivery-request`, { limit: 1 }],
    [`${pickup3}/messages-received`, { message_id_list: [] }],
  ])("that %s needs a mailbox", async (type, body) => {
    const alice = await stranger(mediator, keyIds)
    const reply = await alice.ask(type, body)
    expect(reply.type).toBe(problemReport)
    expect(reply.body).toMatchObject({ code: "e.p.req.not_enroll", args: [alice.did] })
  })

  test("that the recipient of its authcrypted forward has no mailbox", async () => {
    const [alice, bob] = [await stranger(mediator, keyIds), await stranger(mediator, keyIds)]
    const letter = await alice.wallet.letter(bob.did, "hello")
    const extra = { return_route: "all" }
    const posted = await alice.wallet.forward(mediator.url, bob.did, letter, { auth: true, extra })
    expect(posted.status).toBe(200)
    const { message } = await alice.wallet.unpack(posted.text)
    expect(message).toMatchObject({ type: problemReport, body: { code: "e.p.req.not_enroll", args: [bob.did] } })
  })

  test("that the same sealed message was seen before, and it is not done twice", async () => {
    const bob = await resident(mediator, keyIds)
    const packed = await bob.wallet.pack({ type: `${pickup3}/status-request`, return_route: "all" })
    const first = await bob.wallet.unpack((await bob.wallet.post(mediator.url, packed)).text)
    expect(first.message.type).toBe(`${pickup3}/status`)
    const second = await bob.wallet.unpack((await bob.wallet.post(mediator.url, packed)).text)
    expect(second.message).toMatchObject({ type: problemReport, body: { code: "e.p.crypto.message.dejavu" } })
  })

  test("nothing new by the same forward twice, which is kept once", async () => {
    const bob = await resident(mediator, keyIds)
    const alice = await stranger(mediator, keyIds)
    const packed = await alice.wallet.packForward(bob.did, await alice.wallet.letter(bob.did, "hello"))
    for (const _ of [1, 2]) {
      expect(await alice.wallet.post(mediator.url, packed)).toMatchObject({ status: 202, text: "" })
    }
    expect((await bob.waiting()).map(({ content }) => content)).toEqual(["hello"])
  })
})

test("the sender of an anoncrypted forward to nobody is told by a signature of the mediator", async () => {
  const [alice, bob] = [await stranger(mediator, "key-n"), await stranger(mediator, "key-n")]
  const letter = await alice.wallet.letter(bob.did, "hello")
  const posted = await alice.wallet.forward(mediator.url, bob.did, letter)
  expect(posted).toMatchObject({ status: 200, mediaType: "application/didcomm-signed+json" })
  const { message, signedBy } = await alice.wallet.unpack(posted.text)
  expect(signedBy).toBe(`${mediator.did}#key-2`)
  expect(message).toMatchObject({ type: problemReport, body: { code: "e.p.req.not_enroll", args: [bob.did] } })
})

test("a sealed message whose text was changed is refused by a bare 400", async () => {
  const bob = await resident(mediator, "key-n")
  const sealed = JSON.parse(await bob.wallet.pack({ type: `${pickup3}/status-request`, return_route: "all" }))
  const flipped = sealed.ciphertext.startsWith("A") ? "B" : "A"
  sealed.ciphertext = flipped + sealed.ciphertext.slice(1)
  expect(await bob.wallet.post(mediator.url, JSON.stringify(sealed))).toMatchObject({ status: 400, text: "" })
})

test("what somebody anonymous claims in another's name has no effect and no answer for them to read", async () => {
  const [bob, mallory] = [await resident(mediator, "key-n"), await stranger(mediator, "key-n")]
  await mallory.wallet.forward(mediator.url, bob.did, await mallory.wallet.letter(bob.did, "for bob"))
  const message_id_list = (await bob.waiting()).map(({ id }) => id)
  const claim = { type: `${pickup3}/messages-received`, body: { message_id_list }, from: bob.did, return_route: "all" }
  const posted = await mallory.wallet.post(mediator.url, await mallory.wallet.pack(claim, { anon: true }))
  expect(posted.text).not.toContain("ciphertext")
  expect(await bob.count()).toBe(1)
})
