import * as v from "valibot"
import type { JsonObject } from "../base/json.ts"
import type { DidDocument } from "../did/document.ts"
import { Fault } from "../faults.ts"
import type { Archive } from "../mailbox/archive.ts"
import type { Mailboxes } from "../mailbox/mailboxes.ts"
import type { Registration } from "../mailbox/model.ts"
import type { ArchiveStore } from "../mailbox/ports.ts"
import type { Registrations } from "../mailbox/registrations.ts"
import type { Members } from "./members.ts"
import { type Answer, type Channel, DIRECT, type Header, ONE_WAY, TOO_LARGE, TWO_WAY } from "./wire.ts"

/**
 * Commands are declared: each says on which channel it comes, who may send it to whom, and what its payload looks like.
 * The registry sees to that, in the order of the wire profile, before a handler runs.
 */

/** `anyone`: strangers, too; `member`: whoever is registered here. */
export type Caller = "anyone" | "member"
/** `mediator`: us; `member`: somebody who is registered here; `either`. */
export type Addressee = "mediator" | "member" | "either"

/** What a command may write through: the first thing that is written uses up its nonce in the same transaction. */
export type Turn = {
  /** For a command that writes nothing else. */
  readonly deposit: Mailboxes["deposit"]
  readonly mailboxes: Mailboxes
  readonly archive: Archive
  readonly registrations: Registrations
  readonly store: Pick<ArchiveStore, "saveContract">
  /** Uses the nonce up, unless something that was written has. Fault command.replayed. */
  readonly reserve: () => Promise<void>
}

type Given<Body> = {
  readonly header: Header
  /** The sender's, for signatures inside the payload. */
  readonly document: DidDocument
  readonly body: Body
  readonly turn: Turn
}

type Known<C extends Caller, A extends Addressee> = (C extends "member" ? { readonly member: Registration } : object) &
  (A extends "mediator"
    ? object
    : A extends "member"
      ? { readonly recipient: Registration }
      : { readonly recipient: Registration | null })

type Handler = (given: Given<never> & { member: never; recipient: never }) => Promise<Answer>

export type Command = {
  readonly channel: Channel
  /** Null on a channel that has one command only. */
  readonly type: string | null
  readonly from: Caller
  readonly to: Addressee
  readonly body: v.GenericSchema
  readonly handle: Handler
  /** Writes nothing: the nonce is used up before the handler runs. */
  readonly reads: boolean
  /** An owner gets at its mail or archive with it: counts apart from its other commands. */
  readonly fetches: boolean
}

type Names<C, A> = { channel: Channel; type: string | null; from: C; to: A; fetches?: true }

/** Declares a command that writes, through its turn. */
export const acts = <C extends Caller, A extends Addressee, S extends v.GenericSchema>(
  names: Names<C, A>,
  body: S,
  handle: (given: Given<v.InferOutput<S>> & Known<C, A>) => Promise<Answer>,
): Command => ({ fetches: false, ...names, body, handle: handle as unknown as Handler, reads: false })

/** Declares a command that only reads. */
export const reads = <C extends Caller, A extends Addressee, S extends v.GenericSchema>(
  names: Names<C, A>,
  body: S,
  handle: (given: Given<v.InferOutput<S>> & Known<C, A>) => Promise<Answer>,
): Command => ({ ...names, body, handle: handle as unknown as Handler, reads: true, fetches: true })

/** The names of most commands: a member's, to the mediator. */
export const direct = (type: string) => ({ channel: DIRECT, type, from: "member", to: "mediator" }) as const
export const acknowledging = (type: string) => ({ ...direct(type), fetches: true }) as const
export const oneWay = (type: string) => ({ channel: ONE_WAY, type, from: "member", to: "mediator" }) as const

export type Registry = ReturnType<typeof createRegistry>

export function createRegistry(
  commands: readonly Command[],
  ports: {
    readonly members: Members
    readonly owns: (did: string) => boolean
  },
) {
  const { members, owns } = ports
  const keyOf = (channel: Channel, type: unknown) =>
    channel === TWO_WAY ? channel : typeof type === "string" ? `${channel} ${type}` : null
  const table = new Map(commands.map((command) => [keyOf(command.channel, command.type), command]))

  /** The declared command, or null. */
  const find = ({ channel }: Header, { type }: JsonObject): Command | null => table.get(keyOf(channel, type)) ?? null

  /** Registration, then contract. What is not declared takes a member, so that strangers learn nothing of it. */
  async function authorise(command: Command | null, { channel, sender_did, recipient_did }: Header) {
    const { find: findMember, owner, hasContract } = await members()
    const known = await owner(sender_did)
    if (!known && command?.from !== "anyone") throw new Fault("registration.required")
    const member = command?.from === "anyone" ? null : known
    const isOurs = command === null || command.to === "mediator" || (command.to === "either" && owns(recipient_did))
    const recipient = isOurs ? null : await findMember(recipient_did)
    if (!recipient && !isOurs) throw new Fault("recipient.unregistered")
    if (channel === TWO_WAY && !(await hasContract([sender_did, recipient_did]))) throw new Fault("contract.invalid")
    return { member, recipient }
  }

  /** recipient_did, then type, then fields: the handler with what it needs to run. */
  function prepare(
    command: Command | null,
    { header, payload }: { header: Header; payload: JsonObject },
    known: Awaited<ReturnType<typeof authorise>>,
  ) {
    if (!known.recipient && !owns(header.recipient_did)) throw new Fault("command.addressee")
    if (!command) throw new Fault("command.unknown")
    const body = v.safeParse(command.body, payload, { abortEarly: true })
    if (!body.success) {
      const detail = body.issues[0].message
      throw new Fault(detail === TOO_LARGE ? "message.too_large" : "command.body", { detail })
    }
    // The checks above are what makes the handler's narrower view of the request true.
    return (given: { document: DidDocument; turn: Turn }) =>
      command.handle({ header, body: body.output, ...known, ...given } as Parameters<Handler>[0])
  }

  return { find, authorise, prepare }
}
