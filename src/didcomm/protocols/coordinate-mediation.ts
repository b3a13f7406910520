import * as v from "valibot"
import { accountDid, isDid } from "../../did/document.ts"
import { Fault } from "../../faults.ts"
import type { Mailboxes } from "../../mailbox/mailboxes.ts"
import type { Registration, RegistrationState } from "../../mailbox/model.ts"
import type { Registrations } from "../../mailbox/registrations.ts"
import { on, type Protocol, type Reply } from "../registry.ts"

/** What the versions and vocabularies of coordinate-mediation have in common; each file beside this one says it in its words. */

const LARGEST_PAGE = 100

export const Nothing = v.looseObject({})

const Updates = v.looseObject({
  updates: v.pipe(
    v.array(v.looseObject({ recipient_did: v.pipe(v.string(), v.maxLength(4096)), action: v.string() })),
    v.maxLength(200),
  ),
})

const count = v.pipe(v.number(), v.integer(), v.minValue(0))
const Page = v.looseObject({ limit: count, offset: count })
const Query = v.looseObject({ paginate: v.optional(v.unknown()) })

export type Coordination = {
  readonly registrations: Pick<Registrations, "ask">
  readonly mailboxes: Pick<Mailboxes, "bind" | "unbind" | "addresses">
  /** Other names under which mail for a DID may come; Fault when the DID cannot be resolved. */
  readonly aliasesOf: (did: string) => Promise<readonly string[]>
  readonly owns: (did: string) => boolean
  /** The DID to route by for who wrote to this one of ours. */
  readonly routingDid: (did: string) => string
  /** The spelling of a DID that can be resolved without having been seen before. */
  readonly fullForm: (did: string) => string
}

/** Why there is no mailbox, for whoever reads what a wallet was answered. */
const reasons: Readonly<Record<Exclude<RegistrationState, "approved">, string>> = {
  pending: "The request waits for the mediator's operator; ask again later.",
  denied: "The mediator gives this DID no mailbox; ask its operator for an invitation.",
  suspended: "The mediator's operator has suspended this mailbox; ask the operator.",
  revoked: "The mediator's operator has closed this mailbox for good.",
}

/**
 * Asks for a mailbox: the grant in the given shape, or mediate-deny, whose body has no room for a reason. Who has to wait
 * is denied, too: the protocol has no third answer, and wallets that ask again once they are approved get the grant.
 * `invite`: the thread that the request came out of, which may be the id of an invitation.
 */
export async function requestMediation(
  { registrations, fullForm }: Coordination,
  { did, invite }: { did: string; invite: string | undefined },
  routingDid: string | readonly string[],
): Promise<Reply> {
  const state = await registrations.ask(accountDid(did), "didcomm", { fullDid: fullForm(did), invite })
  return state === "approved"
    ? { type: "mediate-grant", body: { routing_did: routingDid } }
    : { type: "mediate-deny", body: {}, comment: reasons[state] }
}

type Result = "success" | "no_change" | "client_error" | "server_error"

/** Applies updates in order: one exact result for each, with the strings as they came. */
async function updateAddresses(
  coordination: Coordination,
  member: Registration,
  updates: v.InferOutput<typeof Updates>["updates"],
) {
  const updated: { recipient_did: string; action: string; result: Result }[] = []
  for (const { recipient_did, action } of updates) {
    updated.push({ recipient_did, action, result: await update(coordination, member.id, recipient_did, action) })
  }
  return { updated }
}

async function update(
  { mailboxes, aliasesOf, owns }: Coordination,
  mailbox: number,
  did: string,
  action: string,
): Promise<Result> {
  if (!isDid(did) || owns(did)) return "client_error"
  if (action === "remove") {
    return (await mailboxes.unbind({ mailbox, lane: "didcomm", did })) === "unbound" ? "success" : "no_change"
  }
  if (action !== "add") return "client_error"
  try {
    const outcome = await mailboxes.bind({ mailbox, lane: "didcomm", did, aliases: await aliasesOf(did) })
    if (outcome === "already") return "no_change"
    return outcome === "bound" ? "success" : "client_error"
  } catch (thrown) {
    return Fault.from(thrown).row.http < 500 ? "client_error" : "server_error"
  }
}

/** A page of the member's addresses; `pagination` only when a page was asked for and more remains (parsers are strict). */
async function listAddresses({ mailboxes }: Coordination, member: Registration, paginate: unknown) {
  const { limit, offset } = pageOf(paginate)
  const { dids, total } = await mailboxes.addresses({ mailbox: member.id, lane: "didcomm", limit, offset })
  const remaining = Math.max(0, total - offset - dids.length)
  const pagination = remaining > 0 ? { pagination: { count: dids.length, offset, remaining } } : {}
  return { items: dids.map((did) => ({ recipient_did: did })), pagination }
}

function pageOf(paginate: unknown): { limit: number; offset: number } {
  if (paginate === undefined) return { limit: LARGEST_PAGE, offset: 0 }
  const page = v.safeParse(Page, paginate)
  if (!page.success)
    throw new Fault("message.invalid", { detail: "paginate needs limit and offset, whole numbers from 0" })
  return { limit: Math.min(Math.max(page.output.limit, 1), LARGEST_PAGE), offset: page.output.offset }
}

/** The update and query messages in one vocabulary: their names, and how the list of addresses is called. */
export function addressMessages(
  coordination: Coordination,
  words: { update: string; updated: string; query: string; list: string; items: string },
  onUse: (did: string) => void = () => {},
): Protocol["messages"] {
  return {
    [words.update]: on(
      "member",
      Updates,
      async ({ body, member, sender }) => {
        onUse(sender.did)
        return { type: words.updated, body: await updateAddresses(coordination, member, body.updates) }
      },
      { once: true },
    ),
    [words.query]: on("member", Query, async ({ body, member, sender }) => {
      onUse(sender.did)
      const { items, pagination } = await listAddresses(coordination, member, body.paginate)
      return { type: words.list, body: { [words.items]: items, ...pagination } }
    }),
  }
}

export const recipientWords = {
  update: "recipient-update",
  updated: "recipient-update-response",
  query: "recipient-query",
  list: "recipient",
  items: "dids",
} as const
