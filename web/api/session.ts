import { signal } from "@preact/signals"
import type { Me } from "./types.ts"

/**
 * `expired`: there was a session, and what it was used for is still on the screen.
 * `setup`: there is no admin yet, and a code would make the first.
 */
export type Session =
  | { readonly kind: "unknown" | "setup" | "signed-out" }
  | { readonly kind: "signed-in" | "expired"; readonly me: Me }

export const session = signal<Session>({ kind: "unknown" })

export const me = (): Me | null => ("me" in session.value ? session.value.me : null)

/** Resolves once somebody is signed in again; rejects never, because signing out reloads the page. */
export function signedInAgain(): Promise<void> {
  return new Promise((resolve) => {
    const stop = session.subscribe(({ kind }) => {
      if (kind !== "signed-in") return
      resolve()
      queueMicrotask(() => stop())
    })
  })
}

export function expire(): void {
  const now = session.value
  if (now.kind === "signed-in") session.value = { kind: "expired", me: now.me }
}
