import { toBase64url, toUtf8 } from "../base/bytes.ts"
import { type Clock, toSeconds } from "../base/clock.ts"
import { parseObject } from "../base/json.ts"
import { signatureAlgorithms } from "../crypto/algorithms.ts"
import { generatePrivateKey, importPrivateKey, type PrivateKey, publicHalf, uncompressed } from "../crypto/keys.ts"
import { Fault } from "../faults.ts"
import type { NoticeStore } from "../mailbox/notice-ports.ts"

/** At most a day (RFC 8292 §2); half of it bears clocks that differ. */
const VALID_SECONDS = 12 * 3600

export type Vapid = ReturnType<typeof createVapid>

/** Who we are to push services (RFC 8292). `contact`: where their operators find ours, a URL. */
export function createVapid(
  store: Pick<NoticeStore, "pushKey">,
  { clock, contact }: { clock: Clock; contact: string },
) {
  let known: Promise<PrivateKey> | null = null

  /** The kept key, minted when it is asked for the first time. Faults: store.failed, store.unusable. */
  function key(): Promise<PrivateKey> {
    known ??= read()
    known.catch(() => {
      known = null
    })
    return known
  }

  async function read(): Promise<PrivateKey> {
    const found = importPrivateKey(parseObject(await store.pushKey(JSON.stringify(generatePrivateKey("P-256").jwk))))
    if (found?.jwk.crv !== "P-256") throw new Fault("store.unusable", { detail: "the key for push services" })
    return found
  }

  const publicTextOf = (own: PrivateKey): string => toBase64url(uncompressed(publicHalf(own).jwk))

  /** The `applicationServerKey` to subscribe with: an uncompressed P-256 point, base64url. */
  const publicKey = async (): Promise<string> => publicTextOf(await key())

  /** The Authorization header for the push service at `url` (§3). */
  async function authorization(url: string): Promise<string> {
    const own = await key()
    const claims = {
      aud: new URL(url).origin,
      exp: toSeconds(clock.now()) + VALID_SECONDS,
      // Only https and mailto are allowed there (§2.1).
      ...(contact.startsWith("https:") && { sub: contact }),
    }
    const signed = [{ typ: "JWT", alg: "ES256" }, claims]
      .map((part) => toBase64url(toUtf8(JSON.stringify(part))))
      .join(".")
    const signature = toBase64url(signatureAlgorithms.ES256.sign(own, toUtf8(signed)))
    return `vapid t=${signed}.${signature}, k=${publicTextOf(own)}`
  }

  return { publicKey, authorization }
}
