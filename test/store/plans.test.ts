import type { Database } from "bun:sqlite"
import { expect, test } from "bun:test"
import { storeActs } from "../../src/store/sqlite/acts.ts"
import { archiveReads } from "../../src/store/sqlite/archive.ts"
import { openDatabase } from "../../src/store/sqlite/open.ts"
import { mailboxReads } from "../../src/store/sqlite/reads.ts"
import { registrationReads } from "../../src/store/sqlite/registrations.ts"
import { fakeClock, listeningLog } from "../contract/world.ts"

/** Every statement that the store prepares. */
async function statements(db: Database): Promise<string[]> {
  const seen = new Set<string>()
  const listening = new Proxy(db, {
    get(target, name) {
      const value: unknown = Reflect.get(target, name)
      if (typeof value !== "function") return value
      return (...given: unknown[]) => {
        if (name === "query") seen.add(String(given[0]))
        return value.apply(target, given)
      }
    },
  })
  storeActs(listening)
  registrationReads(listening)
  const { peek, standing } = mailboxReads(listening, fakeClock(), listeningLog())
  const { queryEvents, published } = archiveReads(listening, fakeClock())
  const page = { after: 0, limit: 1, bytes: 1 }
  for (const lane of ["didcomm", "decentrl"] as const) {
    for (const address of [null, "a"]) {
      for (const kind of [{}, { kind: "k" }]) {
        await peek({ mailbox: 1, lane, address, ...kind, ...page })
        await standing({ mailbox: 1, lane, address, ...kind })
      }
    }
  }
  await queryEvents({ mailbox: 1, tags: ["t"], match: "all", ...page })
  for (const channel of [null, "c"]) {
    for (const tag of [null, "t"]) await published({ publisher: "p", channel, tag, ...page })
  }
  return [...seen]
}

test("no statement walks through a table, or sorts what a cursor reads in order", async () => {
  using db = openDatabase(":memory:")
  const all = await statements(db)
  expect(all.length).toBeGreaterThan(60)
  const slow: string[] = []
  for (const sql of all.filter((one) => /^\s*(SELECT|UPDATE|DELETE)/.test(one))) {
    const steps = db.query<{ detail: string }, []>(`EXPLAIN QUERY PLAN ${sql}`).all()
    // Whole are read only: tags of a question, rows found already, the last seqs, the few released addresses, who
    // waits for the operator, the first row there is, and the few that came lately.
    const small = "json_each|\\(subquery|CONSTANT ROW|sqlite_sequence|audit$|admin$|waiting_lately$"
    const fine = new RegExp(`^SCAN (${small}|.* USING (COVERING )?INDEX (address_released|registration_waiting))`)
    const isSlow = ({ detail }: { detail: string }) =>
      (detail.startsWith("SCAN ") && !fine.test(detail)) || detail.includes("FOR ORDER BY")
    for (const { detail } of steps.filter(isSlow)) slow.push(`${detail}: ${sql}`)
  }
  expect(slow).toEqual([])
})

test("one kind of Decentrl's mail is read from an index of its own", async () => {
  using db = openDatabase(":memory:")
  const all = await statements(db)
  const ofKind = all.filter((sql) => sql.includes("lane = 2") && sql.includes("kind = "))
  expect(ofKind.length).toBeGreaterThan(4)
  for (const sql of ofKind) {
    const steps = db.query<{ detail: string }, []>(`EXPLAIN QUERY PLAN ${sql}`).all()
    expect(steps.map(({ detail }) => detail).join("; ")).toContain("waiting_kind (mailbox=? AND kind=?")
  }
})

test("a page is read by a statement that is prepared once, not anew for each value that is bound", async () => {
  using db = openDatabase(":memory:")
  const pages = (await statements(db)).filter((sql) => /^SELECT .*\bseq\b.* ORDER BY /s.test(sql))
  expect(pages.length).toBeGreaterThan(12)
  for (const sql of pages) expect(sql).not.toMatch(/( =|LIMIT|OFFSET) \?\d/)
})
