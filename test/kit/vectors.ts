import { readFileSync } from "node:fs"
import { join } from "node:path"
import { importPrivateKey, importPublicKey, type PrivateKey, type PublicKey } from "../../src/crypto/keys.ts"

/** Test vectors live outside the repository: in the folder that RESTANTE_VECTORS names. */
const folder = process.env.RESTANTE_VECTORS

/** The name of a test that needs vectors; says so where they were not given, so that a skipped test is understood. */
export const needsVectors = (name: string): string =>
  folder ? name : `${name} (vectors were not given: RESTANTE_VECTORS names their folder)`

/** The contents of a vector file, or null when vectors were not given. Throws when the folder lacks the file. */
export function loadVectors<T>(file: string): T | null {
  return folder ? (JSON.parse(readFileSync(join(folder, file), "utf8")) as T) : null
}

type Method = { id: string; publicKeyJwk?: unknown }
type Identity = { document: { id: string; verificationMethod: readonly Method[] }; secrets: readonly { kid: string }[] }

export type VectorKeys = {
  readonly publicKeys: ReadonlyMap<string, PublicKey>
  readonly privateKeys: ReadonlyMap<string, PrivateKey>
}

/** Every key of the identities that the vectors are about, by absolute key id; empty when vectors were not given. */
export function loadVectorKeys(): VectorKeys {
  const identities = [
    ...Object.values(loadVectors<{ dids: Record<string, Identity> }>("dids.json")?.dids ?? {}),
    ...Object.values(loadVectors<{ identities: Record<string, Identity> }>("own-identities.json")?.identities ?? {}),
  ]
  const publicKeys = new Map<string, PublicKey>()
  const privateKeys = new Map<string, PrivateKey>()
  for (const { document, secrets } of identities) {
    for (const { id, publicKeyJwk } of document.verificationMethod) {
      const key = importPublicKey(publicKeyJwk)
      if (key) publicKeys.set(id.startsWith("#") ? document.id + id : id, key)
    }
    for (const secret of secrets) {
      const key = importPrivateKey(secret)
      if (key) privateKeys.set(secret.kid, key)
    }
  }
  return { publicKeys, privateKeys }
}
