import { createHmac } from "node:crypto"
import { concat, fromAnyBase64, toUtf8 } from "../base/bytes.ts"
import { toSeconds } from "../base/clock.ts"
import type { Random } from "../base/random.ts"
import type { Target } from "../mailbox/notice-ports.ts"
import type { Outgoing } from "./outgoing.ts"

const PREFIX = "whsec_"
const SECRET_BYTES = 32

/** A fresh secret, as receivers of Standard Webhooks expect it. */
export const mintSecret = (random: Random): string => `${PREFIX}${random.bytes(SECRET_BYTES).toBase64()}`

/**
 * A request after Standard Webhooks — https://www.standardwebhooks.com: HMAC-SHA-256 over id, time and body. `id` is
 * the same for every attempt at one notice, `now` epoch ms.
 */
export function webhook(target: Target & { kind: "webhook" }, { id, now }: { id: string; now: number }): Outgoing {
  const seconds = String(toSeconds(now))
  const body = toUtf8(JSON.stringify({ type: "mail.waiting", timestamp: new Date(now).toISOString(), data: {} }))
  const key = fromAnyBase64(target.secret.slice(PREFIX.length)) ?? new Uint8Array()
  const signature = createHmac("sha256", key)
    .update(concat(toUtf8(`${id}.${seconds}.`), body))
    .digest("base64")
  const headers = {
    "content-type": "application/json",
    "webhook-id": id,
    "webhook-timestamp": seconds,
    "webhook-signature": `v1,${signature}`,
  }
  return { url: target.url, headers, body }
}
