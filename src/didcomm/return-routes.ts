import { LRUCache } from "lru-cache"
import { Fault } from "../faults.ts"
import type { Connection } from "../wire.ts"
import type { Plaintext } from "./message.ts"
import type { Party } from "./registry.ts"
import { threadOf } from "./reply.ts"

/** How many DIDs one socket may carry return routes for; the longest unused gives way. */
const DIDS_PER_SOCKET = 64

type Route = { readonly mode: "all" } | { readonly mode: "thread"; readonly thread: string }

/**
 * return_route (extension https://didcomm.org/return-route): whether an answer may go back the way the message came.
 * Over HTTP each message says so for itself. On a socket it stays in force for that DID until changed.
 */
export function createReturnRoutes() {
  const sockets = new WeakMap<Connection, LRUCache<string, Route>>()

  /** Notes what the message asks for, and says whether its own answer may go back. Fault message.invalid. */
  function allows(
    message: Plaintext,
    sender: Party | null,
    connection: Connection | null,
    opensSocket: boolean,
  ): boolean {
    const asked = routeOf(message)
    if (!connection || !sender) return admits(asked ?? null, message)
    const routes = sockets.get(connection) ?? new LRUCache<string, Route>({ max: DIDS_PER_SOCKET })
    sockets.set(connection, routes)
    if (asked) routes.set(sender.did, asked)
    else if (asked === null) routes.delete(sender.did)
    else if (opensSocket && !routes.has(sender.did)) routes.set(sender.did, { mode: "all" })
    return admits(routes.get(sender.did) ?? null, message)
  }

  return { allows }
}

const admits = (route: Route | null, message: Plaintext): boolean =>
  route !== null && (route.mode === "all" || route.thread === threadOf(message))

/** The route a message asks for; null for an explicit `none`; undefined when it says nothing. */
function routeOf({ return_route, return_route_thread }: Plaintext): Route | null | undefined {
  if (return_route === undefined) return undefined
  if (return_route === "all") return { mode: "all" }
  if (return_route !== "thread") return null
  if (return_route_thread === undefined) {
    throw new Fault("message.invalid", { detail: "return_route thread needs return_route_thread" })
  }
  return { mode: "thread", thread: return_route_thread }
}
