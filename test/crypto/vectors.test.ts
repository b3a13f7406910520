import { describe, expect, test } from "bun:test"
import { fromUtf8 } from "../../src/base/bytes.ts"
import type { JsonObject } from "../../src/base/json.ts"
import { openJwe, parseJwe } from "../../src/crypto/jwe.ts"
import { parseCompactJws, parseJws, verifySignature } from "../../src/crypto/jws.ts"
import { importPrivateKey, importPublicKey } from "../../src/crypto/keys.ts"
import { loadVectorKeys, loadVectors, needsVectors } from "../kit/vectors.ts"
import { asJson, openLayer } from "./layers.ts"
import { refusal } from "./refusal.ts"

type Expected = {
  kind: "anoncrypt" | "authcrypt" | "signed"
  enc?: string
  crv?: string
  skid?: string | null
  recipients?: string[]
  decryptableBy?: string[]
  signatures?: { kid: string; alg: string }[]
}
type Envelope = { id: string; expect: string; wire: JsonObject; layers: Expected[]; plaintext: unknown }

const keys = loadVectorKeys()

/** Every envelope of `file`, layer by layer and with every key that can open it, down to the plaintext. */
function positiveEnvelopes(file: string, count: number, casesOf: (file: string) => readonly Envelope[] | null) {
  describe(file, () => {
    const cases = casesOf(file)
    test.skipIf(!cases)(needsVectors(`has ${count} envelopes that must be opened`), () => {
      expect(cases?.filter(({ expect }) => expect === "ok")).toHaveLength(count)
    })
    test.each((cases ?? []).map((one) => [one.id, one] as const))(
      "%s opens",
      async (_, { wire, layers, plaintext }) => {
        let value: unknown = wire
        for (const expected of layers) value = await openAsExpected(value as JsonObject, expected)
        expect(value).toEqual(plaintext)
      },
    )
  })
}

async function openAsExpected(wire: JsonObject, expected: Expected): Promise<unknown> {
  const { content } = await openLayer(wire, keys)
  if (expected.kind === "signed") {
    const seen = parseJws(wire).signatures.map(({ kid, alg }) => ({ kid, alg }))
    expect(seen).toEqual((expected.signatures ?? []).map(({ kid, alg }) => ({ kid, alg })) as typeof seen)
    return asJson(content)
  }
  const jwe = parseJwe(wire)
  const { kind, enc, crv, skid } = expected
  expect({ ...jwe, crv: jwe.epk.jwk.crv }).toMatchObject({ kind, enc, crv, skid } as object)
  expect(jwe.recipients.map(({ kid }) => kid)).toEqual(expected.recipients ?? [])
  expect(expected.decryptableBy).not.toBeEmpty()
  for (const kid of expected.decryptableBy ?? []) {
    const key = keys.privateKeys.get(kid) ?? expect.unreachable(kid)
    expect(await openJwe(jwe, { kid, key }, keys.publicKeys.get(jwe.skid ?? "") ?? null)).toEqual(content)
  }
  return asJson(content)
}

type CaseFile = { cases: Envelope[] }
positiveEnvelopes("spec-appendix.json", 9, (file) => loadVectors<CaseFile>(file)?.cases ?? null)
positiveEnvelopes("own-envelopes.json", 29, (file) => loadVectors<CaseFile>(file)?.cases ?? null)
positiveEnvelopes("didcomm-rust.json", 7, (file) => loadVectors<RustFile>(file)?.unpackCases ?? null)

type NamedKey = { kid: string | null; publicJwk: unknown; privateJwk: unknown }
type RustJwe = { id: string; wire: JsonObject; perRecipient: Record<string, "ok" | "reject">; skid: string | null }
type RustJws = { id: string; wire: JsonObject | string; expect: string; verifyWith?: string }
type RustFile = {
  unpackCases: Envelope[]
  jwe: { keys: NamedKey[]; payload: string; cases: RustJwe[] }
  jws: { keys: NamedKey[]; cases: RustJws[] }
}

describe("didcomm-rust.json, single layers", () => {
  const file = loadVectors<RustFile>("didcomm-rust.json")
  const named = [...(file?.jwe.keys ?? []), ...(file?.jws.keys ?? [])]
  const publicKey = (kid: string | null) => importPublicKey(named.find((key) => key.kid === kid)?.publicJwk)
  const privateKey = (kid: string) => importPrivateKey(named.find((key) => key.kid === kid)?.privateJwk)

  test.skipIf(!file)(needsVectors("has 30 JWE and 16 JWS"), () => {
    expect([file?.jwe.cases.length, file?.jws.cases.length]).toEqual([30, 16])
  })

  const perRecipient = (file?.jwe.cases ?? []).flatMap((one) =>
    Object.entries(one.perRecipient).map(([kid, outcome]) => [outcome, one.id, kid, one] as const),
  )
  test.each(perRecipient)("%s: %s with %s", async (outcome, _, kid, { wire, skid }) => {
    const key = privateKey(kid) ?? expect.unreachable(kid)
    const open = async () => openJwe(parseJwe(wire), { kid, key }, skid === null ? null : publicKey(skid))
    if (outcome === "ok") expect(fromUtf8(await open())).toBe(file?.jwe.payload ?? null)
    else expect(await refusal(open)).toMatch(/^envelope\.(malformed|unreadable)$/)
  })

  const signed = (file?.jws.cases ?? []).map((one) => [one.expect, one.id, one] as const)
  test.each(signed)("%s: %s", async (outcome, id, { wire, verifyWith }) => {
    const signatures = () => (typeof wire === "string" ? [parseCompactJws(wire).signature] : parseJws(wire).signatures)
    if (id.includes("undecodable")) {
      expect(await refusal(signatures)).toBe("envelope.malformed")
      return
    }
    const verified = signatures().map((signature) => {
      const key = publicKey(verifyWith ?? signature.kid) ?? expect.unreachable(signature.kid)
      return verifySignature(signature, key)
    })
    expect((await Promise.all(verified)).every(Boolean)).toBe(outcome === "ok")
  })
})
