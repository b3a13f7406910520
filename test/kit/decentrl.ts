/**
 * A Decentrl client in one file, for browsers, Bun, Deno and Node: Web Crypto and fetch, nothing else. It shares no code
 * with the mediator, so that the tests in which they talk hold one against the other.
 */

// -- texts and keys ----------------------------------------------------------------------------------------------------

export type Json = null | boolean | number | string | readonly Json[] | { readonly [member: string]: Json }
type Bytes = Uint8Array<ArrayBuffer>

const utf8 = (text: string): Bytes => new TextEncoder().encode(text)
export const toBase64 = (bytes: Bytes): string => btoa(String.fromCharCode(...bytes))
const fromBase64 = (text: string): Bytes =>
  Uint8Array.from(atob(text.replaceAll("-", "+").replaceAll("_", "/")), (c) => c.charCodeAt(0))
const unpadded = (text: string): string =>
  toBase64(utf8(text)).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "")

/** The one text of a value that is signed: members sorted at every level, no spaces. */
export function canonical(value: Json): string {
  if (value === null || typeof value !== "object") return JSON.stringify(value)
  if (Array.isArray(value)) return `[${value.map(canonical).join(",")}]`
  const members = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1))
  return `{${members.map(([name, inner]) => `${JSON.stringify(name)}:${canonical(inner)}`).join(",")}}`
}

const ALPHABET = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
const codecs = { Ed25519: [0xed, 0x01], X25519: [0xec, 0x01] } as const
type Curve = keyof typeof codecs

/** `z6Mk…` or `z6LS…`: multibase base58btc of the multicodec and the raw key. None of ours begins with a zero byte. */
function multikey(curve: Curve, raw: Bytes): string {
  let number = [...codecs[curve], ...raw].reduce((sum, byte) => sum * 256n + BigInt(byte), 0n)
  let text = ""
  for (; number > 0n; number /= 58n) text = ALPHABET[Number(number % 58n)] + text
  return `z${text}`
}

function rawKey(curve: Curve, text: string): Bytes {
  const number = [...text.slice(1)].reduce((sum, c) => sum * 58n + BigInt(ALPHABET.indexOf(c)), 0n)
  const bytes = Uint8Array.from(number.toString(16).match(/../g) ?? [], (pair) => Number.parseInt(pair, 16))
  const [first, second] = codecs[curve]
  if (bytes.length !== 34 || bytes[0] !== first || bytes[1] !== second) throw new Error(`no ${curve} key: ${text}`)
  return bytes.slice(2)
}

type Pair = { readonly privateKey: CryptoKey; readonly multikey: string }

async function keyPair(curve: Curve): Promise<Pair> {
  const usages = curve === "Ed25519" ? (["sign", "verify"] as const) : (["deriveBits"] as const)
  const { privateKey, publicKey } = (await crypto.subtle.generateKey(curve, true, [...usages])) as CryptoKeyPair
  return { privateKey, multikey: multikey(curve, new Uint8Array(await crypto.subtle.exportKey("raw", publicKey))) }
}

export const sign = async (key: CryptoKey, value: Json): Promise<string> =>
  toBase64(new Uint8Array(await crypto.subtle.sign("Ed25519", key, utf8(canonical(value)))))

async function verify(signingKey: string, value: Json, signature: string): Promise<boolean> {
  const key = await crypto.subtle.importKey("raw", rawKey("Ed25519", signingKey), "Ed25519", false, ["verify"])
  return crypto.subtle.verify("Ed25519", key, fromBase64(signature), utf8(canonical(value)))
}

/** AES-256-GCM under the raw X25519 output; what travels is base64 of nonce, ciphertext and tag. */
async function secret(own: CryptoKey, theirs: string, usage: "encrypt" | "decrypt"): Promise<CryptoKey> {
  const other = await crypto.subtle.importKey("raw", rawKey("X25519", theirs), "X25519", false, [])
  const bits = await crypto.subtle.deriveBits({ name: "X25519", public: other }, own, 256)
  return crypto.subtle.importKey("raw", bits, "AES-GCM", false, [usage])
}

export async function seal(own: CryptoKey, theirs: string, text: string): Promise<string> {
  const iv = crypto.getRandomValues(new Uint8Array(12))
  const key = await secret(own, theirs, "encrypt")
  const sealed = new Uint8Array(await crypto.subtle.encrypt({ name: "AES-GCM", iv }, key, utf8(text)))
  return toBase64(Uint8Array.of(...iv, ...sealed))
}

export async function open(own: CryptoKey, theirs: string, sealed: string): Promise<string> {
  const bytes = fromBase64(sealed)
  const key = await secret(own, theirs, "decrypt")
  const opened = await crypto.subtle.decrypt({ name: "AES-GCM", iv: bytes.slice(0, 12) }, key, bytes.slice(12))
  return new TextDecoder().decode(opened)
}

// -- identities --------------------------------------------------------------------------------------------------------

/** A mediator: its DID, its two keys, and where it listens. */
export type MediatorKeys = {
  readonly url: string
  readonly did: string
  readonly signingKeyId: string
  readonly signingKey: string
  readonly preKey: string
}

/** Who a mediator is. Its did:web where it has one, else its did:peer:2, whose keys are in the DID itself. */
export async function meet(url: string): Promise<MediatorKeys> {
  const response = await fetch(`${url}/did`, { headers: { Accept: "application/json" } })
  const { did, dids } = (await response.json()) as { did: string; dids: string[] }
  const web = dids.find((name) => name.startsWith("did:web:"))
  if (web === undefined) {
    const [, preKey = "", signingKey = ""] = /^did:peer:2\.E(z6LS\w+)\.V(z6Mk\w+)/.exec(did) ?? []
    return { url, did, signingKeyId: `${did}#key-2`, signingKey, preKey }
  }
  const document = (await (await fetch(`${url}/.well-known/did.json`)).json()) as {
    verificationMethod: { id: string; publicKeyJwk: { x: string } }[]
  }
  const keyOf = (curve: Curve, id: string) => {
    const method = document.verificationMethod.find((one) => one.id === `${web}#${id}`)
    return multikey(curve, fromBase64(method?.publicKeyJwk.x ?? ""))
  }
  const signingKey = keyOf("Ed25519", "signing")
  return { url, did: web, signingKeyId: `${web}#signing`, signingKey, preKey: keyOf("X25519", "pre-key") }
}

export type Identity = { readonly did: string; readonly signing: Pair; readonly preKey: Pair }

/** did:decentrl:{alias}:{signing key}:{pre-key}:{mediator's DID} */
export async function createIdentity(alias: string, mediatorDid: string): Promise<Identity> {
  const [signing, preKey] = await Promise.all([keyPair("Ed25519"), keyPair("X25519")])
  const did = ["did:decentrl", unpadded(alias), signing.multikey, preKey.multikey, unpadded(mediatorDid)].join(":")
  return { did, signing, preKey }
}

const signingKeyOf = (did: string): string => did.split(":")[3] ?? ""
const preKeyOf = (did: string): string => did.split(":")[4] ?? ""

// -- contracts ---------------------------------------------------------------------------------------------------------

export type Terms = {
  readonly requestor_did: string
  readonly requestor_signing_key_id: string
  readonly requestor_ephemeral_public_key: string
  readonly recipient_did: string
  /** Unix seconds. */
  readonly expires_at: number
}
export type Offer = Terms & { readonly requestor_signature: string }
export type Contract = Offer & {
  readonly recipient_signing_key_id: string
  readonly recipient_ephemeral_public_key: string
  readonly recipient_signature: string
}

const HOUR_S = 3_600
export const inAnHour = (): number => Math.floor(Date.now() / 1000) + HOUR_S

/** What one identity offers another, and the private key that the contract's secret will need. */
export async function makeOffer(from: Identity, to: string, expires_at = inAnHour()) {
  const ephemeral = await keyPair("X25519")
  const terms = {
    requestor_did: from.did,
    requestor_signing_key_id: `${from.did}#signing`,
    requestor_ephemeral_public_key: ephemeral.multikey,
    recipient_did: to,
    expires_at,
  }
  const offer: Offer = { ...terms, requestor_signature: await sign(from.signing.privateKey, terms) }
  return { offer, ephemeral }
}

/** The offer as it travels: only the owner of the pre-key can read it. */
export const sealOffer = async (offer: Offer, ephemeral: Pair, preKey: string, extra = {}) => ({
  requestor_ephemeral_public_key: ephemeral.multikey,
  encrypted_contract_request: await seal(ephemeral.privateKey, preKey, JSON.stringify({ ...offer, ...extra })),
})

export async function acceptOffer(by: Identity, offer: Offer) {
  const ephemeral = await keyPair("X25519")
  const answered = {
    ...offer,
    recipient_signing_key_id: `${by.did}#signing`,
    recipient_ephemeral_public_key: ephemeral.multikey,
  }
  const contract: Contract = { ...answered, recipient_signature: await sign(by.signing.privateKey, answered) }
  return { contract, ephemeral }
}

/** Whether both parties signed; the recipient's key must be given where its DID does not say it. */
export async function isGenuine(contract: Contract, recipientKey = signingKeyOf(contract.recipient_did)) {
  const { recipient_signature, ...answered } = contract
  const { recipient_signing_key_id: _, recipient_ephemeral_public_key: __, requestor_signature, ...terms } = answered
  const requestorKey = signingKeyOf(contract.requestor_did)
  return (
    (await verify(requestorKey, terms, requestor_signature)) &&
    (await verify(recipientKey, answered, recipient_signature))
  )
}

/** Lower-case hex SHA-256 of what was agreed. */
export async function contractId({ requestor_signature: _, recipient_signature: __, ...agreed }: Contract) {
  const hash = new Uint8Array(await crypto.subtle.digest("SHA-256", utf8(canonical(agreed))))
  return [...hash].map((byte) => byte.toString(16).padStart(2, "0")).join("")
}

// -- commands ----------------------------------------------------------------------------------------------------------

export type Channel = "DIRECT_AUTHENTICATED" | "TWO_WAY_PRIVATE" | "ONE_WAY_PUBLIC"
export type Fields = { readonly [member: string]: Json }
export type Answer = {
  readonly status: number
  readonly type: string
  readonly code?: string
  readonly payload: Fields
}

/** A signed command. `header` replaces what would stand there. */
export async function command(from: Identity, channel: Channel, to: string, payload: Fields, header: Fields = {}) {
  const signed = {
    header: {
      channel,
      sender_did: from.did,
      sender_signing_key_id: `${from.did}#signing`,
      recipient_did: to,
      timestamp: Date.now(),
      nonce: crypto.randomUUID(),
      ...header,
    },
    payload,
  }
  return { ...signed, signature: await sign(from.signing.privateKey, signed) }
}

export async function post(url: string, given: Json | string): Promise<Answer> {
  const body = typeof given === "string" ? given : JSON.stringify(given)
  const headers = { "Content-Type": "application/json" }
  const response = await fetch(`${url}/decentrl`, { method: "POST", body, headers })
  return { ...((await response.json()) as Omit<Answer, "status">), status: response.status }
}

export type Client = Awaited<ReturnType<typeof createClient>>

/** An identity with its home mediator. Contracts' private keys are the application's to keep; this one forgets them. */
export async function createClient(home: MediatorKeys, alias: string) {
  const self = await createIdentity(alias, home.did)

  /** A command to a mediator: the home one unless said otherwise. */
  const ask = async (type: string, fields: Fields = {}, at = home) =>
    post(at.url, await command(self, "DIRECT_AUTHENTICATED", at.did, { type, ...fields }))

  /** A command about somebody who lives at `at`. */
  const tell = async (to: string, type: string, fields: Fields, at: MediatorKeys) =>
    post(at.url, await command(self, "DIRECT_AUTHENTICATED", to, { type, ...fields }))

  async function register(expiresAt = inAnHour(), extra: Fields = {}): Promise<Answer> {
    const { offer, ephemeral } = await makeOffer(self, home.did, expiresAt)
    return ask("REQUEST_COMMUNICATION_CONTRACT", await sealOffer(offer, ephemeral, home.preKey, extra))
  }

  async function requestContract(to: string, at: MediatorKeys, expiresAt = inAnHour()): Promise<Answer> {
    const { offer, ephemeral } = await makeOffer(self, to, expiresAt)
    return tell(to, "REQUEST_COMMUNICATION_CONTRACT", await sealOffer(offer, ephemeral, preKeyOf(to)), at)
  }

  /** Reads one waiting request, signs it, keeps the contract at home, and hands it to the other's mediator. */
  async function acceptRequest(request: Fields, theirs: MediatorKeys): Promise<Contract> {
    const [key, sealed] = [request.requestor_ephemeral_public_key, request.encrypted_contract_request].map(String)
    const offer: Offer = JSON.parse(await open(self.preKey.privateKey, key ?? "", sealed ?? ""))
    const { contract } = await acceptOffer(self, offer)
    await ask("SAVE_COMMUNICATION_CONTRACT", { contract })
    await tell(offer.requestor_did, "COMMUNICATION_CONTRACT_RESPONSE", { contract }, theirs)
    return contract
  }

  const send = async (to: string, text: string, at: MediatorKeys) =>
    post(at.url, await command(self, "TWO_WAY_PRIVATE", to, { payload: text }))

  async function publish(channel_id: string, event: string, tags: readonly string[]): Promise<Answer> {
    const shown = { channel_id, event, tags, timestamp: Math.floor(Date.now() / 1000) }
    const event_signature = await sign(self.signing.privateKey, shown)
    const payload = { type: "PUBLISH_PUBLIC_EVENT", ...shown, event_signature }
    return post(home.url, await command(self, "ONE_WAY_PUBLIC", home.did, payload))
  }

  /** Every item of a list, page after page. */
  async function all(type: string, list: string, fields: Fields = {}, limit = 50): Promise<Fields[]> {
    const items: Fields[] = []
    for (let cursor: Json = null; ; ) {
      const { payload } = await ask(type, { ...fields, pagination: { limit, cursor } })
      items.push(...(payload[list] as readonly Fields[]))
      cursor = (payload.pagination as Fields).next_cursor ?? null
      if (cursor === null) return items
    }
  }

  /** The first frame on a WebSocket to `${url}/decentrl`. */
  async function authenticate(fields: Fields = {}): Promise<Fields> {
    const frame = {
      type: "AUTHENTICATE",
      did: self.did,
      signing_key_id: `${self.did}#signing`,
      timestamp: Date.now(),
      nonce: crypto.randomUUID(),
      ...fields,
    }
    return { ...frame, signature: await sign(self.signing.privateKey, frame) }
  }

  return { ...self, home, ask, tell, register, requestContract, acceptRequest, send, publish, all, authenticate }
}
