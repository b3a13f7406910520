import { expect, test } from "bun:test"
import type { QueueQuery } from "../../src/mailbox/operator-ports.ts"
import { audit, letter, type Place, ROOMY, START, type World, world } from "./world.ts"

const did = (name: string) => `did:example:${name}`

/** A mailbox with letters of these sizes, a millisecond apart. */
async function queue(here: World, name: string, sizes: readonly number[]) {
  const { id } = await here.resident(did(name))
  const home = await here.address(id, did(`${name}-home`))
  for (const size of sizes) {
    await here.deposit(home, letter({ text: crypto.randomUUID().repeat(20).slice(-size) }))
    here.clock.pass(1)
  }
  return { id, seqs: (await here.all(id)).map(({ seq }) => seq) }
}

async function names(here: World, sort: QueueQuery["sort"], limit = 2) {
  const found: string[] = []
  let after: string | null = null
  let total = 0
  do {
    const page: Awaited<ReturnType<World["store"]["queues"]>> = await here.store.queues({
      sort,
      limit,
      ...(after !== null && { after }),
    })
    found.push(...page.items.map((one) => one.did.slice("did:example:".length)))
    after = page.next
    total = page.total
  } while (after !== null)
  return { names: found.join(" "), total }
}

export function queueContract(place: () => Promise<Place>): void {
  test("queues are mailboxes in which mail waits, in every order and in pages", async () => {
    await using here = await world(await place())
    await queue(here, "old", [40])
    await queue(here, "many", [30, 30, 30])
    const { seqs } = await queue(here, "large", [500, 500])
    await queue(here, "none", [])
    await here.store.handed({ seqs, expiresAt: null })
    expect(await names(here, "oldest")).toEqual({ names: "old many large", total: 3 })
    expect(await names(here, "messages")).toEqual({ names: "many large old", total: 3 })
    expect(await names(here, "bytes")).toEqual({ names: "large many old", total: 3 })
    expect(await names(here, "unacknowledged")).toEqual({ names: "large many old", total: 3 })
    for (const limit of [1, 3, 9]) expect((await names(here, "bytes", limit)).names).toBe("large many old")
  })

  test("queues are found by part of a DID or label, and in the order of registration none is met twice", async () => {
    await using here = await world(await place())
    for (const name of ["anna", "bert", "annabel"]) await queue(here, name, [10])
    await here.store.describe({ did: did("bert"), label: "Önder", audit })
    const find = async (text: string) => {
      const { items, total } = await here.store.queues({ sort: "messages", limit: 9, text })
      return [items.map(({ label, did }) => label || did.slice("did:example:".length)).toSorted(), total]
    }
    expect(await find("ANNA")).toEqual([["anna", "annabel"], 2])
    expect(await find("önd")).toEqual([["Önder"], 1])
    expect(await find("%")).toEqual([[], 0])
    const first = await here.store.queues({ sort: "newest", limit: 2 })
    const home = await here.address((await here.resident(did("anna"))).id, did("anna-other"))
    await here.deposit(home, letter({ text: "more" }))
    const rest = await here.store.queues({ sort: "newest", limit: 2, after: first.next ?? "" })
    expect([...first.items, ...rest.items].map((one) => one.did)).toEqual([did("annabel"), did("bert"), did("anna")])
  })

  test("a queue says how much waits, since when, and what was handed out and not acknowledged", async () => {
    await using here = await world(await place())
    const { id, seqs } = await queue(here, "bob", [10, 20, 30])
    await here.store.describe({ did: did("bob"), label: "Bob", audit })
    // What the owner saved is no mail.
    const saved = { id: crypto.randomUUID(), payload: "x".repeat(99), tags: [] }
    await here.store.saveEvents({ mailbox: id, events: [saved], quota: ROOMY })
    await here.store.handed({ seqs: seqs.slice(0, 2), expiresAt: null })
    const shown = {
      did: did("bob"),
      label: "Bob",
      lanes: ["didcomm" as const],
      messages: 3,
      bytes: 60,
      oldestAt: START,
      unacknowledged: 2,
    }
    const look = async () => (await here.store.queues({ sort: "messages", limit: 9 })).items
    expect(await look()).toEqual([shown])
    const [first] = await here.all(id)
    await here.store.acknowledge({ mailbox: id, lane: "didcomm", ids: [first?.id ?? ""] })
    expect(await look()).toEqual([{ ...shown, messages: 2, bytes: 50, oldestAt: START + 1, unacknowledged: 1 }])
    await here.store.purge({ did: did("bob"), before: null, audit })
    expect(await look()).toEqual([])
  })

  test("handing out again changes neither the count nor the end of a message, and never lengthens its wait", async () => {
    await using here = await world(await place())
    const { id, seqs } = await queue(here, "bob", [10])
    const end = async () => (await here.all(id))[0]?.expiresAt
    const before = await end()
    await here.store.handed({ seqs, expiresAt: null })
    expect(await end()).toBe(before)
    await here.store.handed({ seqs, expiresAt: START + 500 })
    await here.store.handed({ seqs, expiresAt: START + 900 })
    await here.store.handed({ seqs, expiresAt: null })
    expect(await end()).toBe(START + 500)
    const { items } = await here.store.queues({ sort: "unacknowledged", limit: 1 })
    expect(items[0]?.unacknowledged).toBe(1)
  })

  test("a cursor of another order is refused", async () => {
    await using here = await world(await place())
    await queue(here, "a", [1])
    await queue(here, "b", [1])
    const { next } = await here.store.queues({ sort: "bytes", limit: 1 })
    const [outcome] = await Promise.allSettled([here.store.queues({ sort: "messages", limit: 1, after: next ?? "" })])
    expect(outcome).toMatchObject({ status: "rejected", reason: { code: "request.malformed" } })
  })
}
