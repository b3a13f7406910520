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
  readonly registrations: Pick<Registrations, "find" | "member">
  readonly archive: Pick<ArchiveStore, "hasContract">
}) {
  const { own, registrations, archive } = ports

  async function hasContract(did: string): Promise<boolean> {
    for (const ours of own.dids) if (await archive.hasContract([did, ours])) return true
    return false
  }

  async function withContract(did: string, find: Registrations["find"]): Promise<Registration | null> {
    if (own.dids.includes(did)) return null
    const found = await find(did, "decentrl")
    return found && (await hasContract(did)) ? found : null
  }

  /** The registration of exactly this DID, or null. The mediator is nobody's member, its own neither. */
  const find = (did: string) => withContract(did, registrations.find)

  /** The same for a DID that has proved to be who it is: its owner was seen. Mail for somebody is no sign of life. */
  const owner = (did: string) => withContract(did, registrations.member)

  return { find, owner }
}
