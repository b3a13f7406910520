import * as v from "valibot"
import { type Accounts, type Transition, transitionNames } from "../../mailbox/accounts.ts"
import type { Account } from "../../mailbox/operator-ports.ts"
import { endpoint } from "../endpoint.ts"
import {
  after,
  amount,
  dryRun,
  erasure,
  given,
  lanes,
  limit,
  line,
  listing,
  maybeMoment,
  moment,
  overrides,
  search,
  someOverrides,
  states,
} from "../shapes.ts"
import type { Connections } from "./connections.ts"

export const account = v.object({
  did: v.string(),
  state: v.picklist(states),
  lanes: v.array(v.picklist(lanes)),
  label: v.string(),
  note: v.string(),
  invite: v.nullable(v.string()),
  overrides,
  addresses: amount,
  messages: amount,
  bytes: amount,
  oldestAt: maybeMoment,
  createdAt: moment,
  changedAt: moment,
  lastSeenAt: maybeMoment,
  pruneAt: maybeMoment,
})

export const sorts = ["newest", "last-seen", "messages", "bytes", "oldest-message", "label"] as const
const path = "/registrations/:did"

export const shown = v.object({ ...account.entries, online: amount })
export const detailed = v.object({
  ...shown.entries,
  addressList: v.array(v.object({ did: v.string(), lane: v.picklist(lanes) })),
  contracts: v.array(
    v.object({
      id: v.string(),
      parties: v.tuple([v.string(), v.string()]),
      createdAt: moment,
      expiresAt: moment,
    }),
  ),
  history: v.array(v.object({ day: moment, received: amount, fetched: amount, refused: amount })),
})

type Ports = {
  readonly accounts: Accounts
  readonly connections: Pick<Connections, "online">
  /** The mediator's DIDs. */
  readonly ours: () => readonly string[]
}

export function registrations({ accounts, connections, ours }: Ports) {
  const withSockets = (account: Account) => ({ ...account, online: connections.online(account.did) })
  return [
    endpoint({
      method: "GET",
      path: "/registrations",
      access: "read",
      summary: "Registrations after a cursor.",
      query: v.strictObject({
        state: v.optional(v.picklist(states)),
        lane: v.optional(v.picklist(lanes)),
        text: search,
        sort: v.optional(v.picklist(sorts)),
        after,
        limit,
      }),
      answer: listing(shown),
      async handle({ query: { state, limit, ...query } }) {
        const page = await accounts.list({ ...given(query), ...(state && { states: [state] }), limit })
        return { ...page, items: page.items.map(withSockets) }
      },
    }),
    endpoint({
      method: "GET",
      path,
      access: "read",
      summary: "One registration, with its addresses and contracts, and what happened to its mailbox in thirty days.",
      answer: detailed,
      async handle(_, { param }) {
        const found = await accounts.found(param("did"))
        const { addresses, contracts } = await accounts.holdings(found.did, ours())
        const history = await accounts.history(found.did)
        return { ...withSockets(found), addressList: addresses, contracts, history }
      },
    }),
    endpoint({
      method: "POST",
      path: `${path}/transition`,
      access: "registrations",
      summary: "Approve, deny, suspend, resume or revoke a registration.",
      body: v.strictObject({ transition: v.picklist(transitionNames as readonly [Transition, ...Transition[]]) }),
      answer: shown,
      handle: async ({ body }, { param, caller }) =>
        withSockets(await accounts.change(param("did"), body.transition, caller.actor)),
    }),
    endpoint({
      method: "PATCH",
      path,
      access: "registrations",
      summary: "Change a registration's label, note or quota.",
      body: v.strictObject({
        label: v.optional(line(200)),
        note: v.optional(v.pipe(v.string(), v.maxLength(2_000))),
        overrides: v.optional(someOverrides),
      }),
      answer: shown,
      async handle({ body: { overrides, ...texts } }, { param, caller }) {
        const change = { ...given(texts), ...(overrides && { overrides: given(overrides) }) }
        return withSockets(await accounts.describe(param("did"), change, caller.actor))
      },
    }),
    endpoint({
      method: "POST",
      path: `${path}/forget`,
      access: "registrations",
      isDangerous: true,
      summary: "Erase a registration and everything that is kept for its owner; or only say what that would be.",
      body: dryRun,
      answer: v.object({ dryRun: v.boolean(), erased: erasure }),
      handle: async ({ body: { dryRun } }, { param, caller }) => ({
        dryRun,
        erased: await accounts.forget(param("did"), dryRun ? null : caller.actor),
      }),
    }),
  ]
}
