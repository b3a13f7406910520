import type { Connections } from "../admin/endpoints/connections.ts"
import type { Log } from "../base/log.ts"
import type { Accounts } from "../mailbox/accounts.ts"
import type { AuditStore } from "../mailbox/operator-ports.ts"
import type { Door } from "../transport/http.ts"
import type { OccupantBook } from "./occupants.ts"

const PAGE = 500

/** Acts after which a DID has no business on its sockets any more, as the audit names them. */
const departures = new Set(
  ["deny", "suspend", "revoke", "forget", "pruned", "expired"].map((action) => `registration.${action}`),
)

type Ports = {
  readonly door: Pick<Door, "openSockets" | "closeSocket">
  readonly occupants: OccupantBook
  readonly store: Pick<AuditStore, "auditLines">
  readonly log: Log
}

export type OpenConnections = Connections & {
  /** Closes the sockets of whoever was sent away since it last looked, by whichever process. Never rejects. */
  look(): Promise<void>
}

/** The open sockets with who is at their other end. `after`: the last line of the audit that counts as seen. */
export function createConnections({ door, occupants, store, log }: Ports, after: number): OpenConnections {
  let seen = after
  let looking: Promise<void> = Promise.resolve()

  function closeAll(did: string, reason: string, except: readonly string[] = []): number {
    const leaving = occupants.connectionsOf(did).filter((id) => !except.includes(id))
    const closed = leaving.filter((id) => door.closeSocket(id, reason))
    if (closed.length > 0) log.info("socket.sent_away", { did, sockets: closed.length })
    return closed.length
  }

  async function readOn(): Promise<void> {
    for (;;) {
      const lines = await store.auditLines({ after: seen, limit: PAGE })
      for (const { seq, action, subject, actor } of lines) {
        if (departures.has(action)) closeAll(subject, "the registration has ended")
        // A key that was left behind may be in wrong hands: what it opened ends, but where the new one has proved itself.
        if (action === "registration.rotated") closeAll(subject, "the DID was rotated", occupants.connectionsOf(actor))
        seen = seq
      }
      if (lines.length < PAGE) return
    }
  }

  return {
    list: () =>
      door.openSockets().map((socket) => {
        const there = occupants.of(socket.id)
        const dids = there.map(({ did }) => did)
        return { ...socket, did: dids[0] ?? null, dids, isLive: there.some(({ isLive }) => isLive) }
      }),
    online: (did) => occupants.connectionsOf(did).length,
    close: (id) => door.closeSocket(id, "closed by the operator"),
    disconnect: (did) => closeAll(did, "closed by the operator"),
    look: () => {
      looking = looking.then(readOn).catch((error) => log.error("socket.look_failed", { error: String(error) }))
      return looking
    },
  }
}

/** The same accounts, through which nobody is sent away who keeps a socket. */
export function closing(accounts: Accounts, { look }: Pick<OpenConnections, "look">): Accounts {
  async function then<T>(act: Promise<T>): Promise<T> {
    const outcome = await act
    await look()
    return outcome
  }
  return {
    ...accounts,
    change: (...given) => then(accounts.change(...given)),
    forget: (...given) => then(accounts.forget(...given)),
  }
}
