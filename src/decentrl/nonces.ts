import { hash } from "node:crypto"
import { toBase64url } from "../base/bytes.ts"
import type { Clock } from "../base/clock.ts"
import type { Ledger } from "../base/ledger.ts"
import { createRecent, shortOf } from "../base/recent.ts"
import { Fault } from "../faults.ts"
import type { Fact } from "../mailbox/ports.ts"
import { NONCE_MEMORY_MS } from "./wire.ts"

/** So many nonces, and up to twice as many. */
const REMEMBERED = 50_000

export type Nonces = ReturnType<typeof createNonces>

/**
 * Nonces that were used. The ledger decides; what this process remembers besides only makes a replay known before
 * anything else is looked at.
 */
export function createNonces({ ledger, clock }: { ledger: Ledger; clock: Clock }) {
  const used = createRecent(REMEMBERED)

  /** The fact that `sender` uses `nonce` now: noted with the effect of its command. Fault command.replayed when it is known to have been used. */
  function fresh(sender: string, nonce: string): Fact {
    const key = toBase64url(hash("sha256", `${nonce.toLowerCase()} ${sender}`, "buffer"))
    if (used.has(shortOf(key))) throw new Fault("command.replayed")
    return { kind: "decentrl-nonce", key, until: clock.now() + NONCE_MEMORY_MS }
  }

  /** Uses it up where nothing else is written. Fault command.replayed. */
  async function reserve({ kind, key, until }: Fact): Promise<void> {
    if (!(await ledger.reserve(kind, key, until))) throw new Fault("command.replayed")
    used.add(shortOf(key))
  }

  /** It was used up together with an effect. */
  const spent = ({ key }: Fact): void => void used.add(shortOf(key))

  return { fresh, reserve, spent }
}
