import * as v from "valibot"
import type { AccountStore, MeasureStore } from "../../mailbox/operator-ports.ts"
import { endpoint } from "../endpoint.ts"
import { amount, maybeMoment, moment } from "../shapes.ts"
import { intakeMode } from "./intake.ts"

/** What the running mediator says about itself. */
export type Running = {
  readonly version: string
  readonly did: string
  readonly dids: readonly string[]
  readonly publicUrl: string
  readonly invitationUrl: string
  readonly startedAt: number
  sockets(): number
  pending(): number
  /** How often each reason for a refusal came up within an hour, the commonest first. */
  refusals(): readonly { readonly code: string; readonly count: number; readonly sentence: string }[]
  isReady(): Promise<boolean>
  vitals(given: { isReady: boolean; measure: Awaited<ReturnType<MeasureStore["measure"]>> }): Vitals
}

const refusal = v.object({ code: v.string(), count: amount, sentence: v.string() })

const figures = {
  isReady: v.boolean(),
  registrations: v.object({
    pending: amount,
    approved: amount,
    denied: amount,
    suspended: amount,
    revoked: amount,
  }),
  sockets: amount,
  pending: amount,
  messages: amount,
  bytes: amount,
  oldestAt: maybeMoment,
  databaseBytes: amount,
  walBytes: amount,
  freeBytes: amount,
  refusals: v.array(refusal),
}

/** What these mean. */
const vitals = {
  messagesInPerMinute: amount,
  messagesOutPerMinute: amount,
  topRefusal: v.nullable(refusal),
  diskDaysLeft: v.nullable(amount),
  intake: intakeMode,
  health: v.object({ level: v.picklist(["ok", "warn", "fail"]), reason: v.string() }),
}
const vitalSigns = v.object(vitals)
export type Vitals = v.InferOutput<typeof vitalSigns>

export const snapshot = v.object({ ...figures, ...vitals })

export const status = v.object({
  version: v.string(),
  did: v.string(),
  dids: v.array(v.string()),
  publicUrl: v.string(),
  invitationUrl: v.string(),
  startedAt: moment,
  ...figures,
  ...vitals,
})

/** What changes from moment to moment. */
export async function takeSnapshot(
  store: AccountStore & MeasureStore,
  running: Running,
): Promise<v.InferInput<typeof snapshot>> {
  const [registrations, measure, isReady] = await Promise.all([
    store.accountCounts(),
    store.measure(),
    running.isReady(),
  ])
  return {
    ...measure,
    ...running.vitals({ isReady, measure }),
    registrations,
    isReady,
    sockets: running.sockets(),
    pending: running.pending(),
    refusals: [...running.refusals()],
  }
}

export const statusEndpoints = (running: Running, look: () => Promise<v.InferInput<typeof snapshot>>) => [
  endpoint({
    method: "GET",
    path: "/status",
    access: "read",
    summary: "How the mediator fares.",
    answer: status,
    handle: async () => ({ ...running, ...(await look()) }),
  }),
]
