import type { Registration } from "../mailbox/model.ts"
import type { ArchiveStore } from "../mailbox/ports.ts"
import type { Registrations } from "../mailbox/registrations.ts"

/** The mediator's side of Decentrl: its names. */
export type Own = {
  /** The DIDs that clients may know it by. */
  readonly dids: readonly string[]
}

export type Members = ReturnType<typeof createMembers>

/** Who is registered: whom the operator has admitted, and who has a contract with this mediator that has not expired. */
export function createMembers(ports: {
  readonly own: Own
  readonly registrations: Pick<Registrations, "member">
  readonly archive: Pick<ArchiveStore, "hasContract">
}) {
  const { own, registrations, archive } = ports

  async function hasContract(did: string): Promise<boolean> {
    for (const ours of own.dids) if (await archive.hasContract([did, ours])) return true
    return false
  }

  /** The registration of exactly this DID, or null. The mediator is nobody's member, its own neither. */
  async function find(did: string): Promise<Registration | null> {
    if (own.dids.includes(did)) return null
    const found = await registrations.member(did, "decentrl")
    return found && (await hasContract(did)) ? found : null
  }

  return { find }
}
