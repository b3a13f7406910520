import type { Random } from "../base/random.ts"
import { type OutboundPolicy, permitted } from "../did/fetch.ts"
import { Fault } from "../faults.ts"
import type { Target, Wish } from "../mailbox/notice-ports.ts"
import { subscriberOf } from "./web-push.ts"
import { mintSecret } from "./webhook.ts"

const LONGEST_URL = 2048
// RFC 6750 §2.1: anything else could not be in the header.
const TOKEN = /^[\w.~+/-]{1,512}=*$/

/** The target that a wish asks for. Faults: notify.off, notify.target with what is wrong. */
export function targetOf(wish: Wish, { policy, random }: { policy: OutboundPolicy; random: Random }): Target {
  if (policy === "off") throw new Fault("notify.off")
  const url = checkedUrl(wish.url, policy)
  if (wish.kind === "webhook") return { kind: "webhook", url, secret: mintSecret(random) }
  if (wish.kind === "ntfy") {
    if (wish.token !== undefined && !TOKEN.test(wish.token)) throw unusable("the access token is none")
    return { kind: "ntfy", url, token: wish.token ?? null }
  }
  const { p256dh, auth } = wish
  if (!subscriberOf(wish)) throw unusable("p256dh and auth are not the keys of a push subscription")
  return { kind: "webpush", url, p256dh, auth }
}

function checkedUrl(text: string, policy: OutboundPolicy): string {
  if (text.length > LONGEST_URL) throw unusable("the URL is too long")
  try {
    const url = permitted(text, policy)
    // It is never sent.
    url.hash = ""
    return url.href
  } catch (thrown) {
    const { detail } = Fault.from(thrown)
    throw unusable(`its address is ${detail ?? "unusable"}`)
  }
}

const unusable = (why: string) => new Fault("notify.target", { args: [why] })
