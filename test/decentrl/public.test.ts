import { afterAll, expect, test } from "bun:test"
import { command, makeOffer, post, sealOffer, sign } from "../kit/decentrl.ts"
import { type Fields, member, told, town } from "./people.ts"

const shared = await town()
const { show } = shared
afterAll(() => shared[Symbol.asyncDispose]())

async function read(did: string, query = ""): Promise<Fields> {
  const response = await show(did, query)
  expect(response.status).toBe(200)
  return (await response.json()) as Fields
}
const shown = async (did: string, query = "") => member(await read(did, query), "events").map(({ event }) => event)

test("what is published is read by everybody, as it was signed, newest first", async () => {
  const alice = await shared.resident("alice")
  const first = await alice.publish("news", '{"n":1}', ["a", "b", "a"])
  await alice.publish("news", '{"n":2}', ["b"])
  await alice.publish("other", '{"n":3}', [])
  const { events } = await read(alice.did)
  expect(member({ events: events ?? [] }, "events").map(({ event }) => event)).toEqual([
    '{"n":3}',
    '{"n":2}',
    '{"n":1}',
  ])
  const oldest = member({ events: events ?? [] }, "events").at(-1) as Fields
  expect(oldest).toEqual({
    id: first.payload.public_event_id as string,
    publisher_did: alice.did,
    channel_id: "news",
    event: '{"n":1}',
    tags: ["a", "b", "a"],
    timestamp: expect.any(Number),
    event_signature: expect.any(String),
  })
  const key = await crypto.subtle.exportKey("jwk", alice.signing.privateKey)
  const { d: _, key_ops: __, ...publicKey } = key
  const verifier = await crypto.subtle.importKey("jwk", publicKey, "Ed25519", false, ["verify"])
  const signed = '{"channel_id":"news","event":"{\\"n\\":1}","tags":["a","b","a"],"timestamp":'
  const bytes = new TextEncoder().encode(`${signed}${oldest.timestamp}}`)
  const signature = Uint8Array.fromBase64(String(oldest.event_signature))
  expect(await crypto.subtle.verify("Ed25519", verifier, signature, bytes)).toBe(true)
})

test("a channel and a tag narrow it down, exactly", async () => {
  const alice = await shared.resident("alice")
  await alice.publish("a", "1", ["x"])
  await alice.publish("b", "2", ["x", "y/&?ü"])
  await alice.publish("", "3", [""])
  expect(await shown(alice.did, "?channel_id=a")).toEqual(["1"])
  expect(await shown(alice.did, "?tag=x")).toEqual(["2", "1"])
  expect(await shown(alice.did, `?tag=${encodeURIComponent("y/&?ü")}&channel_id=b`)).toEqual(["2"])
  expect(await shown(alice.did, "?channel_id=&tag=")).toEqual(["3"])
  expect(await shown(alice.did, "?channel_id=A")).toEqual([])
})

test("pages are complete while new events arrive: those come before the first page", async () => {
  const alice = await shared.resident("alice")
  for (let n = 0; n < 7; n++) await alice.publish("c", String(n), [])
  const seen: unknown[] = []
  const counts: unknown[] = []
  let cursor: string | null = "0"
  while (cursor !== null) {
    const page = await read(alice.did, `?limit=3&cursor=${cursor}`)
    seen.push(...member(page, "events").map(({ event }) => event))
    const pagination = member(page, "pagination")
    counts.push([pagination.count, pagination.remaining])
    cursor = pagination.next_cursor as string | null
    await alice.publish("c", "later", [])
  }
  expect(seen).toEqual(["6", "5", "4", "3", "2", "1", "0"])
  expect(counts).toEqual([
    [3, 4],
    [3, 1],
    [1, 0],
  ])
})

test("an unchanged page is 304 for its ETag, a changed one is not", async () => {
  const alice = await shared.resident("alice")
  await alice.publish("c", "1", [])
  const first = await show(alice.did)
  const etag = first.headers.get("etag") ?? ""
  expect(etag).toMatch(/^(W\/)?"[^"]+"$/)
  expect(first.headers.get("content-type")).toBe("application/json")
  const again = () => show(alice.did, "", { headers: { "If-None-Match": `"other", ${etag}` } })
  const unchanged = await again()
  expect([unchanged.status, await unchanged.text()]).toEqual([304, ""])
  expect(unchanged.headers.get("etag")).toBe(etag)
  expect(unchanged.headers.get("access-control-allow-origin")).toBe("*")
  await alice.publish("c", "2", [])
  const changed = await again()
  expect(changed.status).toBe(200)
  expect(changed.headers.get("etag")).not.toBe(etag)
})

test("its publisher, and nobody else, takes an event back", async () => {
  const [alice, bob] = [await shared.resident("alice"), await shared.resident("bob")]
  const { payload } = await alice.publish("c", "1", [])
  const remove = async (who: typeof alice) =>
    post(
      shared.url,
      await command(who, "ONE_WAY_PUBLIC", shared.home.did, {
        type: "DELETE_PUBLIC_EVENT",
        public_event_id: payload.public_event_id ?? "",
      }),
    )
  expect((await remove(bob)).payload).toEqual({ deleted: 0 })
  expect(await shown(alice.did)).toEqual(["1"])
  expect((await remove(alice)).payload).toEqual({ deleted: 1 })
  expect((await remove(alice)).payload).toEqual({ deleted: 0 })
  expect(await shown(alice.did)).toEqual([])
})

test("a DID that nobody knows, or that is none, shows an empty list", async () => {
  for (const did of ["did:web:a.example%3A80:x", "did:decentrl:x", "x", "%", "a/b"]) {
    expect(await read(did)).toEqual({ events: [], pagination: { count: 0, remaining: 0, next_cursor: null } })
  }
})

test("a DID written with slashes and plus signs is found by its percent-encoded form", async () => {
  const alice = await shared.stranger("alice")
  const odd = { ...alice, did: alice.did.replace(/:[^:]+(?=:z6Mk)/, ":Pz8/Pj4+") }
  const { offer, ephemeral } = await makeOffer(odd, shared.home.did)
  const fields = await sealOffer(offer, ephemeral, shared.home.preKey)
  const asked = { type: "REQUEST_COMMUNICATION_CONTRACT", ...fields }
  expect(told(await post(shared.url, await command(odd, "DIRECT_AUTHENTICATED", shared.home.did, asked)))).toBe("200")
  const event = { channel_id: "c", event: "odd", tags: [], timestamp: 1 }
  const event_signature = await sign(odd.signing.privateKey, event)
  const payload = { type: "PUBLISH_PUBLIC_EVENT", ...event, event_signature }
  expect(told(await post(shared.url, await command(odd, "ONE_WAY_PUBLIC", shared.home.did, payload)))).toBe("200")
  expect(await shown(odd.did)).toEqual(["odd"])
})

test.each(["?limit=0", "?limit=x", "?limit=-1", "?cursor=x", "?cursor=99999999999999999999"])(
  "%s is INVALID_PAYLOAD",
  async (query) => {
    const response = await show("did:web:a.example", query)
    expect([response.status, await response.json()]).toMatchObject([400, { type: "ERROR", code: "INVALID_PAYLOAD" }])
  },
)

test("an address that is not percent-encoded text is INVALID_PAYLOAD", async () => {
  const response = await fetch(`${shared.url}/public/%ff`)
  expect([response.status, await response.json()]).toMatchObject([400, { type: "ERROR", code: "INVALID_PAYLOAD" }])
})
