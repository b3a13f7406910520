import * as v from "valibot"
import { type Accounts, type Transition, transitionNames } from "../../mailbox/accounts.ts"
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

export const registrations = (accounts: Accounts) => [
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
    answer: listing(account),
    handle: async ({ query: { state, limit, ...query } }) =>
      accounts.list({ ...given(query), ...(state && { states: [state] }), limit }),
  }),
  endpoint({
    method: "GET",
    path,
    access: "read",
    summary: "One registration.",
    answer: account,
    handle: async (_, { param }) => accounts.found(param("did")),
  }),
  endpoint({
    method: "POST",
    path: `${path}/transition`,
    access: "registrations",
    summary: "Approve, deny, suspend, resume or revoke a registration.",
    body: v.strictObject({ transition: v.picklist(transitionNames as readonly [Transition, ...Transition[]]) }),
    answer: account,
    handle: async ({ body }, { param, caller }) => accounts.change(param("did"), body.transition, caller.actor),
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
    answer: account,
    handle: async ({ body: { overrides, ...texts } }, { param, caller }) =>
      accounts.describe(
        param("did"),
        { ...given(texts), ...(overrides && { overrides: given(overrides) }) },
        caller.actor,
      ),
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
