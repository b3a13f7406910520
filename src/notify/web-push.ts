import { fromBase64url, toUtf8 } from "../base/bytes.ts"
import type { Random } from "../base/random.ts"
import { fromRawPublicKey, generatePrivateKey, importPublicKey } from "../crypto/keys.ts"
import { type Subscriber, sealPush } from "../crypto/push-content.ts"
import type { Target } from "../mailbox/notice-ports.ts"
import type { Outgoing } from "./outgoing.ts"
import type { Vapid } from "./vapid.ts"

const AUTH_BYTES = 16
const POINT_BYTES = 65
/** How long a push service keeps a notice for a phone that is off; mail waits longer, but then there are newer ones. */
const TTL_SECONDS = 86_400

/** What a subscription's keys say, or null when they are none. */
export function subscriberOf({ p256dh, auth }: { p256dh: string; auth: string }): Subscriber | null {
  const [point, secret] = [fromBase64url(p256dh), fromBase64url(auth)]
  if (point?.byteLength !== POINT_BYTES || secret?.byteLength !== AUTH_BYTES) return null
  const key = importPublicKey(fromRawPublicKey("P-256", point))
  return key && { key, auth: secret }
}

/** A push message (RFC 8030), sealed (RFC 8291), from us (RFC 8292). A later one takes the place of one that waits (§5.4). */
export async function webPush(
  target: Target & { kind: "webpush" },
  { vapid, random }: { vapid: Pick<Vapid, "authorization">; random: Random },
): Promise<Outgoing> {
  const subscriber = subscriberOf(target)
  if (!subscriber) throw new Error("a subscription whose keys were not checked")
  const once = { own: generatePrivateKey("P-256"), salt: random.bytes(16) }
  return {
    url: target.url,
    headers: {
      "content-type": "application/octet-stream",
      "content-encoding": "aes128gcm",
      ttl: String(TTL_SECONDS),
      urgency: "normal",
      topic: "mail",
      authorization: await vapid.authorization(target.url),
    },
    body: await sealPush(toUtf8('{"type":"mail.waiting"}'), subscriber, once),
  }
}
