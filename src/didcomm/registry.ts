import * as v from "valibot"
import { Fault } from "../faults.ts"
import type { Registration } from "../mailbox/model.ts"
import type { Connection } from "../wire.ts"
import type { Plaintext } from "./message.ts"

/**
 * Protocols are declared: each message says who may send it and what its body looks like, and the registry sees to both
 * before a handler runs. What is declared is what discover-features discloses.
 */

/** A proven party: the DID, and the key id by which its key authenticated the message, as that party spells it. */
export type Party = { readonly did: string; readonly kid: string }

/** Who may send a message: anybody; a sender whose key is proven; one that has an approved registration. */
export type Caller = "anyone" | "proven" | "member"

export type Request<Body = Readonly<Record<string, unknown>>> = {
  readonly body: Body
  readonly message: Plaintext
  /** Our DID that the envelope was addressed to. */
  readonly us: Party
  /** Null for HTTP. */
  readonly connection: Connection | null
  /** How many forwards to ourselves it came out of. */
  readonly hops: number
}

type Known<C extends Caller> = C extends "anyone"
  ? { readonly sender: Party | null }
  : C extends "proven"
    ? { readonly sender: Party }
    : { readonly sender: Party; readonly member: Registration }

/** What to answer. Threading, addressing and packing are the endpoint's. `type`: a message name of the same protocol. */
export type Reply = {
  readonly type: string
  readonly body: Readonly<Record<string, unknown>>
  readonly attachments?: readonly Readonly<Record<string, unknown>>[]
  /** Words for people, beside a body that has no room for them: a header, which whoever does not know it ignores. */
  readonly comment?: string
}

export type Traits = {
  /** The message itself lets the socket it came on carry replies, return_route or not. */
  readonly opensSocket?: true
  /** A replay must be recognised even after a restart. */
  readonly once?: true
  /** The same message again is not a replay but a retry, which the handler makes harmless. */
  readonly repeatable?: true
  /** Counts against the limit of the address it comes from, whoever sealed it. */
  readonly byAddress?: true
  /** A wallet calls for its mail with it: counts apart from its other messages. */
  readonly fetches?: true
}

type Handler = (request: Request<never> & { sender: never; member: never }) => Promise<Reply | null>

export type Message = Traits & { readonly from: Caller; readonly body: v.GenericSchema; readonly handle: Handler }

export type Protocol = {
  /** The protocol's identifier, e.g. `https://didcomm.org/routing/2.0`. */
  readonly uri: string
  /** The roles that we play in it, as discover-features words them. */
  readonly roles: readonly string[]
  readonly messages: Readonly<Record<string, Message>>
  /** Whether it has a problem-report of its own instead of report-problem/2.0. */
  readonly ownReports?: true
}

/** Declares one message: who may send it, its body, what to do. A body that does not fit is message.malformed. */
export const on = <C extends Caller, S extends v.GenericSchema>(
  from: C,
  body: S,
  handle: (request: Request<v.InferOutput<S>> & Known<C>) => Promise<Reply | null>,
  traits: Traits = {},
): Message => ({ ...traits, from, body, handle: handle as unknown as Handler })

export const protocol = (
  uri: string,
  roles: readonly string[],
  messages: Readonly<Record<string, Message>>,
  traits: Pick<Protocol, "ownReports"> = {},
): Protocol => ({ uri, roles, messages, ...traits })

// <doc-uri>, a delimiter, <protocol>/<major>.<minor>/<message> (§protocol-identifier-uri); names compare without case
// and punctuation.
const MESSAGE_TYPE = /^(.*[/?&:;=])([A-Za-z0-9._-]+)\/(\d+)(?:\.\d+)*\/([A-Za-z0-9._-]+)$/
const plainName = (text: string) => text.toLowerCase().replaceAll(/[._-]/g, "")

export type Registry = ReturnType<typeof createRegistry>

export function createRegistry(
  protocols: readonly Protocol[],
  findMember: (did: string, us: Party) => Promise<Registration | null>,
) {
  const table = new Map<string, { protocol: Protocol; message: Message }>()
  for (const protocol of protocols) {
    for (const [name, message] of Object.entries(protocol.messages)) {
      const type = `${protocol.uri}/${name}`
      // Under its exact name, too, which nearly everybody writes.
      for (const known of [type, key(type) ?? type]) table.set(known, { protocol, message })
    }
  }

  /** The declared message of a type: same major version, whatever the minor; null when we do not take it. */
  function find(type: string) {
    return table.get(type) ?? table.get(key(type) ?? "") ?? null
  }

  /** Checks the caller and the body, and gives what is then to be done. */
  async function admit({ message }: { message: Message }, request: Request & { sender: Party | null }) {
    const { from, body: schema, handle } = message
    const { sender } = request
    if (from !== "anyone" && !sender) throw new Fault("message.unproven")
    const member = from === "member" && sender ? await findMember(sender.did, request.us) : null
    if (from === "member" && !member) throw new Fault("registration.unknown", { args: [sender?.did ?? "?"] })
    const body = v.safeParse(schema, request.body, { abortEarly: true })
    if (!body.success) throw new Fault("message.malformed", { detail: body.issues[0].message })
    // The checks above are what makes the handler's narrower view of the request true.
    const admitted = { ...request, body: body.output, member } as Parameters<Handler>[0]
    return () => handle(admitted)
  }

  return { find, admit }
}

function key(type: string): string | null {
  const parts = MESSAGE_TYPE.exec(type)
  if (!parts) return null
  const [, place = "", protocol = "", major = "", name = ""] = parts
  return `${place}${plainName(protocol)}/${Number(major)}/${plainName(name)}`
}
