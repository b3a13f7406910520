import * as v from "valibot"
import type { Actor } from "../../mailbox/accounts.ts"
import { type IntakeMode, intakeModes } from "../../mailbox/intake.ts"
import { endpoint } from "../endpoint.ts"

export type IntakeDesk = { mode(): IntakeMode; set(mode: IntakeMode, by: Actor): Promise<void> }

export const intakeMode = v.picklist(intakeModes)
export const intakeState = v.object({ mode: intakeMode, isPaused: v.boolean(), isDraining: v.boolean() })

const stateOf = (mode: IntakeMode) => ({ mode, isPaused: mode !== "open", isDraining: mode === "draining" })

export const intakeEndpoints = (intake: IntakeDesk) => [
  endpoint({
    method: "GET",
    path: "/intake",
    access: "read",
    summary: "Whether anything new is taken in.",
    answer: intakeState,
    handle: async () => stateOf(intake.mode()),
  }),
  endpoint({
    method: "POST",
    path: "/intake",
    access: "admin",
    summary: "Take everything in; refuse what is new for a while; or also ask every socket to leave.",
    body: v.strictObject({ mode: intakeMode }),
    answer: intakeState,
    async handle({ body: { mode } }, { caller }) {
      await intake.set(mode, caller.actor)
      return stateOf(intake.mode())
    },
  }),
]
