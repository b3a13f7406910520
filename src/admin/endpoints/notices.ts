import * as v from "valibot"
import { type Accounts, actorText } from "../../mailbox/accounts.ts"
import { type NoticeDesk, targetKinds } from "../../mailbox/notice-ports.ts"
import { endpoint } from "../endpoint.ts"
import { maybeMoment, moment } from "../shapes.ts"

const path = "/registrations/:did/notify"
const text = (most: number) => v.pipe(v.string(), v.maxLength(most))

export const notice = v.object({
  kind: v.picklist(targetKinds),
  /** Of the URL, which is as good as a key, only this is ever shown. */
  host: v.string(),
  setBy: v.picklist(["operator", "owner"]),
  setAt: moment,
  lastOkAt: maybeMoment,
  lastFailure: v.nullable(v.object({ at: moment, reason: v.string() })),
})

const wish = v.variant("kind", [
  v.strictObject({ kind: v.literal("webhook"), url: text(2_048) }),
  v.strictObject({ kind: v.literal("ntfy"), url: text(2_048), token: v.optional(text(512)) }),
  v.strictObject({ kind: v.literal("webpush"), url: text(2_048), p256dh: text(128), auth: text(128) }),
])

/** Telling somebody that mail waits. */
export const noticeEndpoints = (accounts: Pick<Accounts, "found">, desk: NoticeDesk) => [
  endpoint({
    method: "GET",
    path: "/notify",
    access: "read",
    summary: "The key with which wallets subscribe to Web Push (VAPID, applicationServerKey).",
    answer: v.object({ vapidKey: v.string() }),
    handle: async () => ({ vapidKey: await desk.publicKey() }),
  }),
  endpoint({
    method: "GET",
    path,
    access: "read",
    summary: "Where the owner of a mailbox is told that mail waits, and whether that works; null for nowhere.",
    answer: v.object({ notify: v.nullable(notice) }),
    handle: async (_, { param }) => ({ notify: await desk.shown((await accounts.found(param("did"))).id) }),
  }),
  endpoint({
    method: "PUT",
    path,
    access: "registrations",
    summary: "Set where the owner of a mailbox is told that mail waits; a webhook's secret is shown this once.",
    body: wish,
    answer: v.object({ notify: notice, secret: v.nullable(v.string()) }),
    async handle({ body }, { param, caller }) {
      const owner = await accounts.found(param("did"))
      const { notice, secret } = await desk.set(owner, body, actorText(caller.actor))
      return { notify: notice, secret }
    },
  }),
  endpoint({
    method: "DELETE",
    path,
    access: "registrations",
    summary: "Tell the owner of a mailbox no longer.",
    answer: v.object({ removed: v.boolean() }),
    handle: async (_, { param, caller }) => ({
      removed: await desk.remove(await accounts.found(param("did")), actorText(caller.actor)),
    }),
  }),
  endpoint({
    method: "POST",
    path: `${path}/test`,
    access: "registrations",
    summary: "Tell the owner of a mailbox now, whatever waits, to see whether it works; what went wrong, or null.",
    answer: v.object({ problem: v.nullable(v.string()) }),
    handle: async (_, { param }) => ({ problem: await desk.test(await accounts.found(param("did"))) }),
  }),
]
