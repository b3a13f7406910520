/**
 * `bun run crash [--kills N] [--family didcomm|decentrl] [--seed N] [--json FILE]`: kills the executable under load, again
 * and again, and holds what senders and receivers were told against what is there afterwards.
 */

import { writeFileSync } from "node:fs"
import { parseArgs } from "node:util"
import { executable } from "../kit/executable.ts"
import { seed as anySeed, chance } from "./chance.ts"
import { empty, families, type Recipient } from "./families.ts"
import { createLedger } from "./ledger.ts"
import type { Letter } from "./people.ts"

const SENDERS = 16
/** Letters that are sent once more after a kill although they were accepted. */
const AGAIN = 40
/** The share of kills after which the process is killed once more while it starts. */
const DURING_START = 0.2
/** Kills that one data folder goes through. */
const FOLDER = 100

export type Crashes = { readonly family: keyof typeof families; readonly kills: number; readonly seed: number }

/** What senders and receivers were told that turned out not to be so; nothing, if promises were kept. */
export type Account = {
  readonly faults: readonly string[]
  readonly lost: readonly string[]
  readonly accepted: number
  readonly acknowledged: number
  /** Requests under way when the process was killed. */
  readonly interrupted: number
}

/** Kills one mediator `kills` times under load. Half of the recipients take their mail meanwhile, one after each kill, one at the end. */
export async function crash({ family, kills, seed }: Crashes, count = 400): Promise<Account> {
  const random = chance(seed)
  await using mediator = await executable([
    ...["--mailbox-max-messages", "1000000", "--mailbox-max-bytes", "10GiB", "--storage-ballast", "8MiB"],
    ...["--limits-per-did", "0", "--mailbox-sender-share", "100", "--log-level", "error"],
  ])
  const { recipient, send } = families[family](mediator)
  const people: Recipient[] = []
  for (let n = 0; n < 4; n++) people.push(await recipient())
  const [busy1, busy2, tidy, patient] = people as [Recipient, Recipient, Recipient, Recipient]
  const ledger = createLedger()

  const taking = async (who: Recipient) => {
    for (;;) {
      const delivered = await who.fetch(10)
      ledger.delivered(delivered)
      if (delivered.length === 0) await Bun.sleep(5)
      await who.acknowledge(delivered)
      ledger.acknowledged(delivered)
    }
  }
  const sending = async (letters: Letter[]) => {
    for (let one = letters.pop(); one; one = letters.pop()) {
      const accepted = await send(one)
      ledger.sent(one, accepted)
      if (accepted === undefined) return
    }
  }
  const write = (round: number, n: number) =>
    people[n % people.length]?.write(`${round}.${n}`, Math.floor(random() * 3000)) as Promise<Letter>

  for (let round = 0; round < kills; round++) {
    const letters = await Promise.all(Array.from({ length: count }, (_, n) => write(round, n)))
    const all = [...letters]
    const work = [
      ...Array.from({ length: SENDERS }, () => sending(letters)),
      ...[busy1, busy2].map((who) => taking(who).catch(() => {})),
    ]
    await Bun.sleep(2 + random() * 150)
    await mediator.kill9()
    await Promise.all(work)
    if (random() < DURING_START) {
      const starting = mediator.restart().catch(() => {})
      await Bun.sleep(random() * 150)
      await mediator.kill9()
      await starting
    }
    await mediator.restart()

    // The very same bytes again: of what got no answer, and of some that was accepted.
    const again = [...ledger.unanswered(), ...all.slice(-AGAIN)]
    await Promise.all(again.map(async (one) => ledger.sent(one, await send(one))))
    const taken = await empty(tidy)
    ledger.delivered(taken)
    ledger.acknowledged(taken)
    if (ledger.faults().length > 0 || ledger.unanswered().length > 0) break
  }

  for (const who of [busy1, busy2, patient, tidy]) ledger.delivered(await empty(who))
  const silent = ledger.unanswered().map(({ id }) => `${id} was not answered by a running mediator`)
  return { faults: [...ledger.faults(), ...silent], lost: ledger.lost(), ...ledger.counts() }
}

if (import.meta.main) {
  const { values } = parseArgs({
    options: {
      kills: { type: "string", default: "1000" },
      family: { type: "string" },
      seed: { type: "string", default: String(anySeed) },
      json: { type: "string" },
    },
  })
  const [kills, seed] = [Number(values.kills), Number(values.seed)]
  const wanted = (["didcomm", "decentrl"] as const).filter((name) => name === (values.family ?? name))
  const sum = { seed, kills: 0, accepted: 0, acknowledged: 0, interrupted: 0, faults: 0, lost: 0, seconds: 0 }
  const start = performance.now()
  for (let folder = 0; sum.kills < kills; folder++) {
    const now = Math.min(FOLDER, kills - sum.kills)
    const family = wanted[folder % wanted.length] ?? "didcomm"
    const account = await crash({ family, kills: now, seed: seed + folder })
    sum.kills += now
    sum.accepted += account.accepted
    sum.acknowledged += account.acknowledged
    sum.interrupted += account.interrupted
    sum.faults += account.faults.length
    sum.lost += account.lost.length
    sum.seconds = Math.round((performance.now() - start) / 1000)
    for (const line of [...account.faults, ...account.lost.map((id) => `${id} was lost`)]) {
      process.stderr.write(`${family}, --seed ${seed + folder}: ${line}\n`)
    }
    process.stdout.write(`${family} ${JSON.stringify(sum)}\n`)
    if (values.json !== undefined) writeFileSync(values.json, `${JSON.stringify(sum, null, 2)}\n`)
  }
  process.exit(sum.faults + sum.lost > 0 ? 1 : 0)
}
