import { expect, test } from "bun:test"
import { type Answer, command, contractId, post } from "../kit/decentrl.ts"
import { type Executable, executable } from "../kit/executable.ts"
import { type Client, type MediatorKeys, meetAt, member, payloads, requests, told } from "./people.ts"

const EVENTS = 500
const AT_ONCE = 10

/** From strangers to a contract that both mediators know, with nothing but the protocol's own messages. */
async function becomeFriends(alice: Client, bob: Client): Promise<void> {
  expect(told(await alice.register())).toBe("200")
  expect(told(await bob.register())).toBe("200")
  expect(told(await alice.requestContract(bob.did, bob.home))).toBe("200")
  const [request = expect.unreachable("a request")] = await requests(bob)
  expect(request.sender_did).toBe(alice.did)
  const contract = await bob.acceptRequest(request, alice.home)
  const ids = [request.id ?? ""]
  const done = await bob.ask("ACKNOWLEDGE_PENDING_COMMUNICATION_CONTRACT_REQUESTS", { ids })
  expect(done.payload).toEqual({ acknowledged: 1 })
  for (const who of [alice, bob]) {
    const contracts = await who.all("QUERY_COMMUNICATION_CONTRACTS", "contracts")
    expect(contracts).toMatchObject([{ contract_id: await contractId(contract), contract }])
  }
}

/** Posts the same command until it is answered: what was kept without an answer is then known by its nonce. */
async function insist(url: string, given: Awaited<ReturnType<typeof command>>): Promise<Answer> {
  for (;;) {
    const answer = await post(url, given).catch(() => null)
    if (answer && (answer.status === 200 || answer.code === "NONCE_ALREADY_USED")) return answer
    expect([null, "RATE_LIMITED", "INTERNAL_ERROR"]).toContain(answer?.code ?? null)
    await Bun.sleep(50)
  }
}

type Progress = { answered: number }

async function sendMany(from: Client, to: Client, at: MediatorKeys, progress: Progress): Promise<string[]> {
  const texts = Array.from({ length: EVENTS }, (_, n) => `${n}`)
  const rest = texts.values()
  const worker = async () => {
    for (const text of rest) {
      await insist(at.url, await command(from, "TWO_WAY_PRIVATE", to.did, { payload: text }))
      progress.answered++
    }
  }
  await Promise.all(Array.from({ length: AT_ONCE }, worker))
  return texts
}

/** Kills the mediator in the middle of it all, and starts it again. */
async function crash(m: Executable, progress: Progress): Promise<void> {
  while (progress.answered < EVENTS * 0.6) await Bun.sleep(1)
  expect(progress.answered).toBeLessThan(EVENTS)
  await m.kill9()
  await m.restart()
}

/** Reads, acknowledges, and reads again, as an application does; its list is what it took. */
async function takeAll(who: Client): Promise<string[]> {
  const taken: string[] = []
  for (;;) {
    const { payload } = await who.ask("QUERY_PENDING_EVENTS", { pagination: { limit: 200 } })
    const page = member(payload, "pending_events")
    if (page.length === 0) return taken
    taken.push(...page.map((event) => String(event.payload)))
    const ids = page.map(({ id }) => String(id))
    expect((await who.ask("ACKNOWLEDGE_PENDING_EVENTS", { ids })).payload).toEqual({ acknowledged: ids.length })
  }
}

async function exchange(alice: Client, bob: Client, doomed: Executable): Promise<void> {
  const progress = { answered: 0 }
  const [toBob, toAlice] = await Promise.all([
    sendMany(alice, bob, bob.home, progress),
    sendMany(bob, alice, alice.home, progress),
    crash(doomed, progress),
  ])
  const byNumber = (texts: readonly string[]) => [...texts].sort((a, b) => Number(a) - Number(b))
  expect(byNumber((await payloads(bob)).map(String))).toEqual(toBob)
  expect(byNumber(await takeAll(bob))).toEqual(toBob)
  expect(byNumber(await takeAll(alice))).toEqual(toAlice)
  expect(await payloads(bob)).toEqual([])
}

test("Alice and Bob at one mediator: 500 events each way, killed and restarted in the middle, none lost, none twice", async () => {
  await using m = await executable(["--log-level", "error"])
  const { stranger } = await meetAt(m.url)
  const [alice, bob] = [await stranger("alice"), await stranger("bob")]
  await becomeFriends(alice, bob)
  await exchange(alice, bob, m)
  expect(m.stderr()).toBe("")
}, 120_000)

test("Alice and Bob at two mediators: each is told what the other sends, and one crash loses nothing", async () => {
  await using one = await executable(["--log-level", "error"])
  await using two = await executable(["--log-level", "error"])
  const alice = await (await meetAt(one.url)).stranger("alice")
  const bob = await (await meetAt(two.url)).stranger("bob")
  await becomeFriends(alice, bob)
  await exchange(alice, bob, two)
  expect(one.stderr() + two.stderr()).toBe("")
}, 120_000)

test("what a crash finds saved, published and registered is there afterwards", async () => {
  await using m = await executable(["--log-level", "error"])
  const { resident, show } = await meetAt(m.url)
  const alice = await resident("alice")
  await alice.ask("SAVE_EVENTS", { events: [{ payload: "kept", tags: ["t"] }] })
  await alice.publish("c", "shown", [])
  await m.kill9()
  await m.restart()
  expect(await alice.all("QUERY_EVENTS", "events", { tags: ["t"] })).toMatchObject([{ payload: "kept" }])
  const shown = (await (await show(alice.did)).json()) as object
  expect(shown).toMatchObject({ events: [{ event: "shown" }] })
})
