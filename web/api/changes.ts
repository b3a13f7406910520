import type { AuditLine } from "./types.ts"

type Listener = (line: AuditLine | null) => void
const listeners = new Set<Listener>()

/** Tells of each line of the audit; of null when anything may have happened. Returns how to stop. */
export function onAudit(listener: Listener): () => void {
  listeners.add(listener)
  return () => listeners.delete(listener)
}

export function tell(line: AuditLine | null): void {
  for (const listener of listeners) listener(line)
}
