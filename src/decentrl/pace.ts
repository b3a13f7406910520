import { createBuckets, type Rate } from "../base/bucket.ts"
import type { Clock } from "../base/clock.ts"
import { Fault } from "../faults.ts"
import type { Command } from "./registry.ts"

const IDENTITIES = 10_000

export type Pace = ReturnType<typeof createPace>

/** How many commands one identity may send. What is refused here leaves its nonce free. */
export function createPace({ perDid, clock }: { perDid: () => Rate; clock: Clock }) {
  const asking = createBuckets(perDid, { clock, keys: IDENTITIES })
  // Apart from what else it sends, so that nothing keeps an owner from fetching and acknowledging.
  const fetching = createBuckets(perDid, { clock, keys: IDENTITIES })

  /** `command`: null for one that is not known. Fault message.too_often. */
  function admit(command: Command | null, did: string): void {
    const wait = (command?.fetches ? fetching : asking).take(did, 1)
    if (wait > 0) throw new Fault("message.too_often", { retry: Math.ceil(wait) })
  }

  return { admit, state: () => ({ asking: asking.state(), fetching: fetching.state() }) }
}
