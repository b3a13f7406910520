/** A process to be killed: does acts that happen once as fast as it can, and tells before and after each. */

import { writeSync } from "node:fs"
import { systemClock } from "../../src/base/clock.ts"
import { systemRandom } from "../../src/base/random.ts"
import { openStore } from "../../src/store/store.ts"
import { audit, listeningLog } from "../contract/world.ts"

const [dataDir = "", round = ""] = process.argv.slice(2)
const store = await openStore("sqlite:restante.db", {
  dataDir,
  clock: systemClock,
  random: systemRandom,
  log: listeningLog(),
  writer: "worker",
})
const { id: mailbox } = await store.ask({ did: "did:example:bob", lane: "decentrl", state: "approved", audit })
const until = systemClock.now() + 3_600_000
const quota = { messages: 1_000_000, bytes: 1e12 }
const tell = (line: string) => writeSync(1, `${line}\n`)

async function work(worker: number): Promise<never> {
  for (let n = 0; ; n++) {
    const id = `${round}.${worker}.${n}`
    tell(`trying ${id}`)
    const event = { id, payload: "x".repeat(500), tags: [`worker ${worker}`] }
    await store.once({ kind: "nonce", key: id, until }).saveEvents({ mailbox, events: [event], quota })
    tell(`done ${id}`)
  }
}

await Promise.all(Array.from({ length: 16 }, (_, worker) => work(worker)))
