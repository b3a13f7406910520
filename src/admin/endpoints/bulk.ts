import * as v from "valibot"
import { Fault } from "../../faults.ts"
import { type Accounts, type Actor, type Transition, transitionNames } from "../../mailbox/accounts.ts"
import { checkConfirmed, endpoint } from "../endpoint.ts"
import { erasure, states } from "../shapes.ts"

const MOST = 500
/** Changes under way at the same time: they share commits, and leave others room. */
const AT_ONCE = 20

const actions = ["approve", "deny", "suspend", "resume", "forget", "purge"] as const
type Action = (typeof actions)[number]

const isTransition = (action: Action): action is Action & Transition =>
  (transitionNames as readonly string[]).includes(action)

export const outcome = v.object({
  did: v.string(),
  ok: v.boolean(),
  state: v.optional(v.picklist(states)),
  erased: v.optional(erasure),
  error: v.optional(v.object({ code: v.string(), message: v.string() })),
})
type Outcome = v.InferInput<typeof outcome>

/** One thing done with many registrations: each succeeds or fails by itself. */
export function bulkEndpoints(accounts: Accounts) {
  async function act(did: string, action: Action, by: Actor | null): Promise<Outcome> {
    if (isTransition(action)) return { did, ok: true, state: (await accounts.change(did, action, by)).state }
    const erased = await (action === "forget" ? accounts.forget(did, by) : accounts.purge(did, 0, by))
    return { did, ok: true, erased }
  }

  async function attempt(did: string, action: Action, by: Actor | null): Promise<Outcome> {
    try {
      return await act(did, action, by)
    } catch (thrown) {
      const { code, sentence } = Fault.from(thrown)
      return { did, ok: false, error: { code, message: sentence } }
    }
  }

  return [
    endpoint({
      method: "POST",
      path: "/registrations/bulk",
      access: "registrations",
      // So many DIDs of the longest that are sent.
      maxBody: 1024 * 1024,
      summary:
        "Do one thing with up to 500 registrations, or only say what that would be. Forgetting and purging take the password, purging the scope mailboxes, too.",
      body: v.strictObject({
        dids: v.pipe(v.array(v.pipe(v.string(), v.maxLength(2_048))), v.minLength(1), v.maxLength(MOST)),
        action: v.picklist(actions),
        dryRun: v.boolean(),
      }),
      answer: v.object({ items: v.array(outcome) }),
      async handle({ body: { dids, action, dryRun } }, visit) {
        const { caller, keepOpen } = visit
        keepOpen()
        if (action === "purge" && !caller.may("mailboxes")) throw new Fault("admin.scope", { args: ["mailboxes"] })
        if (!isTransition(action) && !dryRun) checkConfirmed(visit)
        const wanted = [...new Set(dids)]
        const items: Outcome[] = []
        for (let from = 0; from < wanted.length; from += AT_ONCE) {
          const some = wanted.slice(from, from + AT_ONCE)
          items.push(...(await Promise.all(some.map((did) => attempt(did, action, dryRun ? null : caller.actor)))))
        }
        return { items }
      },
    }),
  ]
}
