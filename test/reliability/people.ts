/** Wallets that drive a running mediator over HTTP: what an operator's users do, and what each answer means. */

import { coordination3, pickup3 } from "../kit/mediator.ts"
import { createResident, type Draft, encrypted, type Resident } from "../kit/resident.ts"

export type Place = { readonly url: string; readonly did: string }
export type Letter = { readonly id: string; readonly bytes: string }
/** A message as the mediator hands it out: its own id, and the id that the sender wrote into the content. */
export type Delivered = { readonly id: string; readonly letter: string }

export const post = (
  url: string,
  body: string | Uint8Array<ArrayBuffer> | ReadableStream,
  mediaType = encrypted,
): Promise<Response> => fetch(url, { method: "POST", body, headers: { "Content-Type": mediaType } })

/** Sends an authcrypted message with return_route all and opens the answer. Throws when there is none. */
export async function ask({ url, did }: Place, who: Resident, draft: Draft) {
  const response = await post(url, await who.auth(who.plaintext({ return_route: "all", ...draft }, did), did))
  const text = await response.text()
  if (text === "") throw new Error(`no answer to ${draft.type}: HTTP ${response.status}`)
  return who.open(text)
}

/** A wallet with a granted mailbox, registered under its own DID. */
export async function resident(place: Place): Promise<Resident> {
  const who = createResident()
  await ask(place, who, { type: `${coordination3}/mediate-request` })
  const updates = [{ recipient_did: who.did, action: "add" }]
  const { body } = await ask(place, who, { type: `${coordination3}/recipient-update`, body: { updates } })
  if (!JSON.stringify(body).includes("success")) throw new Error(`not registered: ${JSON.stringify(body)}`)
  return who
}

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
