import * as v from "valibot"
import type { Actor } from "../../mailbox/accounts.ts"
import { endpoint } from "../endpoint.ts"
import { amount } from "../shapes.ts"

export const hops = ["ping", "grant", "address", "forward", "pickup", "ack"] as const

/** How far a message came on its way through the mediator; `problem` says in words what went wrong. */
export type TestedHop = {
  readonly hop: (typeof hops)[number]
  readonly ms: number
  readonly isOk: boolean
  readonly problem: string | null
}

/** Drives the mediator's whole public path, and leaves nothing behind. Never rejects. */
export type SelfTest = (by: Actor) => Promise<readonly TestedHop[]>

export const tested = v.object({
  hop: v.picklist(hops),
  ms: amount,
  isOk: v.boolean(),
  problem: v.nullable(v.string()),
})

export const selfTestEndpoints = (test: SelfTest) => [
  endpoint({
    method: "POST",
    path: "/test",
    access: "registrations",
    summary: "Send a message through the mediator itself: ping, grant, address, forward, pickup, acknowledgement.",
    answer: v.object({ items: v.array(tested), isOk: v.boolean() }),
    async handle(_, { caller, keepOpen }) {
      keepOpen()
      const items = await test(caller.actor)
      return { items, isOk: items.every(({ isOk }) => isOk) }
    },
  }),
]
