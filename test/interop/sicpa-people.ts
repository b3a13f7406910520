/** People for the interoperability tests: wallets on SICPA's library that talk to a mediator over HTTP. */

import { randomUUID } from "node:crypto"
import type { Executable } from "../kit/executable.ts"
import { type KeyIds, mediatedBy } from "../kit/peer-did.ts"
import { type Draft, type Plaintext, type SicpaWallet, sicpaWallet } from "../kit/sicpa.ts"

export const coordinate2 = "https://didcomm.org/coordinate-mediation/2.0"
export const coordinate3 = "https://didcomm.org/coordinate-mediation/3.0"
export const pickup3 = "https://didcomm.org/messagepickup/3.0"
export const problemReport = "https://didcomm.org/report-problem/2.0/problem-report"

export type Person = {
  readonly wallet: SicpaWallet
  readonly did: string
  readonly keyIds: KeyIds
  /** Asks the mediator over HTTP with return_route; throws unless an answer of this thread, for this person, comes back. */
  ask(type: string, body?: Record<string, unknown>): Promise<Plaintext>
  /** The same for a message that has no answer: resolves with the response. */
  tell(type: string, body?: Record<string, unknown>, extra?: Partial<Draft>): Promise<{ status: number; text: string }>
  /** What waits, oldest first (at most 100). */
  waiting(): Promise<Waiting[]>
  /** How many messages wait. */
  count(): Promise<number>
  acknowledge(ids: readonly string[]): Promise<Plaintext>
}

export type Waiting = {
  readonly id: string
  /** The message as it was forwarded. */
  readonly packed: string
  readonly content: unknown
}

/** Somebody with a wallet and no mailbox. */
export async function stranger(mediator: Executable, keyIds: KeyIds): Promise<Person> {
  const wallet = await sicpaWallet({ mediatorDid: mediator.did, keyIds, service: mediatedBy(mediator.did) })

  const ask: Person["ask"] = async (type, body = {}) => {
    const id = randomUUID()
    const reply = await wallet.request(mediator.url, { id, type, body, return_route: "all" })
    if (reply === null) throw new Error(`no answer to ${type}`)
    checkReply(reply, id, wallet.did)
    return reply
  }

  const waiting: Person["waiting"] = async () => {
    const reply = await ask(`${pickup3}/delivery-request`, { limit: 100 })
    return reply.type === `${pickup3}/delivery` ? opened(wallet, reply) : []
  }

  return {
    wallet,
    did: wallet.did,
    keyIds,
    ask,
    tell: async (type, body = {}, extra = {}) => {
      const packed = await wallet.pack({ type, body, return_route: "all", ...extra })
      return wallet.post(mediator.url, packed)
    },
    waiting,
    count: async () => Number((await ask(`${pickup3}/status-request`)).body.message_count),
    acknowledge: (ids) => ask(`${pickup3}/messages-received`, { message_id_list: ids }),
  }
}

/** Somebody with a mailbox who is reached under their own DID. */
export async function resident(mediator: Executable, keyIds: KeyIds): Promise<Person> {
  const person = await stranger(mediator, keyIds)
  const grant = await person.ask(`${coordinate2}/mediate-request`)
  if (grant.type !== `${coordinate2}/mediate-grant`) throw new Error(`not granted: ${JSON.stringify(grant)}`)
  await person.ask(`${coordinate2}/keylist-update`, { updates: [{ recipient_did: person.did, action: "add" }] })
  return person
}

/** An answer belongs to the thread of its question; a problem report opens its own under it. */
export function checkReply(reply: Plaintext, asked: string, did: string): void {
  const thread = reply.type === problemReport ? reply.pthid : reply.thid
  if (thread !== asked) throw new Error(`an answer to ${thread}, not to ${asked}: ${JSON.stringify(reply)}`)
  if (reply.to?.length !== 1 || reply.to[0] !== did) throw new Error(`an answer to ${reply.to}`)
}

/** The messages in a delivery, opened by the wallet they were written to. */
export function opened(wallet: SicpaWallet, delivery: Plaintext): Promise<Waiting[]> {
  return Promise.all(
    (delivery.attachments ?? []).map(async ({ id = "", data }) => {
      if (!("base64" in data)) throw new Error(`an attachment without base64: ${JSON.stringify(data)}`)
      const packed = Buffer.from(data.base64, "base64url").toString()
      const { message } = await wallet.unpack(packed)
      return { id, packed, content: message.body.content }
    }),
  )
}
