import { type AdmissionMode, admission } from "./admission.ts"
import type { Lane, Registration, RegistrationState } from "./model.ts"
import type { RegistrationStore } from "./ports.ts"

export type Registrations = ReturnType<typeof createRegistrations>

/** Asking for a mailbox, and finding out who has one. */
export function createRegistrations(store: RegistrationStore, policy: { mode: AdmissionMode }) {
  /** Where a DID that asks for a mailbox stands now. Asking again is harmless; a refused stranger leaves no row behind. */
  async function ask(did: string, lane: Lane, fullDid = did): Promise<RegistrationState> {
    const known = await store.findRegistration(did)
    if (known?.lanes.includes(lane)) return known.state
    const state = known?.state ?? admission(policy.mode)
    if (state === "denied") return state
    const audit = { actor: did, action: `registration.${known ? "lane" : state}`, subject: did }
    return (await store.ask({ did, fullDid, lane, state, audit })).state
  }

  /** The approved registration of exactly this DID in this lane, or null. */
  async function member(did: string, lane: Lane): Promise<Registration | null> {
    const found = await store.findRegistration(did)
    return found?.state === "approved" && found.lanes.includes(lane) ? found : null
  }

  /** Moves an account to the DID that its owner took instead; one that is not ours, or moved since, is left alone. */
  async function rotate(from: string, to: string, at: number, fullDid = to): Promise<void> {
    await store.rotate({ from, to, fullDid, at, audit: { actor: to, action: "registration.rotated", subject: from } })
  }

  return { ask, member, rotate }
}
