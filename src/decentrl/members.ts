import { LRUCache } from "lru-cache"
import { bounded } from "../base/bounded.ts"
import type { Clock } from "../base/clock.ts"
import type { Registration } from "../mailbox/model.ts"
import type { ArchiveStore, RegistrationStore } from "../mailbox/ports.ts"
import type { Registrations } from "../mailbox/registrations.ts"

/** The mediator's side of Decentrl: its names. */
export type Own = {
  /** The DIDs that clients may know it by. */
  readonly dids: readonly string[]
}

const REMEMBERED = 10_000

type Ports = {
  readonly own: Own
  readonly store: Pick<RegistrationStore, "lastChange">
  readonly registrations: Pick<Registrations, "find" | "seen">
  readonly archive: Pick<ArchiveStore, "contractUntil">
  readonly clock: Clock
}

export type Members = ReturnType<typeof createMembers>

/** Who is registered: whom the operator has admitted, and who has a contract with this mediator that has not expired. */
export function createMembers(ports: Ports) {
  let change = -1
  let known = knowledge(ports)
  let looking: Promise<Knowledge> | null = null

  async function look(): Promise<Knowledge> {
    const latest = await ports.store.lastChange()
    // Others may still look up and remember something: that is in what they were given, and goes with it.
    if (latest !== change) {
      change = latest
      known = knowledge(ports)
    }
    return known
  }

  /** What is so at this moment: to be asked anew for each command. Who asks while a look is taken needs none of its own. */
  return (): Promise<Knowledge> => {
    looking ??= look().finally(() => {
      looking = null
    })
    return looking
  }
}

export type Knowledge = ReturnType<typeof knowledge>

/** What is found out stays so until somebody's registration changes; only contracts end by themselves, and new ones come. */
function knowledge({ own, registrations, archive, clock }: Ports) {
  const admitted = new LRUCache<string, { readonly registration: Registration | null }>(bounded(REMEMBERED))
  const ends = new LRUCache<string, number>(bounded(REMEMBERED))

  async function admission(did: string): Promise<Registration | null> {
    if (own.dids.includes(did)) return null
    const known = admitted.get(did)
    if (known) return known.registration
    const registration = await registrations.find(did, "decentrl")
    admitted.set(did, { registration })
    return registration
  }

  /** Whether two DIDs have a contract with each other that has not expired. */
  async function hasContract(between: readonly [string, string]): Promise<boolean> {
    const key = between.join(" ")
    const end = ends.get(key)
    if (end !== undefined && clock.now() < end) return true
    const until = await archive.contractUntil(between)
    if (until !== null) ends.set(key, until)
    return until !== null
  }

  async function withContract(found: Registration | null): Promise<Registration | null> {
    if (found) for (const ours of own.dids) if (await hasContract([found.did, ours])) return found
    return null
  }

  /** The registration of exactly this DID, or null. The mediator is nobody's member, its own neither. */
  const find = async (did: string) => withContract(await admission(did))

  /** The same for a DID that has proved to be who it is: its owner was seen. Mail for somebody is no sign of life. */
  async function owner(did: string): Promise<Registration | null> {
    const found = await admission(did)
    if (found) registrations.seen(found)
    return withContract(found)
  }

  return { find, owner, hasContract }
}
