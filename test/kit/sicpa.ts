/** A wallet on SICPA's DIDComm library (WASM): an implementation of the envelopes that shares no line with the mediator's. */

import { randomUUID } from "node:crypto"
import { type DIDDoc, type IMessage, Message, type Secret } from "didcomm-node"
import { type KeyIds, keyId, mintPeerDid, type PeerDid, type PeerService, readPeerDid } from "./peer-did.ts"

export type Plaintext = IMessage & { readonly body: Record<string, unknown> }
/** A message to be: `id`, `typ`, `from`, `to` and `created_time` are filled in where they are not given. */
export type Draft = Partial<IMessage> & { readonly type: string }
export type Posted = { readonly status: number; readonly mediaType: string | null; readonly text: string }

/** A message as it was read, with what its envelope said. */
export type Opened = {
  readonly message: Plaintext
  /** The DID URL of the key that sealed it; null for anoncrypt. */
  readonly sealedBy: string | null
  readonly sealedFor: readonly string[]
  readonly signedBy: string | null
}

export type SicpaSocket = AsyncDisposable & {
  send(packed: string): void
  /** The next text frame; throws after `timeoutMs`, on a binary frame and on a closed socket. */
  next(timeoutMs?: number): Promise<string>
  /** True when nothing comes within `ms`. */
  quiet(ms: number): Promise<boolean>
  close(): Promise<void>
}

export type SicpaWallet = {
  readonly did: string
  /** Seals for the mediator, or for `to`; authcrypt unless `anon`. */
  pack(message: Draft, options?: { anon?: boolean; to?: string }): Promise<string>
  /** Throws when it cannot be opened. */
  unpack(text: string): Promise<Opened>
  post(url: string, packed: string): Promise<Posted>
  /** Asks the mediator by authcrypt over HTTP; null for a 2xx with an empty body. Throws on other statuses and forged replies. */
  request(url: string, message: Draft): Promise<Plaintext | null>
  /** A routing/2.0 forward of a packed message; the envelope is anoncrypt unless `auth`. Not sent yet. */
  packForward(next: string, inner: string, options?: ForwardOptions): Promise<string>
  forward(url: string, next: string, inner: string, options?: ForwardOptions): Promise<Posted>
  /** Seals `content` as a basic message to another wallet: what goes into a forward. */
  letter(to: string, content: string): Promise<string>
  socket(wsUrl: string): Promise<SicpaSocket>
}

export type ForwardOptions = { auth?: boolean; base64?: boolean; extra?: Record<string, unknown> }

export const encrypted = "application/didcomm-encrypted+json"

/** Every did:peer:2 as SICPA's document, its keys spelled in each of `spellings`. No services: routing is done by hand. */
function documentOf(peer: PeerDid, spellings: readonly KeyIds[]): DIDDoc {
  const methods = spellings.flatMap((spelling) =>
    peer.keys.map((key, index) => ({
      id: keyId(peer, index, spelling),
      type: "JsonWebKey2020",
      controller: peer.did,
      publicKeyJwk: { kty: key.jwk.kty, crv: key.jwk.crv, x: key.jwk.x },
      purpose: key.purpose,
    })),
  )
  const idsFor = (purpose: string) => methods.filter((method) => method.purpose === purpose).map(({ id }) => id)
  return {
    id: peer.did,
    keyAgreement: idsFor("E"),
    authentication: idsFor("V"),
    verificationMethod: methods.map(({ purpose: _, ...method }) => method),
    service: [],
  }
}

const resolverFor = (spellings: readonly KeyIds[]) => ({
  resolve: async (did: string) => (did.startsWith("did:peer:2") ? documentOf(readPeerDid(did), spellings) : null),
})

function secretsOf(peer: PeerDid, spellings: readonly KeyIds[]) {
  const secrets: Secret[] = spellings.flatMap((spelling) =>
    peer.keys.map((key, index) => ({
      id: keyId(peer, index, spelling),
      type: "JsonWebKey2020",
      privateKeyJwk: key.jwk,
    })),
  )
  const ids = new Set(secrets.map(({ id }) => id))
  return {
    get_secret: async (wanted: string) => secrets.find(({ id }) => id === wanted) ?? null,
    find_secrets: async (wanted: string[]) => wanted.filter((id) => ids.has(id)),
  }
}

/**
 * Mints a wallet. `keyIds` is how it spells its own keys and the mediator's in what it writes AND the only spelling it
 * can read: a library of that age knows no other. `service` is abbreviated (`t`, `s`, …).
 */
export async function sicpaWallet(options: {
  mediatorDid: string
  keyIds: KeyIds
  service?: PeerService
}): Promise<SicpaWallet> {
  const { mediatorDid, keyIds } = options
  const self = mintPeerDid(options.service ? [options.service] : [])
  const resolver = resolverFor([keyIds])
  const secrets = secretsOf(self, [keyIds])

  const pack: SicpaWallet["pack"] = async (draft, { anon = false, to = mediatorDid } = {}) => {
    const message = new Message({
      id: randomUUID(),
      typ: "application/didcomm-plain+json",
      body: {},
      to: [to],
      created_time: Math.floor(Date.now() / 1000),
      ...(anon ? {} : { from: self.did }),
      ...draft,
    })
    const sealing = { forward: false, enc_alg_anon: "A256cbcHs512EcdhEsA256kw" } as const
    const [packed] = await message.pack_encrypted(to, anon ? null : self.did, null, resolver, secrets, sealing)
    return packed
  }

  const unpack: SicpaWallet["unpack"] = async (text) => {
    const [message, seen] = await Message.unpack(text, resolver, secrets, {})
    return {
      message: message.as_value() as Plaintext,
      sealedBy: seen.encrypted_from_kid ?? null,
      sealedFor: seen.encrypted_to_kids ?? [],
      signedBy: seen.sign_from ?? null,
    }
  }

  const post: SicpaWallet["post"] = async (url, packed) => {
    const response = await fetch(url, { method: "POST", headers: { "Content-Type": encrypted }, body: packed })
    return {
      status: response.status,
      mediaType: response.headers.get("Content-Type"),
      text: await response.text(),
    }
  }

  const request: SicpaWallet["request"] = async (url, draft) => {
    const posted = await post(url, await pack(draft))
    if (posted.status < 200 || posted.status > 299) throw new Error(`status ${posted.status}: ${posted.text}`)
    if (posted.text === "") return null
    if (posted.mediaType !== encrypted) throw new Error(`a reply of type ${posted.mediaType}`)
    const { message, sealedBy } = await unpack(posted.text)
    if (!sealedBy?.startsWith(`${mediatorDid}#`)) throw new Error(`a reply sealed by ${sealedBy}`)
    if (message.from !== mediatorDid) throw new Error(`a reply from ${message.from}`)
    return message
  }

  const packForward: SicpaWallet["packForward"] = async (next, inner, { auth = false, base64 = false, extra } = {}) => {
    const content = base64
      ? { base64: Buffer.from(inner).toString("base64url") }
      : { json: JSON.parse(inner) as unknown }
    return pack(
      {
        type: "https://didcomm.org/routing/2.0/forward",
        body: { next },
        attachments: [{ id: randomUUID(), media_type: encrypted, data: content }],
        ...extra,
      },
      { anon: !auth },
    )
  }

  return {
    did: self.did,
    pack,
    unpack,
    post,
    request,
    packForward,
    forward: async (url, next, inner, forwarding) => post(url, await packForward(next, inner, forwarding)),
    letter: (to, content) => pack({ type: "https://didcomm.org/basicmessage/2.0/message", body: { content } }, { to }),
    socket: openSocket,
  }
}

async function openSocket(wsUrl: string): Promise<SicpaSocket> {
  const socket = new WebSocket(wsUrl)
  const frames: unknown[] = []
  let arrived = Promise.withResolvers<void>()
  socket.addEventListener("message", ({ data }) => {
    frames.push(data)
    arrived.resolve()
  })
  const closed = new Promise<void>((resolve) => socket.addEventListener("close", () => resolve(), { once: true }))
  await new Promise<void>((resolve, reject) => {
    socket.addEventListener("open", () => resolve(), { once: true })
    socket.addEventListener("error", () => reject(new Error(`no WebSocket at ${wsUrl}`)), { once: true })
  })

  const quiet = async (ms: number): Promise<boolean> => {
    if (frames.length > 0) return false
    arrived = Promise.withResolvers<void>()
    await Promise.race([arrived.promise, closed, Bun.sleep(ms)])
    return frames.length === 0
  }
  const close = async (): Promise<void> => {
    socket.close()
    await closed
  }
  return {
    send: (packed) => socket.send(packed),
    next: async (timeoutMs = 5_000) => {
      if (await quiet(timeoutMs)) throw new Error(`no frame within ${timeoutMs} ms (or the socket was closed)`)
      const frame = frames.shift()
      if (typeof frame !== "string") throw new Error("a binary frame")
      return frame
    },
    quiet,
    close,
    [Symbol.asyncDispose]: close,
  }
}
