/** What doors (transports) and languages (DIDComm, Decentrl) share, so that neither needs to know the other. */

import type { Fault, FaultCode } from "./faults.ts"

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

/** What goes back through the same door. `refusal`: why what was wanted was not done, for those who count. */
export type Outbound = { readonly refusal?: FaultCode } & (
  | {
      readonly status: "answered"
      readonly mediaType: string
      readonly text: string
      /** The HTTP status; 200 unless given. */
      readonly http?: number
      /** Seconds after which trying again makes sense. */
      readonly retry?: number
    }
  | { readonly status: "accepted" }
  | { readonly status: "refused"; readonly fault: Fault }
)

/** A language's single entrance. Never rejects: every failure is an Outbound. */
export type Receiver = (inbound: Inbound) => Promise<Outbound>

/** A language with an address of its own beside the one that all messages go to. Nothing in it rejects. */
export type Branch = {
  readonly receive: Receiver
  /** A socket was opened there. */
  readonly greet: (connection: Connection) => void
  /** A frame came on such a socket. */
  readonly hear: Receiver
  /** What a DID shows everybody. */
  readonly readPublic: (did: string, query: Readonly<Record<string, string>>) => Promise<Outbound>
  /** What the door itself refuses, in the language's words. */
  readonly refused: (fault: Fault) => Outbound
}

/** Who is at the other end of which sockets: the languages tell what was proved there. */
export interface Occupants {
  /** The DID has proved itself on the connection; whether that was not known yet. */
  arrived(connection: Connection, did: string): boolean
  /** Its mail is pushed there from now on, until this is disposed. */
  listening(connection: Connection, did: string): Disposable
}

/** A socket that stays open. `buffered`: wait for `onDrain` before sending more. `closed`: nothing was sent. */
export interface Connection {
  readonly id: string
  send(text: string): "sent" | "buffered" | "closed"
  /** Ends it with one of WebSocket's close codes; nothing when it has ended. */
  close(code: number, reason: string): void
  onDrain(listener: () => void): void
  onClose(listener: () => void): void
}
