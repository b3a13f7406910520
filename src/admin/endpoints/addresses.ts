import * as v from "valibot"
import type { Accounts } from "../../mailbox/accounts.ts"
import { endpoint } from "../endpoint.ts"
import { amount } from "../shapes.ts"

export const addressEndpoints = (accounts: Pick<Accounts, "release">) => [
  endpoint({
    method: "DELETE",
    path: "/registrations/:did/addresses/:address",
    access: "registrations",
    isDangerous: true,
    summary: "Take an address from a registration: nothing more comes in for it, and what waits stays.",
    answer: v.object({ released: amount }),
    handle: async (_, { param, caller }) => ({
      released: await accounts.release(param("did"), param("address"), caller.actor),
    }),
  }),
]
