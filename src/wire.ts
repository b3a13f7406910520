/** What doors (transports) and languages (DIDComm, Decentrl) share, so that neither needs to know the other. */

import type { Fault } from "./faults.ts"

/** Bytes that came in through a door. */
export type Inbound = {
  readonly bytes: Uint8Array
  /** Lower case, without parameters; null where the door carries none (WebSocket frames). */
  readonly mediaType: string | null
  /** The client's address, for limits and logs. */
  readonly remote: string
  /** The socket it came on, or null for HTTP. */
  readonly connection: Connection | null
}

/** What goes back through the same door. */
export type Outbound =
  | { readonly status: "answered"; readonly mediaType: string; readonly text: string }
  | { readonly status: "accepted" }
  | { readonly status: "refused"; readonly fault: Fault }

/** A language's single entrance. Never rejects: every failure is an Outbound. */
export type Receiver = (inbound: Inbound) => Promise<Outbound>

/** A socket that stays open. `buffered`: wait for `onDrain` before sending more. `closed`: nothing was sent. */
export interface Connection {
  readonly id: string
  send(text: string): "sent" | "buffered" | "closed"
  onDrain(listener: () => void): void
  onClose(listener: () => void): void
}
