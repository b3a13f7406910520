import * as v from "valibot"
import { endpoint } from "../endpoint.ts"
import { amount } from "../shapes.ts"

/** `rate`: a second, 0 for no limit; `burst`: at once; `tracked`: who is known; `limited`: who could do nothing now. */
const bucket = v.object({ rate: v.number(), burst: v.number(), tracked: amount, limited: amount })
const gate = v.object({ running: amount, waiting: amount, atOnce: amount, mostWaiting: amount })

export const limitsState = v.object({
  perAddress: bucket,
  forwardsPerAddress: bucket,
  perDid: bucket,
  fetchesPerDid: bucket,
  connections: v.object({ most: amount, tracked: amount, held: amount, limited: amount }),
  crypto: gate,
  cryptoStrangers: gate,
  mostLimited: v.pipe(
    v.array(v.object({ address: v.string(), refused: amount })),
    v.metadata({ description: "Who was refused most often, until ten minutes went by without a refusal." }),
  ),
})
export type LimitsState = v.InferOutput<typeof limitsState>

export const limitsEndpoints = (state: () => LimitsState) => [
  endpoint({
    method: "GET",
    path: "/limits",
    access: "read",
    summary: "Who is limited now, and how full the places are where envelopes are opened.",
    answer: limitsState,
    handle: async () => state(),
  }),
]
