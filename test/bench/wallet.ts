/** The wallets of the bench: their keys can be handed to another process, and their messages are made before the clock starts. */

import { randomBytes, randomUUID } from "node:crypto"
import { toUtf8 } from "../../src/base/bytes.ts"
import { type JsonObject, parseObject } from "../../src/base/json.ts"
import { openJwe, parseJwe, sealJwe } from "../../src/crypto/jwe.ts"
import {
  generatePrivateKey,
  importPrivateKey,
  type PrivateJwk,
  type PrivateKey,
  type PublicKey,
  publicHalf,
  toMultikey,
} from "../../src/crypto/keys.ts"
import { encodePeer2 } from "../../src/did/peer.ts"

/** A wallet as it travels between processes. */
export type Purse = { readonly did: string; readonly agreement: PrivateJwk }

/** The mediator as a wallet sees it: the key to seal for. */
export type Post = { readonly did: string; readonly kid: string; readonly key: PublicKey }

export type Wallet = ReturnType<typeof openWallet>

export type Draft = { readonly type: string; readonly [member: string]: unknown }

export const MEDIA_TYPE = "application/didcomm-encrypted+json"
export const FORWARD = "https://didcomm.org/routing/2.0/forward"
export const COORDINATION = "https://didcomm.org/coordinate-mediation/2.0"
export const PICKUP = "https://didcomm.org/messagepickup/3.0"

export function mintPurse(): Purse {
  const agreement = generatePrivateKey("X25519")
  const signing = generatePrivateKey("Ed25519")
  const keys = [
    ["E", toMultikey(publicHalf(agreement).jwk)],
    ["V", toMultikey(publicHalf(signing).jwk)],
  ] as const
  return { did: encodePeer2(keys, []), agreement: agreement.jwk }
}

export function openWallet({ did, agreement }: Purse) {
  const key = keyOf(agreement)
  const kid = `${did}#key-1`

  /** The message that `draft` says, sealed for the mediator so that it proves who sent it. */
  const seal = (draft: Draft, to: Post) => {
    const message = { ...plaintext(to), from: did, return_route: "all", ...draft }
    return sealJwe(toUtf8(JSON.stringify(message)), { recipients: [to], sender: { kid, key } })
  }

  async function open(text: string, from: Post): Promise<JsonObject & { type: string; body: JsonObject }> {
    const object = parseObject(text)
    if (!object) throw new Error(`not an envelope: ${text.slice(0, 80)}`)
    const jwe = parseJwe(object)
    const mine = jwe.recipients.find((recipient) => recipient.kid.startsWith(`${did}#`))
    return JSON.parse(new TextDecoder().decode(await openJwe(jwe, { kid: mine?.kid ?? kid, key }, from.key)))
  }

  return { did, kid, seal, open }
}

function keyOf(agreement: PrivateJwk): PrivateKey {
  const key = importPrivateKey(agreement)
  if (!key) throw new Error("not a wallet's key")
  return key
}

const plaintext = ({ did }: Post) => ({
  id: randomUUID(),
  typ: "application/didcomm-plain+json",
  to: [did],
  created_time: Math.floor(Date.now() / 1000),
  body: {},
})

/** A forward to `next`, sealed for the mediator: anonymous, or by `sender`. */
export async function forwardTo(next: string, mediator: Post, sender: Wallet | null): Promise<string> {
  const attachments = [{ id: "1", media_type: MEDIA_TYPE, data: { json: letterTo(next) } }]
  const draft = { type: FORWARD, body: { next }, attachments }
  if (sender) return sender.seal(draft, mediator)
  return sealJwe(toUtf8(JSON.stringify({ ...plaintext(mediator), ...draft })), { recipients: [mediator] })
}

/**
 * What a short authcrypt message for `next` looks like from outside, about 1.5 KB: whoever holds no key cannot tell it
 * from a real one, and it need not be sealed. Each is another, because a mediator may drop what it has seen before.
 */
export const letterTo = (next: string) => ({
  protected: randomBytes(540).toString("base64url"),
  recipients: [{ header: { kid: `${next}#key-1` }, encrypted_key: randomBytes(72).toString("base64url") }],
  iv: randomBytes(16).toString("base64url"),
  ciphertext: randomBytes(320).toString("base64url"),
  tag: randomBytes(32).toString("base64url"),
})
