import { expect, test } from "bun:test"
import { type Client, type Fields, member, town } from "./people.ts"

/** Reads a list page by page; between two pages `meanwhile` happens. */
async function turnPages(
  who: Client,
  type: string,
  list: string,
  limit: number,
  meanwhile: (page: number) => Promise<unknown>,
) {
  const pages: Fields[][] = []
  let cursor: string | null = null
  do {
    const { payload } = await who.ask(type, { pagination: { limit, cursor } })
    const pagination = member(payload, "pagination")
    const items = [...member(payload, list)]
    expect(pagination.count).toBe(items.length)
    expect((pagination.remaining as number) > 0).toBe(pagination.next_cursor !== null)
    pages.push(items)
    cursor = pagination.next_cursor as string | null
    await meanwhile(pages.length)
  } while (cursor !== null)
  return pages
}

test("pages of waiting events are complete, in order and without doubles while more arrive and some are acknowledged", async () => {
  await using t = await town()
  const [alice, bob] = await t.friends()
  let sent = 0
  const send = () => alice.send(bob.did, String(sent++), t.home)
  for (let n = 0; n < 23; n++) await send()
  const seen: string[] = []
  const pages = await turnPages(bob, "QUERY_PENDING_EVENTS", "pending_events", 5, async (page) => {
    if (page > 4) return
    await send()
    await send()
    const { payload } = await bob.ask("QUERY_PENDING_EVENTS", { pagination: { limit: 2 } })
    const ids = member(payload, "pending_events").map(({ id }) => String(id))
    seen.push(...member(payload, "pending_events").map((event) => String(event.payload)))
    await bob.ask("ACKNOWLEDGE_PENDING_EVENTS", { ids })
  })
  const read = pages.flat().map(({ payload }) => payload)
  expect(read).toEqual(Array.from({ length: 31 }, (_, n) => String(n)))
  expect(seen).toEqual(["0", "1", "2", "3", "4", "5", "6", "7"])
  expect(pages.slice(0, -1).map(({ length }) => length)).toEqual(Array(6).fill(5))
})

test("remaining counts what comes after the page", async () => {
  await using t = await town()
  const [alice, bob] = await t.friends()
  for (let n = 0; n < 7; n++) await alice.send(bob.did, String(n), t.home)
  const remaining: unknown[] = []
  let cursor: string | null = null
  do {
    const { payload } = await bob.ask("QUERY_PENDING_EVENTS", { pagination: { limit: 3, cursor } })
    const pagination = member(payload, "pagination")
    remaining.push([pagination.count, pagination.remaining])
    cursor = pagination.next_cursor as string | null
  } while (cursor !== null)
  expect(remaining).toEqual([
    [3, 4],
    [3, 1],
    [1, 0],
  ])
})

test("saved events, contracts and requests are paged alike; fifty at a time unless asked, two hundred at most", async () => {
  await using t = await town()
  const alice = await t.resident("alice")
  for (let n = 0; n < 3; n++) {
    const events = Array.from({ length: 100 }, (_, at) => ({ payload: String(n * 100 + at), tags: ["t"] }))
    await alice.ask("SAVE_EVENTS", { events })
  }
  const count = async (pagination: Fields) =>
    member((await alice.ask("QUERY_EVENTS", { pagination })).payload, "pagination")
  expect(await count({})).toMatchObject({ count: 50, remaining: 250 })
  expect(await count({ limit: 200 })).toMatchObject({ count: 200, remaining: 100 })
  expect(await count({ limit: 1_000 })).toMatchObject({ count: 200, remaining: 100 })
  let extra = 300
  const pages = await turnPages(alice, "QUERY_EVENTS", "events", 70, async (page) => {
    if (page < 3) await alice.ask("SAVE_EVENTS", { events: [{ payload: String(extra++), tags: [] }] })
  })
  expect(pages.flat().map(({ payload }) => payload)).toEqual(Array.from({ length: 302 }, (_, n) => String(n)))
})

test("large letters make short pages, and none is left out", async () => {
  await using t = await town()
  const [alice, bob] = await t.friends()
  for (let n = 0; n < 9; n++) await alice.send(bob.did, `${n}${"x".repeat(256 * 1024 - 1)}`, t.home)
  const pages = await turnPages(bob, "QUERY_PENDING_EVENTS", "pending_events", 200, async () => {})
  expect(pages.length).toBeGreaterThan(1)
  expect(pages.flat().map(({ payload }) => String(payload)[0])).toEqual([..."012345678"])
})

test("an empty list is one page, and a cursor behind the end leads to another", async () => {
  await using t = await town()
  const alice = await t.resident("alice")
  for (const [type, list] of [
    ["QUERY_PENDING_EVENTS", "pending_events"],
    ["QUERY_PENDING_COMMUNICATION_CONTRACT_REQUESTS", "contract_requests"],
    ["QUERY_EVENTS", "events"],
    ["QUERY_COMMUNICATION_CONTRACTS", "contracts"],
  ] as const) {
    for (const cursor of [null, "9007199254740991"]) {
      expect((await alice.ask(type, { pagination: { cursor } })).payload).toEqual({
        [list]: [],
        pagination: { count: 0, remaining: 0, next_cursor: null },
      })
    }
  }
})
