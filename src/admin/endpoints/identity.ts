import * as v from "valibot"
import type { Actor } from "../../mailbox/accounts.ts"
import { endpoint, raw } from "../endpoint.ts"
import { amount, moment } from "../shapes.ts"

const DAY_MS = 86_400_000

const key = v.object({
  id: v.string(),
  kind: v.string(),
  use: v.picklist(["keyAgreement", "authentication"]),
  since: moment,
})

export const identity = v.object({
  dids: v.array(
    v.object({
      did: v.string(),
      method: v.picklist(["did:peer:2", "did:web"]),
      since: moment,
      isCurrent: v.boolean(),
      until: v.nullable(moment),
      keys: v.array(key),
    }),
  ),
  /** Keys that were replaced, the oldest first, and how many registrations last wrote to them. */
  retired: v.array(v.object({ did: v.string(), since: moment, until: moment, hasEnded: v.boolean(), members: amount })),
  /** How many last wrote to today's keys, and how many to none yet. */
  members: v.object({ current: amount, unheard: amount }),
  webDocument: v.nullable(v.record(v.string(), v.unknown())),
  invitationUrl: v.string(),
  publicUrl: v.string(),
  overlapUntil: v.nullable(moment),
})

export type IdentityReport = v.InferInput<typeof identity>

/** The mediator's own DIDs and keys. Times in ms. */
export type IdentityDesk = {
  report(): Promise<IdentityReport>
  /** Fresh keys; those used so far are good for `overlap` more. */
  rotate(overlap: number, by: Actor): Promise<IdentityReport>
  /** The keys retired last are good until `overlap` from now. Fault identity.never_rotated. */
  extend(overlap: number, by: Actor): Promise<IdentityReport>
  /** All keys, sealed with a passphrase. Fault passphrase.short. */
  export(passphrase: string, by: Actor): Promise<Uint8Array>
}

const Overlap = v.strictObject({ overlapDays: v.pipe(v.number(), v.minValue(0), v.maxValue(3650)) })

export const identityEndpoints = (desk: IdentityDesk) => [
  endpoint({
    method: "GET",
    path: "/identity",
    access: "read",
    summary: "The mediator's DIDs and keys, and who still uses those that were replaced.",
    answer: identity,
    handle: () => desk.report(),
  }),
  endpoint({
    method: "POST",
    path: "/identity/rotate",
    access: "session",
    isDangerous: true,
    summary: "Replaces the mediator's keys and did:peer; the old ones go on for so many days.",
    body: Overlap,
    answer: identity,
    handle: ({ body }, { caller }) => desk.rotate(body.overlapDays * DAY_MS, caller.actor),
  }),
  endpoint({
    method: "POST",
    path: "/identity/extend",
    access: "session",
    isDangerous: true,
    summary: "Lets the keys that were replaced last go on, for so many days from now.",
    body: Overlap,
    answer: identity,
    handle: ({ body }, { caller }) => desk.extend(body.overlapDays * DAY_MS, caller.actor),
  }),
  raw({
    method: "POST",
    path: "/identity/export",
    access: "session",
    isDangerous: true,
    summary: "All the mediator's keys, sealed with a passphrase, as a file for restante did import.",
    body: v.strictObject({ passphrase: v.string() }),
    media: ["application/octet-stream"],
    handle: async ({ body }, { caller }) =>
      new Response(new Uint8Array(await desk.export(body.passphrase, caller.actor)), {
        headers: {
          "Content-Type": "application/octet-stream",
          "Content-Disposition": 'attachment; filename="restante-identity.sealed"',
        },
      }),
  }),
]
