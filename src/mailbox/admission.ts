import { fits } from "../base/wildcard.ts"

/** Who may have a mailbox: everybody, whom the operator approves, whoever holds an invite, nobody new. */
export type AdmissionMode = "open" | "approval" | "invite" | "closed"

export type AdmissionPolicy = {
  readonly mode: AdmissionMode
  /** DIDs, methods (`did:web`) and patterns with `*`: always admitted, and never. A denial outranks everything. */
  readonly allow: readonly string[]
  readonly deny: readonly string[]
}

/** `because` is what the operator is shown: which rule decided. */
export type Admission = {
  readonly verdict: "admit" | "wait" | "refuse"
  readonly because: "denied" | "allowed" | "invited" | AdmissionMode
}

/** What becomes of a newcomer. Pure, so that it can be explained and tested without a mediator. */
export function admission(newcomer: { did: string; isInvited: boolean }, policy: AdmissionPolicy): Admission {
  const isListed = (patterns: readonly string[]) => patterns.some((pattern) => names(pattern, newcomer.did))
  const { mode } = policy
  if (isListed(policy.deny)) return { verdict: "refuse", because: "denied" }
  if (isListed(policy.allow)) return { verdict: "admit", because: "allowed" }
  if (newcomer.isInvited && mode !== "closed") return { verdict: "admit", because: "invited" }
  if (mode === "open") return { verdict: "admit", because: mode }
  return { verdict: mode === "approval" ? "wait" : "refuse", because: mode }
}

// A whole method may be named without its wildcard: did:web is did:web:*.
const names = (pattern: string, did: string): boolean =>
  /^did:[a-z0-9]+$/.test(pattern) ? did.startsWith(`${pattern}:`) : fits(pattern, did)
