/**
 * Makes a database full of waiting messages, through the store itself. `bun seed.ts FOLDER MAILBOXES EACH WALLETS`: the
 * keys of WALLETS of the mailboxes, evenly spread, are kept beside it.
 */

import { createHash } from "node:crypto"
import { writeFileSync } from "node:fs"
import { join } from "node:path"
import { systemClock } from "../../src/base/clock.ts"
import { createLog } from "../../src/base/log.ts"
import { systemRandom } from "../../src/base/random.ts"
import { spellings } from "../../src/did/document.ts"
import type { Address } from "../../src/mailbox/model.ts"
import { openStore } from "../../src/store/store.ts"
import { letterTo, mintPurse, type Purse } from "./wallet.ts"

const [folder = "", ...numbers] = process.argv.slice(2)
const [mailboxes = 0, each = 0, wallets = 0] = numbers.map(Number)
const clock = systemClock
const log = createLog({ level: "warn", format: "text", clock, write: (line) => void process.stderr.write(line) })
const store = await openStore("sqlite:restante.db", {
  dataDir: folder,
  clock,
  log,
  random: systemRandom,
  writer: "worker",
})
const AT_ONCE = 1_000
const quota = { messages: 1_000_000_000, bytes: 1e15 }
const expiresAt = clock.now() + 30 * 24 * 3_600_000

async function inParallel(count: number, act: (at: number) => Promise<unknown>): Promise<void> {
  let next = 0
  const work = async () => {
    for (let at = next++; at < count; at = next++) await act(at)
  }
  await Promise.all(Array.from({ length: AT_ONCE }, work))
}

const purses: Purse[] = Array.from({ length: mailboxes }, mintPurse)
const addresses: Address[] = []
await inParallel(mailboxes, async (at) => {
  const did = purses[at]?.did ?? ""
  const audit = { actor: did, action: "registration.approved", subject: did }
  const { id: mailbox } = await store.ask({ did, lane: "didcomm", state: "approved", audit })
  await store.bind({ mailbox, lane: "didcomm", did, aliases: spellings(did), maxAddresses: 1 })
  const address = await store.locate("didcomm", [did])
  if (address) addresses[at] = address
})

// One for each mailbox in turn, as mail comes: a mailbox's messages must not lie side by side.
await inParallel(mailboxes * each, async (at) => {
  const address = addresses[at % mailboxes]
  if (!address) throw new Error("a mailbox is missing")
  const content = JSON.stringify(letterTo(address.did))
  const fingerprint = createHash("sha256").update(content).digest()
  const message = { lane: "didcomm" as const, kind: "forward", content, sender: null, fingerprint, expiresAt }
  await store.deposit({ address, messages: [message], quota })
})
await store[Symbol.asyncDispose]()

const step = Math.max(1, Math.floor(mailboxes / wallets))
const spread = purses.filter((_, at) => at % step === 0).slice(0, wallets)
writeFileSync(join(folder, "wallets.json"), JSON.stringify({ dids: purses.map(({ did }) => did), purses: spread }))
