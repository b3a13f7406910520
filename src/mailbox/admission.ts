import type { RegistrationState } from "./model.ts"

/** Who may have a mailbox: everybody, whom the operator approves, whoever holds an invite, nobody new. */
export type AdmissionMode = "open" | "approval" | "invite" | "closed"

/** What becomes of a newcomer. Pure, so that it can be explained and tested without a mediator. */
export function admission(mode: AdmissionMode): Extract<RegistrationState, "approved" | "pending" | "denied"> {
  if (mode === "open") return "approved"
  return mode === "approval" ? "pending" : "denied"
}
