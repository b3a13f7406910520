import type { ComponentChildren } from "preact"
import type { State } from "../api/types.ts"

export type BadgeTone = "good" | "wait" | "danger" | "soft" | "accent"

export const Badge = ({ tone = "soft", children }: { tone?: BadgeTone; children: ComponentChildren }) => (
  <span class={`badge ${tone}`}>{children}</span>
)

const tones: Readonly<Record<State, BadgeTone>> = {
  pending: "wait",
  approved: "good",
  denied: "soft",
  suspended: "danger",
  revoked: "soft",
}
const words: Readonly<Record<State, string>> = {
  pending: "waiting",
  approved: "approved",
  denied: "denied",
  suspended: "suspended",
  revoked: "revoked",
}

/** How a registration stands. */
export const StateBadge = ({ state }: { state: State }) => <Badge tone={tones[state]}>{words[state]}</Badge>

export type Level = "ok" | "warn" | "fail" | "unknown"

/** How things are, with the reason. */
export const Pill = ({ level, children }: { level: Level; children: ComponentChildren }) => (
  <span class={`pill ${level}`}>
    <i />
    <span>{children}</span>
  </span>
)
