/** A thread for the cryptography of envelopes and commands. An entry point of its own in a build. */

import { LRUCache } from "lru-cache"
import { bounded } from "../../base/bounded.ts"
import { fromAnyBase64, toUtf8 } from "../../base/bytes.ts"
import { SIGNATURE_SIZE, signatureAlgorithms } from "../../crypto/algorithms.ts"
import {
  importPrivateKey,
  importPublicKey,
  type PrivateJwk,
  type PrivateKey,
  type PublicJwk,
  type PublicKey,
} from "../../crypto/keys.ts"
import type { Purpose } from "../../did/document.ts"
import { createJose, notUtf8, type Opened } from "../../didcomm/jose.ts"
import { Fault } from "../../faults.ts"
import { type Chutes, createLine, type Line, type Mail } from "./line.ts"

/** Keys of so many senders: as many as the resolver keeps documents of. */
const REMEMBERED = 2_000

/** What this thread asks the one that started it for. */
export type Asked = {
  ours(kid: string): PrivateJwk | null
  theirs(given: { readonly purpose: Purpose; readonly kid: string }): Promise<PublicJwk>
}

export type JoseActs = typeof acts

declare const self: Worker

let line: Line<Asked>

const own = new Map<string, PrivateKey>()
// By what they are, and not by whose: a secret of two static keys is kept for as long as both are.
const publicKeys = new LRUCache<string, PublicKey>(bounded(REMEMBERED))
// By whose: those that never become others, because the DID itself says what they are.
const lasting = new LRUCache<string, PublicKey>(bounded(REMEMBERED))
const CARRIES_ITS_KEYS = /^did:(?:key|jwk|peer):/

async function ours(kid: string): Promise<PrivateKey | null> {
  const known = own.get(kid)
  if (known) return known
  const key = importPrivateKey(await line.call("ours", kid))
  if (key) own.set(kid, key)
  return key
}

async function theirs(purpose: Purpose, kid: string): Promise<PublicKey> {
  const name = `${purpose} ${kid}`
  const known = lasting.get(name)
  if (known) return known
  const key = imported(await line.call("theirs", { purpose, kid }))
  if (CARRIES_ITS_KEYS.test(kid)) lasting.set(name, key)
  return key
}

function imported(jwk: PublicJwk): PublicKey {
  const name = `${jwk.crv} ${jwk.x} ${jwk.y}`
  const known = publicKeys.get(name) ?? importPublicKey(jwk)
  if (!known) throw new Fault("internal", { detail: "a key that was imported before" })
  publicKeys.set(name, known)
  return known
}

const { open, seal } = createJose({ ours, theirs })

const acts = {
  open({ text }: { text: string | null }): Promise<Opened> {
    if (text === null) throw notUtf8()
    return open(text)
  },
  seal: async ({ text, to, by }: { text: string; to: { kid: string; jwk: PublicJwk }; by: string }) => ({
    text: await seal(text, { kid: to.kid, key: imported(to.jwk) }, by),
  }),
  /** Whether this Ed25519 key made the signature. */
  verify({ jwk, text, signature }: { jwk: PublicJwk; text: string; signature: string }): boolean {
    const bytes = fromAnyBase64(signature)
    if (bytes?.byteLength !== SIGNATURE_SIZE) return false
    return signatureAlgorithms.EdDSA.verify(imported(jwk), toUtf8(text), bytes)
  },
  /** Our keys may have been replaced. */
  forget: (_: null): void => own.clear(),
}

// What comes first is what this end needs to read the rest.
self.onmessage = ({ data: { there, back } }: MessageEvent<Chutes>) => {
  line = createLine<Asked>({ there: back, back: there }, (mail) => postMessage(mail), acts)
  self.onmessage = ({ data }: MessageEvent<Mail>) => line.take(data)
}
