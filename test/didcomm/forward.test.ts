import { afterAll, beforeAll, describe, expect, test } from "bun:test"
import { toMultikey } from "../../src/crypto/keys.ts"
import { spellings } from "../../src/did/document.ts"
import { type Mediator, mediator, pickup3 } from "../kit/mediator.ts"
import { createResident, type Resident, signedType } from "../kit/resident.ts"

const FORWARD = "https://didcomm.org/routing/2.0/forward"
const alice = createResident()
let m: Mediator

beforeAll(async () => {
  m = await mediator({ "didcomm-outbound": "any" })
})
afterAll(async () => {
  await m?.[Symbol.asyncDispose]()
})

/** The JSON text of a forward whose attachments are given as text: what a printer of JSON would not write. */
const forwardText = (next: string, attachments: string) =>
  `{"id":"${crypto.randomUUID()}","type":"${FORWARD}","body":{"next":${JSON.stringify(next)}},"attachments":${attachments}}`

const post = async (text: string) => m.post(await alice.anon(text, m.did))

/** What waits for somebody, to the letter. */
async function waiting(who: Resident): Promise<string[]> {
  const { attachments = [] } = await m.ask(who, { type: `${pickup3}/delivery-request`, body: { limit: 100 } })
  return (attachments as { data: { base64: string } }[]).map(({ data }) =>
    Buffer.from(data.base64, "base64url").toString(),
  )
}

const accepted = { status: 202, text: "" }

describe("a json attachment is handed out exactly as it was written", () => {
  const letters: Readonly<Record<string, string>> = {
    "with members in an unusual order": '{"tag":"t","z":1,"ciphertext":"c","a":2}',
    "with names that look like numbers": '{"ciphertext":"c","2":0,"1":0,"10":0}',
    "with numbers that printing would change": '{"ciphertext":"c","n":[1.0,1e2,-0,0.10,12345678901234567890,1E+2]}',
    "with numbers out of range": '{"ciphertext":"c","n":1e400,"m":-1e400,"o":1e-400}',
    "with escapes that printing would undo": '{"ciphertext":"\\u0063\\/\\u00e9\\ud83d\\ude00","\\u0061":"\\b"}',
    "with text that printing would escape": '{"ciphertext":"é😀\u2028\u2029\u007f"}',
    "with a lone surrogate": '{"ciphertext":"\\ud800"}',
    "with blanks and line ends": '{ "ciphertext"\t:\r\n "c" , "list" : [ 1 , 2 ] }',
    "with a repeated member": '{"ciphertext":"one","ciphertext":"two"}',
    "with brackets and quotes in a text": '{"ciphertext":"]}\\"[{\\\\","x":"\\\\\\""}',
    "with a __proto__ member": '{"__proto__":{"payload":1},"ciphertext":"c"}',
    "that is signed only": '{"payload":"p","signatures":[]}',
    "that nests as deep as a forward may": `{"ciphertext":${"[".repeat(27)}${"]".repeat(27)}}`,
  }
  test.each(Object.entries(letters))("%s", async (_, letter) => {
    const bob = await m.resident()
    const padded = ` ${letter}\n`
    expect(await post(forwardText(bob.did, `[{"data":{"json":${padded}}}]`))).toMatchObject(accepted)
    expect(await waiting(bob)).toEqual([letter])
  })
})

describe("a base64 attachment is decoded, and handed out exactly", () => {
  const letter = '{"ciphertext":"é😀?>~", "n":1.0}'
  const base64 = Buffer.from(letter).toString("base64")
  const spelled: Readonly<Record<string, string>> = {
    base64url: Buffer.from(letter).toString("base64url"),
    "base64 with padding": base64,
    "base64 without padding": base64.replace(/=+$/, ""),
  }
  test.each(Object.entries(spelled))("%s", async (_, text) => {
    const bob = await m.resident()
    expect(await post(forwardText(bob.did, `[{"id":"1","data":{"base64":"${text}"}}]`))).toMatchObject(accepted)
    expect(await waiting(bob)).toEqual([letter])
  })
})

describe("where JSON repeats itself, the same one counts for the check and for what is kept", () => {
  const [good, bad] = ['{"ciphertext":"kept"}', '{"plain":"text"}']
  const forwards: Readonly<Record<string, (next: string) => string>> = {
    "two lists of attachments": (next) =>
      forwardText(next, `[{"data":{"json":${bad}}}],"attachments":[{"data":{"json":${good}}}]`),
    "two contents": (next) => forwardText(next, `[{"data":{"json":${bad}},"data":{"json":${good}}}]`),
    "two json members": (next) => forwardText(next, `[{"data":{"json":${bad},"json":${good}}}]`),
    "a json member spelled by escapes": (next) => forwardText(next, `[{"data":{"json":${bad},"\\u006ason":${good}}}]`),
    "base64 beside json": (next) => forwardText(next, `[{"data":{"json":${bad},"base64":"${btoa(good)}"}}]`),
  }
  test.each(Object.entries(forwards))("%s", async (_, forward) => {
    const bob = await m.resident()
    expect(await post(forward(bob.did))).toMatchObject(accepted)
    expect(await waiting(bob)).toEqual([good])
  })
})

describe("a recipient is known", () => {
  const multikey = (who: Resident) => {
    const { d: _, ...jwk } = who.agreement.jwk
    return toMultikey(jwk)
  }
  const names: Readonly<Record<string, (who: Resident) => string>> = {
    "by its DID": ({ did }) => did,
    "by its key's id": ({ kid }) => kid,
    "by a key id that spells the key": (who) => `${who.did}#${multikey(who).slice(1)}`,
    "by its did:peer:3": ({ did }) => spellings(did)[0] ?? "",
    "by a key id under its did:peer:3": ({ did }) => `${spellings(did)[0]}#key-1`,
    "by the did:key of its key": (who) => `did:key:${multikey(who)}`,
    "by the key id of that did:key": (who) => `did:key:${multikey(who)}#${multikey(who)}`,
  }
  test.each(Object.entries(names))("%s", async (_, nameOf) => {
    const bob = await m.resident()
    expect(await post(forwardText(nameOf(bob), '[{"data":{"json":{"ciphertext":"c"}}}]'))).toMatchObject(accepted)
    expect(await waiting(bob)).toEqual(['{"ciphertext":"c"}'])
  })

  test.each([
    ["by another spelling of its DID", ({ did }: Resident) => did.toUpperCase().replace("DID:PEER", "did:peer")],
    ["by the did:key of its signing key", ({ signing: { jwk } }: Resident) => `did:key:${toMultikey(jwk)}`],
    ["by a part of its DID", ({ did }: Resident) => did.slice(0, -1)],
  ])("not %s", async (_, nameOf) => {
    const bob = await m.resident()
    const answer = await post(forwardText(nameOf(bob), '[{"data":{"json":{"ciphertext":"c"}}}]'))
    expect(answer).toMatchObject({ status: 200, mediaType: signedType })
    expect((await bob.open(answer.text)).body).toMatchObject({ code: "e.p.req.not_enroll", args: [nameOf(bob)] })
    expect(await waiting(bob)).toEqual([])
  })
})

describe("several attachments", () => {
  test("are kept in their order, each by itself", async () => {
    const bob = await m.resident()
    const letters = Array.from({ length: 20 }, (_, index) => `{"ciphertext":"${index}"}`)
    const attachments = letters.map((json) => `{"data":{"json":${json}}}`)
    expect(await post(forwardText(bob.did, `[${attachments}]`))).toMatchObject(accepted)
    expect(await waiting(bob)).toEqual(letters)
  })

  const good = '{"data":{"json":{"ciphertext":"c"}}}'
  test.each([
    ["that is plain", '{"data":{"json":{"id":"1","type":"x","body":{}}}}'],
    ["that is a list", '{"data":{"json":[{"ciphertext":"c"}]}}'],
    ["that is a text", '{"data":{"json":"{\\"ciphertext\\":1}"}}'],
    ["that is null", '{"data":{"json":null}}'],
    ["of base64 that is not base64", '{"data":{"base64":"e30*"}}'],
    ["of base64 that is not UTF-8", '{"data":{"base64":"_w"}}'],
    ["that nests deeper than a forward may", `{"data":{"json":{"ciphertext":${"[".repeat(40)}${"]".repeat(40)}}}}`],
    ["without content", '{"data":{"jws":{}}}'],
  ])("with one %s are refused as a whole", async (_, bad) => {
    const bob = await m.resident()
    for (const list of [`[${bad},${good}]`, `[${good},${bad}]`]) {
      expect(await post(forwardText(bob.did, list))).toMatchObject({ status: 400, text: "" })
    }
    expect(await waiting(bob)).toEqual([])
  })

  test("with more than 100 of them are refused", async () => {
    const bob = await m.resident()
    expect(await post(forwardText(bob.did, `[${Array(101).fill(good)}]`))).toMatchObject({ status: 400, text: "" })
    expect(await waiting(bob)).toEqual([])
  })
})

test("the links of an attachment are never followed", async () => {
  let visits = 0
  await using elsewhere = Bun.serve({
    port: 0,
    fetch: () => {
      visits++
      return Response.json({ ciphertext: "c" })
    },
  })
  const bob = await m.resident()
  const links = `{"data":{"links":["http://127.0.0.1:${elsewhere.port}/"],"hash":"zQm"}}`
  expect(await post(forwardText(bob.did, `[${links}]`))).toMatchObject({ status: 400, text: "" })
  expect(await waiting(bob)).toEqual([])
  expect(visits).toBe(0)
})

describe("the same forward again", () => {
  const letter = '{"ciphertext":"once"}'
  test("changes nothing while it is kept, nor when it was fetched, nor in other envelopes", async () => {
    const bob = await m.resident()
    const wire = await alice.anon(forwardText(bob.did, `[{"data":{"json":${letter}}}]`), m.did)
    for (const _ of [1, 2]) expect(await m.post(wire)).toMatchObject(accepted)
    expect(await post(forwardText(bob.kid, `[{"data":{"base64":"${btoa(letter)}"}}]`))).toMatchObject(accepted)
    expect(await waiting(bob)).toEqual([letter])
    const { attachments } = await m.ask(bob, { type: `${pickup3}/delivery-request`, body: { limit: 1 } })
    const message_id_list = (attachments as { id: string }[]).map(({ id }) => id)
    await m.ask(bob, { type: `${pickup3}/messages-received`, body: { message_id_list } })
    expect(await m.post(wire)).toMatchObject(accepted)
    expect(await waiting(bob)).toEqual([])
  })

  test("for somebody else is another message", async () => {
    const [bob, carol] = [await m.resident(), await m.resident()]
    for (const { did } of [bob, carol]) {
      expect(await post(forwardText(did, `[{"data":{"json":${letter}}}]`))).toMatchObject(accepted)
    }
    expect([await waiting(bob), await waiting(carol)]).toEqual([[letter], [letter]])
  })
})

describe("a forward to a DID of the mediator itself", () => {
  const letter = '{"ciphertext":"through"}'
  /** Wraps `wire` in forwards to the mediator: the first of `hops` is the next of the innermost. */
  async function through(hops: readonly string[], wire: string): Promise<string> {
    let text = wire
    for (const hop of hops) text = await alice.anon(forwardText(hop, `[{"data":{"json":${text}}}]`), m.did)
    return text
  }
  const forBob = async (bob: Resident) => alice.anon(forwardText(bob.did, `[{"data":{"json":${letter}}}]`), m.did)

  test.each([0, 1, 2, 3])("is opened here: %d hops", async (hops) => {
    const bob = await m.resident()
    expect(await m.post(await through(Array(hops).fill(m.did), await forBob(bob)))).toMatchObject(accepted)
    expect(await waiting(bob)).toEqual([letter])
  })

  test.each([4, 5])("is refused when it goes round in circles: %d hops", async (hops) => {
    const bob = await m.resident()
    expect(await m.post(await through(Array(hops).fill(m.did), await forBob(bob)))).toMatchObject({ status: 400 })
    expect(await waiting(bob)).toEqual([])
  })

  test("is opened under each of its names", async () => {
    expect(m.dids.some((did) => did.startsWith("did:web:"))).toBe(true)
    for (const name of [...m.dids, `${m.did}#key-1`, ...spellings(m.did)]) {
      const bob = await m.resident()
      expect(await m.post(await through([name], await forBob(bob)))).toMatchObject(accepted)
      expect(await waiting(bob)).toEqual([letter])
    }
  })

  test("carries a request of a member, who is the one its own envelope proves", async () => {
    const [bob, carol] = [await m.resident(), createResident()]
    const type = "https://didcomm.org/coordinate-mediation/3.0/recipient-update"
    const request = bob.plaintext({ type, body: { updates: [{ recipient_did: carol.did, action: "add" }] } }, m.did)
    expect(await m.post(await through([m.did], await bob.auth(request, m.did)))).toMatchObject(accepted)
    const list = await m.ask(bob, { type: "https://didcomm.org/coordinate-mediation/3.0/recipient-query" })
    expect(list.body).toEqual({ dids: [{ recipient_did: bob.did }, { recipient_did: carol.did }] })
  })

  test("that holds nothing for the mediator is refused", async () => {
    const bob = await m.resident()
    const sealed = await alice.anon({ id: "1", type: FORWARD, body: {} }, bob.did)
    expect(await m.post(await through([m.did], sealed))).toMatchObject({ status: 400, text: "" })
    const plain = forwardText(m.did, `[{"data":{"json":{"payload":"e30","signatures":[]}}}]`)
    expect(await post(plain)).toMatchObject({ status: 400, text: "" })
  })
})

test("a forward that asks to be acknowledged is kept, and acknowledged to nobody", async () => {
  const bob = await m.resident()
  const asking = m.forward(alice, bob.did, '{"ciphertext":"c"}', { please_ack: [""], return_route: "all" })
  expect(await m.post(await alice.auth({ ...asking, from: alice.did }, m.did))).toMatchObject(accepted)
  expect(await waiting(bob)).toEqual(['{"ciphertext":"c"}'])
})

test("an answer to a forward is never sealed for a mere claim of from", async () => {
  const bob = createResident()
  const claim = { ...m.forward(alice, bob.did, '{"ciphertext":"c"}', { return_route: "all" }), from: alice.did }
  const answer = await m.post(await createResident().anon(claim, m.did))
  expect(answer.mediaType).toBe(signedType)
})
