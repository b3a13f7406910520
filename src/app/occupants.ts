import type { Connection, Occupants } from "../wire.ts"

/** How many DIDs are remembered of one socket; of more, those that came first and have no mail pushed are forgotten. */
const DIDS_PER_SOCKET = 64

export type OccupantBook = Occupants & {
  /** Who has proved itself on a connection, in that order, and whether its mail is pushed there. */
  of(connection: string): readonly { readonly did: string; readonly isLive: boolean }[]
  /** The connections on which a DID has proved itself. */
  connectionsOf(did: string): readonly string[]
}

/** Remembers who is at the other end of the sockets that are open. */
export function createOccupants(): OccupantBook {
  /** By connection and DID: how many listeners push its mail there. */
  const onConnection = new Map<string, Map<string, number>>()
  const ofDid = new Map<string, Set<string>>()

  function leave(connection: string, did: string): void {
    onConnection.get(connection)?.delete(did)
    const others = ofDid.get(did)
    others?.delete(connection)
    if (others?.size === 0) ofDid.delete(did)
  }

  function close(connection: string): void {
    for (const did of onConnection.get(connection)?.keys() ?? []) leave(connection, did)
    onConnection.delete(connection)
  }

  function arrived(connection: Connection, did: string): boolean {
    const { id } = connection
    const known = onConnection.get(id)
    const dids = known ?? new Map<string, number>()
    if (dids.has(did)) return false
    const first = [...dids].find(([, listeners]) => listeners === 0)
    if (dids.size >= DIDS_PER_SOCKET && first) leave(id, first[0])
    onConnection.set(id, dids.set(did, 0))
    ofDid.set(did, (ofDid.get(did) ?? new Set()).add(id))
    // It may have ended already, which is told at once.
    if (!known) connection.onClose(() => close(id))
    return true
  }

  function count({ id }: Connection, did: string, by: 1 | -1): void {
    const listeners = onConnection.get(id)?.get(did)
    if (listeners !== undefined) onConnection.get(id)?.set(did, listeners + by)
  }

  return {
    arrived,
    listening(connection, did) {
      arrived(connection, did)
      count(connection, did, 1)
      return { [Symbol.dispose]: () => count(connection, did, -1) }
    },
    of: (id) => [...(onConnection.get(id) ?? [])].map(([did, listeners]) => ({ did, isLive: listeners > 0 })),
    connectionsOf: (did) => [...(ofDid.get(did) ?? [])],
  }
}
