/** A process to be killed: deposits and acknowledges as fast as it can, and tells of each answer once it has it. */

import { writeSync } from "node:fs"
import { systemClock } from "../../src/base/clock.ts"
import { systemRandom } from "../../src/base/random.ts"
import { openStore } from "../../src/store/store.ts"
import { audit, letter, listeningLog, verdict } from "../contract/world.ts"

const [dataDir = "", round = ""] = process.argv.slice(2)
const store = await openStore("sqlite:restante.db", {
  dataDir,
  clock: systemClock,
  random: systemRandom,
  log: listeningLog(),
  writer: "worker",
})
const { id: mailbox } = await store.ask({ did: "did:example:bob", lane: "didcomm", state: "approved", audit })
await store.bind({ mailbox, lane: "didcomm", did: "did:example:home", aliases: [], maxAddresses: 1 })
const address = await store.locate("didcomm", ["did:example:home"])
if (address === null) throw new Error("not bound")

const begin = await store.latest()
const expiresAt = systemClock.now() + 3_600_000
const quota = { messages: 1_000_000, bytes: 1e12 }
const tell = (line: string) => writeSync(1, `${line}\n`)

async function work(worker: number): Promise<never> {
  if (address === null) throw new Error("not bound")
  for (let n = 0; ; n++) {
    const text = `${round}.${worker}.${n}`
    const messages = [letter({ text, content: `${text} ${"x".repeat(2000)}`, expiresAt })]
    if (verdict(await store.deposit({ address, messages, quota })) === "stored") tell(`kept ${text}`)
    if (n % 3 === 0) await fetchOne(worker)
  }
}

// Each worker takes only what it put in itself, so that nobody else's deletion is mistaken for a loss.
async function fetchOne(worker: number): Promise<void> {
  const waiting = await store.peek({ mailbox, lane: "didcomm", address: null, after: begin, limit: 50, bytes: 1e9 })
  const own = waiting.find(({ content }) => content.startsWith(`${round}.${worker}.`))
  if (own === undefined) return
  const text = own.content.split(" ")[0] ?? ""
  tell(`taking ${text}`)
  if ((await store.acknowledge({ mailbox, lane: "didcomm", ids: [own.id] })) === 1) tell(`taken ${text}`)
}

await Promise.all(Array.from({ length: 16 }, (_, worker) => work(worker)))
