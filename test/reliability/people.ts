/** Wallets that drive a running mediator over HTTP: what an operator's users do, and what each answer means. */

import { ask, type Place, post } from "../kit/asking.ts"
import { pickup3 } from "../kit/protocols.ts"
import { createResident, encrypted, type Resident } from "../kit/resident.ts"

export { ask, type Place, post, resident } from "../kit/asking.ts"

export type Letter = { readonly id: string; readonly bytes: string }
/** A message as the mediator hands it out: its own id, and the id that the sender wrote into the content. */
export type Delivered = { readonly id: string; readonly letter: string }

const stranger = createResident()

/** An anonymous forward. The sealed content is a stand-in that nobody opens; its ciphertext tells which one it is. */
export async function letter({ did }: Place, to: string, id: string, padding = 0): Promise<Letter> {
  const json = { protected: "e30", iv: "", tag: "", recipients: [], ciphertext: id, padding: "x".repeat(padding) }
  const message = {
    id: crypto.randomUUID(),
    type: "https://didcomm.org/routing/2.0/forward",
    to: [did],
    body: { next: to },
    attachments: [{ id: "1", media_type: encrypted, data: { json } }],
  }
  return { id, bytes: await stranger.anon(message, did) }
}

/** Whether the mediator took responsibility: any 2xx without a word. Undefined when no answer came. */
export async function isAccepted(url: string, bytes: string): Promise<boolean | undefined> {
  const response = await post(url, bytes).catch(() => undefined)
  const text = await response?.text().catch(() => undefined)
  return text === undefined ? undefined : response?.ok === true && text === ""
}

/** The oldest messages that wait, as many as one delivery holds. */
export async function fetchSome(place: Place, who: Resident, limit = 100): Promise<Delivered[]> {
  const answer = await ask(place, who, { type: `${pickup3}/delivery-request`, body: { limit } })
  return deliveredIn(answer)
}

export function deliveredIn(message: object): Delivered[] {
  const { attachments = [] } = message as { attachments?: { id: string; data: { base64: string } }[] }
  return attachments.map(({ id, data }) => ({
    id,
    letter: JSON.parse(Buffer.from(data.base64, "base64url").toString()).ciphertext,
  }))
}

/** Acknowledges, and says how many messages still wait. */
export async function acknowledge(place: Place, who: Resident, ids: readonly string[]): Promise<unknown> {
  const draft = { type: `${pickup3}/messages-received`, body: { message_id_list: ids } }
  return (await ask(place, who, draft)).body.message_count
}

export async function waiting(place: Place, who: Resident): Promise<unknown> {
  return (await ask(place, who, { type: `${pickup3}/status-request` })).body.message_count
}

/** Everything that waits, taken out. */
export async function takeAll(place: Place, who: Resident): Promise<Delivered[]> {
  const all: Delivered[] = []
  for (;;) {
    const some = await fetchSome(place, who)
    if (some.length === 0) return all
    all.push(...some)
    const ids = some.map(({ id }) => id)
    await acknowledge(place, who, ids)
  }
}
