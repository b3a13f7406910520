import * as v from "valibot"
import type { NoticeDesk } from "../../mailbox/notice-ports.ts"
import { on, type Protocol, protocol, type Reply } from "../registry.ts"

const url = v.pipe(v.string(), v.maxLength(2048))
const key = v.pipe(v.string(), v.maxLength(128))
const SetTarget = v.variant("kind", [
  v.looseObject({ kind: v.literal("webpush"), url, p256dh: key, auth: key }),
  v.looseObject({ kind: v.literal("ntfy"), url, token: v.optional(v.pipe(v.string(), v.maxLength(512))) }),
  v.looseObject({ kind: v.literal("webhook"), url }),
])
const Nothing = v.looseObject({})

/**
 * urn:restante:mail-notice/1.0 — docs/notifications.md. The published protocols for this (Aries RFC 0699, 0734) are for
 * the services of Apple and Google, and for DIDComm v1; this one has their shape.
 */
export function mailNotice(desk: NoticeDesk): Protocol {
  async function target(mailbox: number, secret: string | null = null): Promise<Reply> {
    const [notice, vapidKey] = await Promise.all([desk.shown(mailbox), desk.publicKey()])
    const shown = notice
      ? { kind: notice.kind, host: notice.host, failed: notice.lastFailure !== null }
      : { kind: null }
    return { type: "target", body: { ...shown, ...(secret !== null && { secret }), vapid_key: vapidKey } }
  }

  return protocol("urn:restante:mail-notice/1.0", ["notifier"], {
    "set-target": on(
      "member",
      SetTarget,
      async ({ body, member }) => {
        const { secret } = await desk.set(member, body, null)
        return target(member.id, secret)
      },
      { once: true },
    ),
    "get-target": on("member", Nothing, ({ member }) => target(member.id)),
    "remove-target": on(
      "member",
      Nothing,
      async ({ member }) => {
        await desk.remove(member, null)
        return target(member.id)
      },
      { once: true },
    ),
  })
}
