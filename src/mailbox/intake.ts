import { type Actor, actorText } from "./accounts.ts"
import type { AdminStore, AuditStore } from "./operator-ports.ts"

/**
 * `open`: mail is taken in. `paused`: nothing new is kept for anybody, while fetching and deleting go on. `draining`: nor
 * are there new sockets, and those that are open are asked to leave; over with the next start.
 */
export const intakeModes = ["open", "paused", "draining"] as const
export type IntakeMode = (typeof intakeModes)[number]

const FACT = { kind: "intake", key: "mode" } as const
const actions = { open: "intake.open", paused: "intake.pause", draining: "intake.drain" } as const

export type Intake = ReturnType<typeof createIntake>

/** Whether anything new is to be kept, as the operator wants it: whoever shares the store sees the same. */
export function createIntake(store: Pick<AdminStore, "kept" | "keep" | "drop"> & Pick<AuditStore, "audit">) {
  // Open is no fact at all: that can be said on a full disk, too.
  const keep = (mode: IntakeMode): Promise<void> =>
    mode === "open"
      ? store.drop(FACT.kind, FACT.key)
      : store.keep({ ...FACT, value: mode, until: Number.MAX_SAFE_INTEGER })

  async function mode(): Promise<IntakeMode> {
    const kept = await store.kept(FACT.kind, FACT.key)
    return intakeModes.find((mode) => mode === kept) ?? "open"
  }

  /** Resolves once it is on disk. */
  async function set(wanted: IntakeMode, by: Actor): Promise<void> {
    const before = await mode()
    if (before === wanted) return
    await keep(wanted)
    await store.audit({
      actor: actorText(by),
      action: actions[wanted],
      subject: "intake",
      detail: `${before} → ${wanted}`,
    })
  }

  /** At a start: who drained has restarted, and is done; who paused has not said that it is over. */
  async function begin(): Promise<IntakeMode> {
    const found = await mode()
    if (found !== "draining") return found
    await keep("open")
    return "open"
  }

  return { mode, set, begin }
}
