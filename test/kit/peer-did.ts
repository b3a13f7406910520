/** did:peer:2 for the test wallets: written apart from the mediator's own code on purpose, so that each checks the other. */

import { generateKeyPairSync } from "node:crypto"

/** How a did:peer:2 names its keys: `#key-1` (the method today) or `#6LS…` (the key itself, older libraries). */
export type KeyIds = "key-n" | "multibase"

type OkpJwk = { kty: "OKP"; crv: "X25519" | "Ed25519"; x: string; d?: string }
export type PeerKey = { readonly purpose: string; readonly multibase: string; readonly jwk: OkpJwk }
export type PeerService = Record<string, unknown>
export type PeerDid = {
  readonly did: string
  readonly keys: readonly PeerKey[]
  readonly services: readonly PeerService[]
}

const alphabet = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
const codecs = { X25519: 0xec, Ed25519: 0xed } as const

/** Base58btc of bytes whose first is not zero, which holds for every multicodec key. */
function base58(bytes: Uint8Array): string {
  let number = BigInt(`0x${Buffer.from(bytes).toString("hex")}`)
  let text = ""
  for (; number > 0n; number /= 58n) text = alphabet.charAt(Number(number % 58n)) + text
  return text
}

function fromBase58(text: string): Uint8Array {
  let number = 0n
  for (const character of text) number = number * 58n + BigInt(alphabet.indexOf(character))
  return Buffer.from(number.toString(16), "hex")
}

function mintKey(purpose: "E" | "V"): PeerKey {
  const { privateKey } =
    purpose === "E"
      ? generateKeyPairSync("x25519", { privateKeyEncoding: { format: "jwk" }, publicKeyEncoding: { format: "jwk" } })
      : generateKeyPairSync("ed25519", { privateKeyEncoding: { format: "jwk" }, publicKeyEncoding: { format: "jwk" } })
  const jwk = privateKey as unknown as OkpJwk
  const bytes = Buffer.concat([Buffer.from([codecs[jwk.crv], 0x01]), Buffer.from(jwk.x, "base64url")])
  return { purpose, multibase: `z${base58(bytes)}`, jwk }
}

/** A fresh identity: key agreement first, then authentication, then the services (already abbreviated). */
export function mintPeerDid(services: readonly PeerService[] = []): PeerDid {
  const keys = [mintKey("E"), mintKey("V")]
  const elements = keys.map((key) => `.${key.purpose}${key.multibase}`)
  for (const service of services) elements.push(`.S${Buffer.from(JSON.stringify(service)).toString("base64url")}`)
  return { did: `did:peer:2${elements.join("")}`, keys, services }
}

/** The service of a wallet that lives behind a mediator: its endpoint is the mediator's DID. */
export const mediatedBy = (mediatorDid: string): PeerService => ({
  t: "dm",
  s: { uri: mediatorDid, a: ["didcomm/v2"], r: [] },
})

/** Reads a did:peer:2 (X25519 and Ed25519 keys only); throws a sentence for anything else. */
export function readPeerDid(did: string): PeerDid {
  if (!did.startsWith("did:peer:2.")) throw new Error(`not a did:peer:2: ${did}`)
  const elements = did.slice("did:peer:2.".length).split(".")
  const services = elements
    .filter((element) => element.startsWith("S"))
    .map((element) => JSON.parse(Buffer.from(element.slice(1), "base64url").toString()) as PeerService)
  const keys = elements
    .filter((element) => !element.startsWith("S"))
    .map((element): PeerKey => {
      const multibase = element.slice(1)
      const bytes = fromBase58(multibase.slice(1))
      const crv = bytes[0] === codecs.X25519 ? "X25519" : "Ed25519"
      if (bytes[0] !== codecs[crv] || bytes.length !== 34) throw new Error(`an unexpected key: ${multibase}`)
      const jwk: OkpJwk = { kty: "OKP", crv, x: Buffer.from(bytes.subarray(2)).toString("base64url") }
      return { purpose: element.charAt(0), multibase, jwk }
    })
  return { did, keys, services }
}

/** The DID URL of the key at `index`, in the asked spelling. */
export function keyId({ did, keys }: PeerDid, index: number, keyIds: KeyIds): string {
  const key = keys[index]
  if (!key) throw new Error(`${did} has no key ${index + 1}`)
  return keyIds === "key-n" ? `${did}#key-${index + 1}` : `${did}#${key.multibase.slice(1)}`
}
