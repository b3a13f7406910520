import { fromUtf8 } from "../../src/base/bytes.ts"
import { isObject, type JsonObject, parseObject } from "../../src/base/json.ts"
import { type Jwe, openJwe, parseJwe } from "../../src/crypto/jwe.ts"
import { type Jws, parseJws, verifySignature } from "../../src/crypto/jws.ts"
import { Fault } from "../../src/faults.ts"
import type { VectorKeys } from "../kit/vectors.ts"

/** One envelope opened as far as cryptography goes: who may have sent what is not asked. */
export type Layer = { readonly envelope: Jwe | Jws; readonly content: Uint8Array }

const unreadable = () => new Fault("envelope.unreadable")

/** Opens the outermost envelope with the first key that can; throws a Fault when it must be refused. */
export async function openLayer(wire: unknown, keys: VectorKeys): Promise<Layer> {
  const value = isObject(wire) ? wire : parseObject(String(wire))
  if (!value) throw new Fault("envelope.malformed")
  return "ciphertext" in value ? openWithAny(parseJwe(value), keys) : verifyAll(value, keys)
}

async function openWithAny(jwe: Jwe, { publicKeys, privateKeys }: VectorKeys): Promise<Layer> {
  const sender = publicKeys.get(jwe.skid ?? "") ?? null
  let refusal: unknown = unreadable()
  for (const { kid } of jwe.recipients) {
    const key = privateKeys.get(kid)
    if (!key) continue
    try {
      return { envelope: jwe, content: await openJwe(jwe, { kid, key }, sender) }
    } catch (thrown) {
      refusal = thrown
    }
  }
  throw refusal
}

async function verifyAll(value: JsonObject, { publicKeys }: VectorKeys): Promise<Layer> {
  const jws = parseJws(value)
  for (const signature of jws.signatures) {
    const key = publicKeys.get(signature.kid)
    if (!key || !verifySignature(signature, key)) throw unreadable()
  }
  return { envelope: jws, content: jws.payload }
}

/** The content as JSON, for the next layer or the plaintext. */
export const asJson = (content: Uint8Array): unknown => JSON.parse(fromUtf8(content) ?? "")
