import { Fault } from "../faults.ts"
import { type AdmissionPolicy, admission } from "./admission.ts"
import { inviteReference } from "./invites.ts"
import type { Lane, Registration, RegistrationState } from "./model.ts"
import type { RegistrationStore } from "./ports.ts"

export type Registrations = ReturnType<typeof createRegistrations>

export type RegistrationPolicy = AdmissionPolicy & {
  /** How many may wait for the operator, and how long one may, ms. */
  readonly maxPending: number
  readonly pendingTtl: number
}

export type RegistrationPorts = {
  /** Whether an invite has a use left, so that an id that is none is not even tried. */
  readonly isOpen: (invite: string) => Promise<boolean>
  /** The owner of a mailbox proved itself, to keys of ours of this generation; null when none was sealed for. */
  readonly seen: (mailbox: number, generation: number | null) => void
  /** A newcomer was turned away, and by which rule. */
  readonly refused: (did: string, because: string) => void
}

/** Asking for a mailbox, and finding out who has one. */
export function createRegistrations(
  store: RegistrationStore,
  policy: () => RegistrationPolicy,
  ports: RegistrationPorts,
) {
  /**
   * Where a DID that asks for a mailbox stands now. Asking again is harmless; a refused stranger leaves no row behind.
   * `invite`: the id of one, if the DID shows any; one that does not count is as none. Fault registration.crowded.
   */
  async function ask(
    did: string,
    lane: Lane,
    { fullDid = did, invite }: { fullDid?: string; invite?: string | undefined } = {},
  ): Promise<RegistrationState> {
    const known = await store.findRegistration(did)
    if (known && known.state !== "pending") return settled(known, lane)
    return (invite === undefined ? null : await invited({ did, fullDid, lane, invite })) ?? newcomer()

    async function newcomer(): Promise<RegistrationState> {
      const { maxPending, pendingTtl, ...rules } = policy()
      const { verdict, because } = admission({ did, isInvited: false }, rules)
      if (verdict === "refuse" && (!known || because === "denied")) {
        ports.refused(did, because)
        return "denied"
      }
      if (known?.lanes.includes(lane) && verdict !== "admit") return known.state
      const state = verdict === "admit" ? "approved" : "pending"
      const audit = { actor: did, action: `registration.${state}`, subject: did, detail: because }
      const asked = await store.ask({ did, fullDid, lane, state, pendingTtl, maxPending, audit })
      if (typeof asked !== "string") return asked.state
      ports.refused(did, asked)
      throw new Fault("registration.crowded")
    }
  }

  /** Nothing to decide: whoever stays may come by the other lane, too. */
  async function settled({ did, fullDid, state, lanes }: Registration, lane: Lane): Promise<RegistrationState> {
    if (lanes.includes(lane) || state === "denied" || state === "revoked") return state
    const audit = { actor: did, action: "registration.lane", subject: did }
    return (await store.ask({ did, fullDid, lane, state, audit })).state
  }

  /** Null when the invite changes nothing: by the rules, or because it has no use left. */
  async function invited(given: { did: string; fullDid: string; lane: Lane; invite: string }) {
    const { did, invite } = given
    if (admission({ did, isInvited: true }, policy()).because !== "invited") return null
    if (!(await ports.isOpen(invite))) return null
    const audit = {
      actor: did,
      action: "registration.approved",
      subject: did,
      detail: `invite ${inviteReference(invite)}`,
    }
    const asked = await store.ask({ ...given, state: "approved", audit })
    return typeof asked === "string" ? null : asked.state
  }

  /** The approved registration of exactly this DID in this lane, or null. */
  async function find(did: string, lane: Lane): Promise<Registration | null> {
    const found = await store.findRegistration(did)
    return found?.state === "approved" && found.lanes.includes(lane) ? found : null
  }

  /** Its owner has proved to be there, and knew us by keys of this generation. */
  const seen = ({ id }: Registration, generation: number | null = null): void => ports.seen(id, generation)

  /** The same as `find`, for a DID that has proved to be who it is. */
  async function member(did: string, lane: Lane, generation: number | null = null): Promise<Registration | null> {
    const found = await find(did, lane)
    if (found) seen(found, generation)
    return found
  }

  /** Where a DID stands that is no member; null for one that is not known. */
  const standing = async (did: string): Promise<RegistrationState | null> =>
    (await store.findRegistration(did))?.state ?? null

  /** Moves an account to the DID that its owner took instead; one that is not ours, or moved since, is left alone. */
  async function rotate(from: string, to: string, at: number, fullDid = to): Promise<void> {
    await store.rotate({ from, to, fullDid, at, audit: { actor: to, action: "registration.rotated", subject: from } })
  }

  return { ask, find, seen, member, standing, rotate }
}
