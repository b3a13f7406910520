import { expect, test } from "bun:test"
import { createHash } from "node:crypto"
import * as jose from "jose"
import { toUtf8 } from "../../src/base/bytes.ts"
import type { JsonObject } from "../../src/base/json.ts"
import { openJwe, parseJwe, sealJwe } from "../../src/crypto/jwe.ts"
import { parseJws, signJws, verifySignature } from "../../src/crypto/jws.ts"
import { agreementCurves, parse, party } from "./parties.ts"

const plaintext = toUtf8('{"id":"1","type":"https://didcomm.org/empty/1.0/empty"}')
const alg = "ECDH-ES+A256KW"
const pairs = agreementCurves.flatMap((curve) =>
  (["A256CBC-HS512", "A256GCM"] as const).map((enc) => [curve, enc] as const),
)

test.each(pairs)("jose opens our anoncrypt with %s and %s, for each of two keys", async (curve, enc) => {
  const keys = [party("bob", curve, 1), party("bob", curve, 2)]
  const wire = parse(await sealJwe(plaintext, { recipients: keys.map(({ open }) => open), enc }))
  for (const { key } of keys) {
    const opened = await jose.generalDecrypt(wire, await jose.importJWK({ ...key.jwk }, alg))
    expect(opened.plaintext).toEqual(plaintext)
  }
})

test.each(pairs)("we open what jose seals with %s and %s, with additional authenticated data", async (curve, enc) => {
  const bob = party("bob", curve)
  const apv = new Uint8Array(createHash("sha256").update(bob.kid).digest())
  const jwe = new jose.GeneralEncrypt(plaintext)
    .setProtectedHeader({ alg, enc })
    .setAdditionalAuthenticatedData(toUtf8("some more"))
  jwe
    .addRecipient(await jose.importJWK({ ...bob.open.key.jwk }, alg))
    .setUnprotectedHeader({ kid: bob.kid })
    .setKeyManagementParameters({ apv })
  const wire: JsonObject = { ...(await jwe.encrypt()) }
  expect(wire.aad).toBeString()
  expect(await openJwe(parseJwe(wire), bob, null)).toEqual(plaintext)
})

const signers = [["EdDSA", "Ed25519"] as const, ["ES256", "P-256"] as const]

test.each(signers)("jose verifies our %s signature", async (_, curve) => {
  const alice = party("alice", curve)
  const wire = JSON.parse(await signJws(plaintext, alice))
  // kid in both headers is what DIDComm readers need and RFC 7515 §7.2.1 does not allow.
  const { header: _unprotected, ...signature } = wire.signatures[0]
  const key = await jose.importJWK({ ...alice.open.key.jwk }, curve === "Ed25519" ? "EdDSA" : "ES256")
  const verified = await jose.generalVerify({ ...wire, signatures: [signature] }, key)
  expect(verified.payload).toEqual(plaintext)
})

test.each(signers)("we verify what jose signs with %s, General and Flattened", async (alg, curve) => {
  const alice = party("alice", curve)
  const key = await jose.importJWK({ ...alice.key.jwk }, alg)
  const general = new jose.GeneralSign(plaintext)
  general.addSignature(key).setProtectedHeader({ alg }).setUnprotectedHeader({ kid: alice.kid })
  const flattened = new jose.FlattenedSign(plaintext).setProtectedHeader({ alg, kid: alice.kid })
  for (const wire of [await general.sign(), await flattened.sign(key)]) {
    const { payload, signatures } = parseJws({ ...wire })
    expect(payload).toEqual(plaintext)
    const [signature] = signatures
    expect(verifySignature(signature ?? expect.unreachable(), alice.open.key)).toBe(true)
  }
})
