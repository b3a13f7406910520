import type { Clock } from "../base/clock.ts"
import { createRecent } from "../base/recent.ts"
import { createSpread } from "../base/spread.ts"
import type { FaultCode } from "../faults.ts"
import type { Lane, Message } from "../mailbox/model.ts"

/** So many messages, and up to twice as many, are remembered as handed over before: to look again is no delivery. */
const REMEMBERED = 20_000

export type Pulse = ReturnType<typeof createPulse>

/** Plain sums of what goes on, which only grow, for history to look at. */
export function createPulse(clock: Clock) {
  const taken = { didcomm: 0, decentrl: 0 }
  const handed = { didcomm: 0, decentrl: 0 }
  const refusals = new Map<FaultCode, number>()
  const sums = { refused: 0, commits: 0, acts: 0 }
  const spreads = { deliver: createSpread(), commit: createSpread(), lag: createSpread() }
  const known = createRecent(REMEMBERED)

  return {
    taken,
    handed,
    refusals,
    sums,
    spreads,
    took(lane: Lane): void {
      taken[lane]++
    },
    /** It was fetched or pushed. */
    gave({ seq, lane, createdAt }: Message): void {
      if (known.has(seq)) return
      known.add(seq)
      handed[lane]++
      spreads.deliver.note(Math.max(0, clock.now() - createdAt) / 1000)
    },
    refused(code: FaultCode): void {
      sums.refused++
      refusals.set(code, (refusals.get(code) ?? 0) + 1)
    },
    committed(acts: number, seconds: number): void {
      sums.commits++
      sums.acts += acts
      spreads.commit.note(seconds)
    },
  }
}
