import { hash } from "node:crypto"
import { toBase64url } from "../base/bytes.ts"
import type { Clock } from "../base/clock.ts"
import type { Ledger } from "../base/ledger.ts"
import { createRecent, shortOf } from "../base/recent.ts"
import { Fault } from "../faults.ts"

/** So many envelopes, and up to twice as many. */
const REMEMBERED = 50_000
const REMEMBERED_FOR_MS = 7 * 24 * 3_600_000

/**
 * Envelopes that were processed before. All are remembered in memory; those whose repetition would change something
 * also in the ledger, so that a restart does not open the door to them again. (Reading twice harms nobody: the answer
 * is sealed for the owner. And a wallet that polls must not cost a disk write each time.)
 */
export function createReplayGuard({ ledger, clock }: { ledger: Ledger; clock: Clock }) {
  const processed = createRecent(REMEMBERED)
  const failed = createRecent(REMEMBERED)

  /** Runs `act` unless what is `proof` of it was processed before: then Fault envelope.replayed. A failed act may be repeated. */
  async function once<T>(proof: string | Uint8Array, durably: boolean, act: () => Promise<T>): Promise<T> {
    const digest = toBase64url(hash("sha256", proof, "buffer"))
    const short = shortOf(digest)
    // What failed is in the ledger already, because it goes there before the act: one of its retries takes its place.
    const isKnown = processed.has(short) || (durably && !failed.delete(short) && !(await reserve(digest)))
    if (isKnown) throw new Fault("envelope.replayed")
    try {
      const result = await act()
      processed.add(short)
      return result
    } catch (thrown) {
      if (durably) failed.add(short)
      throw thrown
    }
  }

  const reserve = (digest: string) => ledger.reserve("didcomm-envelope", digest, clock.now() + REMEMBERED_FOR_MS)

  return { once }
}
