/** How a wallet asks a mediator, wherever that runs. */

import { coordination3 } from "./protocols.ts"
import { createResident, type Draft, encrypted, type Resident } from "./resident.ts"

export type Place = { readonly url: string; readonly did: string }

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
