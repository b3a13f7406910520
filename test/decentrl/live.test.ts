import { expect, test } from "bun:test"
import { fakeClock } from "../kit/clock.ts"
import { command, post, sign } from "../kit/decentrl.ts"
import { bareSocket, frame, framesIn, opcode } from "../transport/frames.ts"
import { agree, type Client, events, type Fields, payloads, type Town, told, town } from "./people.ts"

type Socket = Awaited<ReturnType<Town["socket"]>>
const next = async (socket: Socket): Promise<Fields> => JSON.parse(await socket.next())
const enter = async (socket: Socket, who: Client) => {
  socket.send(JSON.stringify(await who.authenticate()))
  expect(await next(socket)).toEqual({ type: "AUTH_SUCCESS" })
}
const items = (frame: Fields, list: string) => frame[list] as readonly Fields[]

test("after authentication the oldest page is pushed, then every arrival, once; and nothing is acknowledged by it", async () => {
  await using t = await town()
  const [alice, bob] = await t.friends()
  await alice.send(bob.did, "waited 1", t.home)
  await alice.send(bob.did, "waited 2", t.home)
  await using socket = await t.socket()
  await enter(socket, bob)
  const first = await next(socket)
  const waiting = await events(bob)
  expect(first).toEqual({ type: "PENDING_EVENTS", events: waiting })
  await alice.send(bob.did, "came", t.home)
  const second = await next(socket)
  expect(items(second, "events").map(({ payload }) => payload)).toEqual(["came"])
  expect(second).toEqual({ type: "PENDING_EVENTS", events: (await events(bob)).slice(2) })
  expect(await socket.hears(100)).toBe(false)
  expect(await payloads(bob)).toEqual(["waited 1", "waited 2", "came"])
})

test("an empty page is not pushed; the oldest fifty are, and the rest is there to be asked for", async () => {
  await using t = await town()
  const [alice, bob] = await t.friends()
  await using empty = await t.socket()
  await enter(empty, bob)
  expect(await empty.hears(100)).toBe(false)
  for (let n = 0; n < 55; n++) await alice.send(bob.did, String(n), t.home)
  await using socket = await t.socket()
  await enter(socket, bob)
  const page = items(await next(socket), "events").map(({ payload }) => payload)
  expect(page).toEqual(Array.from({ length: 50 }, (_, n) => String(n)))
  expect(await socket.hears(100)).toBe(false)
})

test("contract requests are pushed alike, and a contract when a response brings one", async () => {
  await using t = await town()
  const [alice, bob, carol] = [await t.resident("alice"), await t.resident("bob"), await t.stranger("carol")]
  await carol.requestContract(alice.did, t.home)
  await using socket = await t.socket()
  await enter(socket, alice)
  const waited = await next(socket)
  expect([waited.type, items(waited, "contract_requests").map(({ sender_did }) => sender_did)]).toEqual([
    "CONTRACT_REQUESTS",
    [carol.did],
  ])
  await bob.requestContract(alice.did, t.home)
  expect(items(await next(socket), "contract_requests").map(({ sender_did }) => sender_did)).toEqual([bob.did])
  const contract = await agree(alice, bob)
  const answer = await bob.tell(alice.did, "COMMUNICATION_CONTRACT_RESPONSE", { contract }, t.home)
  expect(await next(socket)).toEqual({
    type: "CONTRACTS",
    contracts: [{ contract_id: answer.payload.contract_id as string, contract, created_at: expect.any(Number) }],
  })
  const saved = await agree(alice, bob)
  await alice.ask("SAVE_COMMUNICATION_CONTRACT", { contract: saved })
  expect(await socket.hears(100)).toBe(false)
})

test("every socket of an identity is pushed everything, and other identities' sockets nothing", async () => {
  await using t = await town()
  const [alice, bob] = await t.friends()
  await using one = await t.socket()
  await using two = await t.socket()
  await using other = await t.socket()
  await Promise.all([enter(one, bob), enter(two, bob), enter(other, alice)])
  await alice.send(bob.did, "both", t.home)
  for (const socket of [one, two]) expect(items(await next(socket), "events")[0]?.payload).toBe("both")
  expect(await other.hears(100)).toBe(false)
})

test("two hundred arrivals are pushed in their order, each once", async () => {
  await using t = await town()
  const [alice, bob] = await t.friends()
  await using socket = await t.socket()
  await enter(socket, bob)
  const sent = Array.from({ length: 200 }, (_, n) => String(n))
  for (const text of sent) await alice.send(bob.did, text, t.home)
  const pushed: unknown[] = []
  while (pushed.length < sent.length) pushed.push(...items(await next(socket), "events").map(({ payload }) => payload))
  expect(pushed).toEqual(sent)
  expect(await socket.hears(100)).toBe(false)
})

const refusals: [string, (t: Town) => Promise<Fields>, string][] = [
  ["an old timestamp", async (t) => (await t.resident("a")).authenticate({ timestamp: 1 }), "TIMESTAMP_OUT_OF_RANGE"],
  ["no DID", async (t) => (await t.resident("a")).authenticate({ did: "x" }), "DID_RESOLUTION_FAILED"],
  ["a stranger", async (t) => (await t.stranger()).authenticate(), "NOT_REGISTERED"],
  ["another key id", async (t) => (await t.resident("a")).authenticate({ signing_key_id: "x" }), "INVALID_SIGNATURE"],
  [
    "another's signature",
    async (t) => {
      const [one, two] = [await t.resident("one"), await t.resident("two")]
      const { signature: _, ...frame } = await one.authenticate()
      return { ...frame, signature: await sign(two.signing.privateKey, frame) }
    },
    "INVALID_SIGNATURE",
  ],
  [
    "a member that was added",
    async (t) => ({ ...(await (await t.resident("a")).authenticate()), x: 1 }),
    "INVALID_SIGNATURE",
  ],
  ["no nonce", async (t) => (await t.resident("a")).authenticate({ nonce: null }), "INVALID_COMMAND"],
  ["a timestamp in text", async (t) => (await t.resident("a")).authenticate({ timestamp: "1" }), "INVALID_COMMAND"],
]
test.each(refusals)("%s: AUTH_ERROR, and 4401", async (_, make, code) => {
  await using t = await town()
  await using socket = await t.socket()
  socket.send(JSON.stringify(await make(t)))
  expect(await next(socket)).toEqual({ type: "AUTH_ERROR", code, message: expect.any(String) })
  expect(await socket.closed).toBe(4401)
})

test("a frame that was used is NONCE_ALREADY_USED, also as a command's nonce", async () => {
  await using t = await town()
  const alice = await t.resident("alice")
  const frame = await alice.authenticate()
  await using first = await t.socket()
  first.send(JSON.stringify(frame))
  expect(await next(first)).toEqual({ type: "AUTH_SUCCESS" })
  await using second = await t.socket()
  second.send(JSON.stringify(frame))
  expect(await next(second)).toMatchObject({ type: "AUTH_ERROR", code: "NONCE_ALREADY_USED" })
  expect(await second.closed).toBe(4401)
  const payload = { type: "QUERY_EVENTS" }
  const given = await command(alice, "DIRECT_AUTHENTICATED", t.home.did, payload, { nonce: frame.nonce ?? "" })
  expect(told(await post(t.url, given))).toBe("409 NONCE_ALREADY_USED")
})

test.each<[string, string | Uint8Array<ArrayBuffer>]>([
  ["no JSON", "hello"],
  ["nothing", ""],
  ["another type", '{"type":"PING"}'],
  ["a duplicate member", '{"type":"AUTHENTICATE","type":"AUTHENTICATE"}'],
  ["an array", "[]"],
  ["bytes that are no text", Uint8Array.of(0xff, 0xfe)],
])("%s closes with 1003", async (_, frame) => {
  await using t = await town()
  await using socket = await t.socket()
  socket.send(frame)
  expect(await socket.closed).toBe(1003)
})

test("a frame over the limit closes with 1009, and a second AUTHENTICATE with 1003", async () => {
  await using t = await town()
  await using large = await t.socket()
  large.send("x".repeat(1024 * 1024 + 1))
  expect(await large.closed).toBe(1009)
  const alice = await t.resident("alice")
  await using twice = await t.socket()
  await enter(twice, alice)
  twice.send(JSON.stringify(await alice.authenticate()))
  expect(await twice.closed).toBe(1003)
})

test("a socket that says nothing for ten seconds is closed with 4408, one that authenticated stays", async () => {
  const clock = fakeClock(Date.now())
  await using t = await town({}, { clock })
  const alice = await t.resident("alice")
  await using silent = await t.socket()
  await using known = await t.socket()
  await enter(known, alice)
  clock.pass(9_999)
  expect(await Promise.race([silent.closed, Bun.sleep(50)])).toBeUndefined()
  clock.pass(1)
  expect(await silent.closed).toBe(4408)
  expect(await Promise.race([known.closed, Bun.sleep(50)])).toBeUndefined()
})

test("a client that does not read is waited for, and then gets everything, once and in order", async () => {
  await using t = await town()
  const [alice, bob] = await t.friends()
  using wire = await bareSocket(t.url, "/decentrl")
  wire.send(frame(opcode.text, JSON.stringify(await bob.authenticate())))
  await wire.until("AUTH_SUCCESS")
  wire.socket.pause()
  const filler = "x".repeat(250 * 1024)
  const sent = Array.from({ length: 120 }, (_, n) => String(n))
  for (const text of sent) await alice.send(bob.did, `${text} ${filler}`, t.home)
  wire.socket.resume()
  await wire.until(`"payload":"119 `, 20_000)
  await Bun.sleep(100)
  const pushed = framesIn(wire)
    .filter(({ code }) => code === opcode.text)
    .map(({ payload }) => JSON.parse(payload.toString()) as Fields)
    .filter(({ type }) => type === "PENDING_EVENTS")
    .flatMap((page) => items(page, "events"))
  expect(pushed.map(({ payload }) => String(payload).split(" ")[0])).toEqual(sent)
}, 60_000)
