import { expect, test } from "bun:test"
import { executable } from "../kit/executable.ts"
import type { Resident } from "../kit/resident.ts"
import { chance, seed } from "./chance.ts"
import { createLedger } from "./ledger.ts"
import { acknowledge, fetchSome, isAccepted, type Letter, letter, resident, takeAll } from "./people.ts"

const ROUNDS = 20
const SENDERS = 16
const LETTERS = 1_000

test(`killed ${ROUNDS} times under load, it loses nothing accepted, doubles nothing, and brings back nothing acknowledged (seed ${seed})`, async () => {
  const random = chance(seed)
  await using mediator = await executable(["--mailbox-max-messages", "1000000", "--mailbox-max-bytes", "10GiB"])
  // Two take their mail under load, one after each kill, and one only at the very end.
  const people: Resident[] = []
  for (let n = 0; n < 4; n++) people.push(await resident(mediator))
  const [busy1, busy2, tidy, patient] = people as [Resident, Resident, Resident, Resident]
  const ledger = createLedger()

  const taking = async (who: Resident) => {
    for (;;) {
      const delivered = await fetchSome(mediator, who, 10)
      ledger.delivered(delivered)
      if (delivered.length === 0) await Bun.sleep(5)
      await acknowledge(
        mediator,
        who,
        delivered.map(({ id }) => id),
      )
      ledger.acknowledged(delivered)
    }
  }
  const sending = async (letters: Letter[]) => {
    for (let one = letters.pop(); one; one = letters.pop()) {
      const accepted = await isAccepted(mediator.url, one.bytes)
      ledger.sent(one, accepted)
      if (accepted === undefined) return
    }
  }

  for (let round = 0; round < ROUNDS; round++) {
    const letters = await Promise.all(
      Array.from({ length: LETTERS }, (_, n) => {
        const to = people[n % people.length] as Resident
        return letter(mediator, to.did, `${round}.${n}`, Math.floor(random() * 3000))
      }),
    )
    const all = [...letters]
    const work = [
      ...Array.from({ length: SENDERS }, () => sending(letters)),
      ...[busy1, busy2].map((who) => taking(who).catch(() => {})),
    ]
    await Bun.sleep(5 + random() * 250)
    await mediator.kill9()
    await Promise.all(work)
    await mediator.restart()

    // The very same bytes again: of what got no answer, and of some that was accepted.
    const again = [...ledger.unanswered(), ...all.slice(-40)]
    await Promise.all(again.map(async (one) => ledger.sent(one, await isAccepted(mediator.url, one.bytes))))
    expect(ledger.unanswered()).toEqual([])
    const taken = await takeAll(mediator, tidy)
    ledger.delivered(taken)
    ledger.acknowledged(taken)
    expect(ledger.faults()).toEqual([])
  }

  for (const who of [busy1, busy2, patient, tidy]) ledger.delivered(await takeAll(mediator, who))
  expect(ledger.faults()).toEqual([])
  expect(ledger.lost()).toEqual([])
  expect(ledger.counts().accepted).toBeGreaterThan(ROUNDS * SENDERS)
  expect(ledger.counts().acknowledged).toBeGreaterThan(ROUNDS)
  // Else the kills came when nothing was under way.
  expect(ledger.counts().interrupted).toBeGreaterThan(ROUNDS)
}, 120_000)
