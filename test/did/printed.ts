import { expect } from "bun:test"
import type { DidDocument } from "../../src/did/document.ts"

/** A DID document as the vectors print it: absolute ids, JWKs, endpoints as objects. */
export type Printed = {
  id: string
  verificationMethod: { id: string; publicKeyJwk: { kty: string; crv: string; x: string; y?: string } }[]
  authentication?: string[]
  keyAgreement?: string[]
  service?: {
    id: string
    type: string
    serviceEndpoint: { uri: string; accept?: string[]; routingKeys?: string[] }
  }[]
}

const cannotAgree = ["Ed25519", "secp256k1"]

/** Expects the same keys under the same ids, the same uses (as far as a curve has them), and the same services. */
export function expectDocument(document: DidDocument, printed: Printed): void {
  const curveOf = new Map(printed.verificationMethod.map(({ id, publicKeyJwk }) => [id, publicKeyJwk.crv]))
  expect(document.id).toBe(printed.id)
  expect(Object.fromEntries(document.methods.map(({ id, key }) => [id, key.jwk as object]))).toEqual(
    Object.fromEntries(
      printed.verificationMethod.map(({ id, publicKeyJwk: { kty, crv, x, y } }) => [
        id,
        y === undefined ? { kty, crv, x } : { kty, crv, x, y },
      ]),
    ),
  )
  expect([...document.keyAgreement]).toEqual(
    (printed.keyAgreement ?? []).filter((id) => !cannotAgree.includes(curveOf.get(id) ?? "")),
  )
  expect([...document.authentication]).toEqual(
    (printed.authentication ?? []).filter((id) => curveOf.get(id) !== "X25519"),
  )
  expect(document.services.map((service) => ({ ...service }))).toEqual(
    (printed.service ?? []).map(({ id, type, serviceEndpoint: { uri, accept = [], routingKeys = [] } }) => {
      return { id, type, uri, accept, routingKeys }
    }),
  )
}
