/** Envelopes of every kind, honest or not, between wallets; and somebody who opens them. */

import { toUtf8 } from "../../src/base/bytes.ts"
import { didOf, sameDid } from "../../src/did/document.ts"
import type { Resolver } from "../../src/did/resolver.ts"
import { createEnvelopes } from "../../src/didcomm/envelope.ts"
import { offline } from "../did/offline.ts"
import { fakeClock } from "../kit/clock.ts"
import type { Resident } from "../kit/resident.ts"

/** Opens and seals as `reader` does, at `now` (epoch seconds). */
export function deskOf(
  reader: Resident,
  { now = 0, resolver = offline() }: { now?: number; resolver?: Resolver } = {},
) {
  const owns = (did: string) => sameDid(didOf(did), reader.did)
  const keys = { owns, agreement: (kid: string) => (owns(kid) ? reader.agreement : null) }
  const { open, seal } = createEnvelopes({ keys, resolver, clock: fakeClock(now * 1000) })
  return { open: (text: string) => open(toUtf8(text)), seal }
}

export type LayerKind = "anoncrypt" | "authcrypt" | "signed"

/** Puts `message` into layers, the outermost named first, each made by `from` for `to`. */
export async function wrap(
  layers: readonly LayerKind[],
  message: object | string,
  from: Resident,
  to: string,
): Promise<string> {
  const make = {
    anoncrypt: (text: string) => from.anon(text, to),
    authcrypt: (text: string) => from.auth(text, to),
    signed: (text: string) => from.sign(text),
  }
  let text = typeof message === "string" ? message : JSON.stringify(message)
  for (const kind of layers.toReversed()) text = await make[kind](text)
  return text
}
