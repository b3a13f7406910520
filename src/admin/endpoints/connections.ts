import * as v from "valibot"
import type { Accounts } from "../../mailbox/accounts.ts"
import type { AuditStore } from "../../mailbox/operator-ports.ts"
import { auditActor } from "../actor.ts"
import { endpoint } from "../endpoint.ts"
import { pagesOf } from "../list-file.ts"
import { after, amount, lanes, limit, listing, moment, search } from "../shapes.ts"

/** An open socket, and who has proved itself there. */
export type OpenConnection = {
  readonly id: string
  readonly lane: (typeof lanes)[number]
  /** Who came first; most sockets have one owner. */
  readonly did: string | null
  readonly dids: readonly string[]
  /** The client's. */
  readonly address: string
  readonly since: number
  readonly bufferedBytes: number
  /** Whether mail is pushed there. */
  readonly isLive: boolean
}

/** What the desk can do about sockets. */
export type Connections = {
  /** The oldest first. */
  list(): readonly OpenConnection[]
  /** How many sockets a DID has. */
  online(did: string): number
  /** Whether there was such a socket. */
  close(id: string): boolean
  /** How many sockets of the DID were closed. */
  disconnect(did: string): number
}

export const connection = v.object({
  id: v.string(),
  lane: v.picklist(lanes),
  did: v.nullable(v.string()),
  dids: v.array(v.string()),
  address: v.string(),
  since: moment,
  bufferedBytes: amount,
  isLive: v.boolean(),
})

const closed = v.object({ closed: amount })

export type ConnectionQuery = { readonly did?: string | undefined; readonly text?: string | undefined }

/** Of which DID the sockets are. */
export const whose = v.optional(v.pipe(v.string(), v.maxLength(2_048)))

/** Sockets of a DID, and those where the text is part of the client's address or of what is known of an owner. */
export function connectionFinder({ connections, accounts }: Pick<Ports, "connections" | "accounts">) {
  return async ({ did, text = "" }: ConnectionQuery): Promise<readonly OpenConnection[]> => {
    const all = connections.list().filter(({ dids }) => did === undefined || dids.includes(did))
    if (text === "") return all
    const words = text.toLowerCase()
    const says = ({ dids, address }: OpenConnection) =>
      [...dids, address].some((word) => word.toLowerCase().includes(words))
    const known = new Set<string>()
    // Labels are asked for only when DIDs do not decide it.
    if (!all.every((one) => one.did === null || says(one))) {
      for await (const page of pagesOf((place) => accounts.list({ text, ...place }))) {
        for (const { did } of page) known.add(did)
      }
    }
    return all.filter((one) => says(one) || one.dids.some((did) => known.has(did)))
  }
}

type Ports = {
  readonly connections: Connections
  readonly accounts: Pick<Accounts, "found" | "list">
  readonly store: Pick<AuditStore, "audit">
}

export const connectionEndpoints = ({ connections, accounts, store }: Ports) => [
  endpoint({
    method: "GET",
    path: "/connections",
    access: "read",
    summary: "Open sockets after a cursor, the oldest first; of one DID, where `did` is given.",
    query: v.strictObject({ did: whose, text: search, after, limit }),
    answer: listing(connection),
    async handle({ query: { after = "", limit, ...query } }) {
      const all = await connectionFinder({ connections, accounts })(query)
      // Ids rise with time: a page goes on behind its last one, even if that has gone since.
      const rest = all.filter(({ id }) => id > after)
      const items = rest.slice(0, limit)
      return { items, total: all.length, next: rest.length > limit ? (items.at(-1)?.id ?? null) : null }
    },
  }),
  endpoint({
    method: "DELETE",
    path: "/connections/:id",
    access: "registrations",
    summary: "Close a socket; its client may come back at once.",
    answer: closed,
    async handle(_, { param, caller }) {
      const found = connections.list().find(({ id }) => id === param("id"))
      if (!found || !connections.close(found.id)) return { closed: 0 }
      const subject = found.did ?? found.address
      await store.audit({ actor: auditActor(caller.actor), action: "connection.close", subject })
      return { closed: 1 }
    },
  }),
  endpoint({
    method: "POST",
    path: "/registrations/:did/disconnect",
    access: "registrations",
    summary: "Close all sockets of a registration; its wallets may come back at once.",
    answer: closed,
    async handle(_, { param, caller }) {
      const { did } = await accounts.found(param("did"))
      const count = connections.disconnect(did)
      if (count === 0) return { closed: 0 }
      const detail = `sockets ${count}`
      await store.audit({ actor: auditActor(caller.actor), action: "registration.disconnect", subject: did, detail })
      return { closed: count }
    },
  }),
]
