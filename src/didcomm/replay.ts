import { hash } from "node:crypto"
import { LRUCache } from "lru-cache"
import { bounded } from "../base/bounded.ts"
import { toBase64url } from "../base/bytes.ts"
import type { Clock } from "../base/clock.ts"
import type { Ledger } from "../base/ledger.ts"
import { Fault } from "../faults.ts"

const REMEMBERED = 100_000
const REMEMBERED_FOR_MS = 7 * 24 * 3_600_000

/**
 * Envelopes that were processed before. All are remembered in memory; those whose repetition would change something
 * also in the ledger, so that a restart does not open the door to them again. (Reading twice harms nobody: the answer
 * is sealed for the owner. And a wallet that polls must not cost a disk write each time.)
 */
export function createReplayGuard({ ledger, clock }: { ledger: Ledger; clock: Clock }) {
  const processed = new LRUCache<string, true>(bounded(REMEMBERED))
  const failed = new LRUCache<string, true>(bounded(REMEMBERED))

  /** Runs `act` unless these bytes were processed before: then Fault envelope.replayed. A failed act may be repeated. */
  async function once<T>(bytes: Uint8Array, durably: boolean, act: () => Promise<T>): Promise<T> {
    const digest = toBase64url(hash("sha256", bytes, "buffer"))
    // What failed is in the ledger already, because it goes there before the act: one of its retries takes its place.
    const isKnown = processed.has(digest) || (durably && !failed.delete(digest) && !(await reserve(digest)))
    if (isKnown) throw new Fault("envelope.replayed")
    try {
      const result = await act()
      processed.set(digest, true)
      return result
    } catch (thrown) {
      if (durably) failed.set(digest, true)
      throw thrown
    }
  }

  const reserve = (digest: string) => ledger.reserve("didcomm-envelope", digest, clock.now() + REMEMBERED_FOR_MS)

  return { once }
}
