import { Secret, TOTP } from "otpauth"
import type { Clock } from "../base/clock.ts"
import type { Ledger } from "../base/ledger.ts"
import type { Random } from "../base/random.ts"
import type { Admin } from "../mailbox/operator-ports.ts"
import { hashOf, newCode, plainCode } from "./secrets.ts"

const PERIOD_S = 30
/** Codes of the step before and after are taken too: clocks differ. */
const WINDOW = 1
const RECOVERY = { codes: 10, length: 10 }
const YEARS_MS = 100 * 365 * 86_400_000

export type SecondFactor = ReturnType<typeof createSecondFactor>

/** Codes of an authenticator app (RFC 6238), and recovery codes for when it is lost. Each is taken once. */
export function createSecondFactor(ledger: Ledger, { clock, random }: { clock: Clock; random: Random }) {
  const totp = (name: string, secret: Secret) =>
    new TOTP({ issuer: "restante", label: name, secret, period: PERIOD_S, digits: 6 })

  /** Whether it is a current code of this secret that was not used yet. */
  async function isCode(name: string, secret: string, typed: string): Promise<boolean> {
    const token = typed.replace(/\s/g, "")
    if (!/^\d{6}$/.test(token)) return false
    const timestamp = clock.now()
    const delta = totp(name, Secret.fromBase32(secret)).validate({ token, timestamp, window: WINDOW })
    if (delta === null) return false
    const step = Math.floor(timestamp / 1000 / PERIOD_S) + delta
    return ledger.reserve("admin-totp", hashOf(`${name} ${secret} ${step}`), timestamp + 4 * PERIOD_S * 1000)
  }

  /** The hash of the recovery code that was typed, once: it is used up. Null when it is none of the admin's. */
  async function recovery({ name, recoveryHashes }: Admin, typed: string): Promise<string | null> {
    const hash = recoveryHash(name, plainCode(typed))
    if (!recoveryHashes.includes(hash)) return null
    return (await ledger.reserve("admin-recovery", hash, clock.now() + YEARS_MS)) ? hash : null
  }

  return {
    isCode,
    recovery,
    newSecret(name: string): { secret: string; uri: string } {
      const secret = new Secret({ buffer: new Uint8Array(random.bytes(20)).buffer })
      return { secret: secret.base32, uri: totp(name, secret).toString() }
    },
    newRecoveryCodes(name: string): { codes: string[]; hashes: string[] } {
      const codes = Array.from({ length: RECOVERY.codes }, () => newCode(random, RECOVERY.length))
      return { codes, hashes: codes.map((code) => recoveryHash(name, code)) }
    },
  }
}

const recoveryHash = (name: string, code: string): string => hashOf(`recovery ${name} ${code}`)
