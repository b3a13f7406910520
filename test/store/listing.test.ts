import { expect, test } from "bun:test"
import type { AccountQuery } from "../../src/mailbox/operator-ports.ts"
import { openStore } from "../../src/store/store.ts"
import { audit, fakeClock, letter, listeningLog, ROOMY, START, seededRandom } from "../contract/world.ts"
import { folder } from "./places.ts"

const MANY = 10_000
/** As long as a did:peer:2 with two keys and a service. */
const didOf = (n: number) => `did:peer:2.${"Ez6LSVz6Mk".repeat(30)}.${n}`
const states = ["approved", "approved", "pending", "approved", "denied"] as const

test("of 10,000 registrations every page comes within 20 ms, in each order, filtered and searched", async () => {
  await using where = await folder()
  const clock = fakeClock()
  const ports = { dataDir: where.path, clock, random: seededRandom(1), log: listeningLog() }
  await using store = await openStore("sqlite:restante.db", { ...ports, writer: "worker" })
  const all = Array.from({ length: MANY }, (_, n) => n)
  const made = await Promise.all(
    all.map((n) => store.ask({ did: didOf(n), lane: "didcomm", state: states[n % 5] ?? "pending", audit })),
  )
  await store.seen(made.map(({ id }, n) => ({ mailbox: id, at: START + ((n * 7919) % MANY) })))
  const fill = async (n: number) => {
    const mailbox = made[n]?.id ?? 0
    await store.bind({ mailbox, lane: "didcomm", did: `did:example:${n}`, aliases: [], maxAddresses: 1 })
    const address = await store.locate("didcomm", [`did:example:${n}`])
    const messages = Array.from({ length: n % 4 }, () => letter({ content: "x".repeat(n % 500) }))
    if (address) await store.deposit({ address, messages, quota: ROOMY })
    if (n % 10 === 0) await store.describe({ did: didOf(n), label: `Guest ${(n * 31) % 977}`, audit })
  }
  for (let from = 0; from < MANY; from += 1000) await Promise.all(all.slice(from, from + 1000).map(fill))

  const orders = ["newest", "last-seen", "messages", "bytes", "oldest-message", "label"] as const
  const filters: Omit<AccountQuery, "limit">[] = [{}, { states: ["pending"] }, { text: "guest 5" }, { text: "z.9999" }]
  const slow: string[] = []
  for (const sort of orders) {
    let deep = ""
    for (let n = 0; n < 5; n++) {
      deep = (await store.accounts({ sort, limit: 1000, ...(deep !== "" && { after: deep }) })).next ?? ""
    }
    for (const filter of [...filters, { after: deep }]) {
      const times: number[] = []
      for (let n = 0; n < 5; n++) {
        const start = performance.now()
        await store.accounts({ sort, ...filter, limit: 50 })
        times.push(performance.now() - start)
      }
      // The best of five: what else the machine does is not what is measured.
      if (Math.min(...times) > 20) slow.push(`${sort} ${JSON.stringify(filter)}: ${times.map(Math.round)} ms`)
    }
  }
  expect(slow).toEqual([])
}, 60_000)
