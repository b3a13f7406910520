import * as v from "valibot"
import type { Invites } from "../../mailbox/invites.ts"
import type { Invite } from "../../mailbox/operator-ports.ts"
import { endpoint } from "../endpoint.ts"
import { after, amount, given, limit, line, listing, maybeMoment, moment, overrides, search } from "../shapes.ts"

const WEEK_MS = 7 * 86_400_000
const MOST_USES = 1_000_000
const LONGEST_MS = 36_500 * 86_400_000
const nobodysOwn = { maxMessages: null, maxBytes: null }

export const invite = v.object({
  id: v.string(),
  url: v.string(),
  state: v.picklist(["open", "used", "expired", "revoked"]),
  label: v.string(),
  uses: amount,
  used: amount,
  expiresAt: maybeMoment,
  revokedAt: maybeMoment,
  createdAt: moment,
  overrides,
})

type Ports = {
  readonly invites: Invites
  /** The out-of-band invitation with an invite's id, as the link that wallets take. */
  readonly inviteUrl: (id: string) => string
}

export const inviteShower =
  ({ invites, inviteUrl }: Ports) =>
  (one: Invite) => ({ ...one, url: inviteUrl(one.id), state: invites.stateOf(one) })

export function inviteEndpoints(ports: Ports) {
  const { invites } = ports
  const shown = inviteShower(ports)
  return [
    endpoint({
      method: "GET",
      path: "/invites",
      // Whoever sees an invite can use it.
      access: "invites",
      summary: "Invites after a cursor, the newest first.",
      query: v.strictObject({ text: search, after, limit }),
      answer: listing(invite),
      async handle({ query: { limit, ...query } }) {
        const page = await invites.list({ ...given(query), limit })
        return { ...page, items: page.items.map(shown) }
      },
    }),
    endpoint({
      method: "POST",
      path: "/invites",
      access: "invites",
      summary: "Make an invite: whoever has its link gets a mailbox without waiting.",
      body: v.strictObject({
        label: v.optional(line(200), ""),
        uses: v.optional(v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(MOST_USES)), 1),
        /** Milliseconds, null for never. */
        expiresIn: v.optional(
          v.nullable(v.pipe(v.number(), v.integer(), v.minValue(1_000), v.maxValue(LONGEST_MS))),
          WEEK_MS,
        ),
        overrides: v.optional(overrides, nobodysOwn),
      }),
      answer: invite,
      handle: async ({ body }, { caller }) => shown(await invites.create(body, caller.actor)),
    }),
    endpoint({
      method: "GET",
      path: "/invites/:id",
      access: "invites",
      summary: "One invite, with its link.",
      answer: invite,
      handle: async (_, { param }) => shown(await invites.found(param("id"))),
    }),
    endpoint({
      method: "POST",
      path: "/invites/:id/revoke",
      access: "invites",
      summary: "Take an invite back; who came with it stays.",
      answer: invite,
      handle: async (_, { param, caller }) => shown(await invites.revoke(param("id"), caller.actor)),
    }),
  ]
}
