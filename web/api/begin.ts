import { signal } from "@preact/signals"
import type { ApiError } from "./client.ts"
import { once } from "./client.ts"
import { asApiError } from "./resource.ts"
import { session } from "./session.ts"
import type { Me } from "./types.ts"

/** Why nothing can be shown at all. */
export const problem = signal<ApiError | null>(null)

/** Finds out who is there: somebody who signed in, somebody who must, or the first admin to be. */
export async function begin(): Promise<void> {
  problem.value = null
  try {
    session.value = { kind: "signed-in", me: await once<Me>("GET", "/session") }
  } catch (thrown) {
    const error = asApiError(thrown)
    if (error.code === "admin.unauthenticated") return await greet()
    problem.value = error
  }
}

async function greet(): Promise<void> {
  try {
    const { isOpen } = await once<{ isOpen: boolean }>("GET", "/setup")
    session.value = { kind: isOpen ? "setup" : "signed-out" }
  } catch (thrown) {
    problem.value = asApiError(thrown)
  }
}
