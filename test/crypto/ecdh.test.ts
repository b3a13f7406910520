import { describe, expect, test } from "bun:test"
import { fromBase64url, toBase64url, toHex, toUtf8 } from "../../src/base/bytes.ts"
import { agree, agreeOnce, deriveKey, otherInfo, unwrapKey, wrapKey } from "../../src/crypto/ecdh.ts"
import { importPrivateKey, importPublicKey, publicHalf } from "../../src/crypto/keys.ts"
import { loadVectorKeys, loadVectors, needsVectors } from "../kit/vectors.ts"
import { agreementCurves, party } from "./parties.ts"

const hex = (text: string) => new Uint8Array(Buffer.from(text, "hex"))
const base64url = (text: string) => fromBase64url(text) ?? expect.unreachable(text)
const privateKey = (jwk: unknown) => importPrivateKey(jwk) ?? expect.unreachable("a private key")
const publicKey = (jwk: unknown) => importPublicKey(jwk) ?? expect.unreachable("a public key")

test("the agreement and derivation of RFC 7518 appendix C come out as printed", async () => {
  const alice = privateKey({
    kty: "EC",
    crv: "P-256",
    x: "gI0GAILBdu7T53akrFmMyGcsF3n5dO7MmwNBHKW5SV0",
    y: "SLW_xSffzlPWrHEVI30DHM_4egVwt3NQqeUD7nMFpps",
    d: "0_NxaRPUMQoAJt50Gz8YiTr8gRTwyEaCumd-MToTmIo",
  })
  const bob = publicKey({
    kty: "EC",
    crv: "P-256",
    x: "weNJy2HscCSM6AEDTDg04biOvhFhyyWvOHQfeF_PxMQ",
    y: "e8lnCO-AlStT-NJVX-crhB7QRYhiix03illJOVAOyck",
  })
  const secret = agree(alice, bob)
  expect(toHex(secret)).toBe("9e56d91d817135d372834283bf84269cfb316ea3da806a48f6daa7798cfe90c4")
  const info = { alg: "A128GCM", apu: toUtf8("Alice"), apv: toUtf8("Bob"), bits: 128, tag: null } as const
  expect(toBase64url(deriveKey(secret, info))).toBe("VqqN6vgjbSBcIijNcacQGg")
})

test("the key wrap of RFC 3394 section 4.6 comes out as printed, and back", async () => {
  const kek = hex("000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f")
  const key = hex("00112233445566778899aabbccddeeff000102030405060708090a0b0c0d0e0f")
  const wrapped = hex("28c9f404c4b810f4cbccb35cfb87f8263f5786e2d80ed326cbc7f0e71a99f43bfb988b9b7a02dd21")
  expect(await wrapKey(kek, key)).toEqual(wrapped)
  expect(await unwrapKey(kek, wrapped)).toEqual(key)
})

test("a wrapped key is refused after a change of any of its bytes", async () => {
  const kek = crypto.getRandomValues(new Uint8Array(32))
  const wrapped = await wrapKey(kek, new Uint8Array(64))
  for (const at of wrapped.keys()) {
    const changed = wrapped.with(at, (wrapped[at] ?? 0) ^ 1)
    await expect(unwrapKey(kek, changed)).rejects.toThrow()
  }
})

test.each(agreementCurves)("%s: both sides agree on one secret, of the curve's length", async (curve) => {
  const [a, b] = [party("a", curve), party("b", curve)]
  const secret = agree(a.key, b.open.key)
  expect(agree(b.key, a.open.key)).toEqual(secret)
  expect(secret.byteLength).toBe({ X25519: 32, "P-256": 32, "P-384": 48, "P-521": 66 }[curve])
})

test("a secret of two static keys is worked out once for the same key objects, and again for equal copies", async () => {
  const [a, b] = [party("a", "P-256"), party("b", "P-256")]
  const first = agreeOnce(a.key, b.open.key)
  expect(agreeOnce(a.key, b.open.key)).toBe(first)
  const copy = agreeOnce(a.key, { ...b.open.key })
  expect(copy).not.toBe(first)
  expect(copy).toEqual(first)
})

test("keys of two curves do not agree", async () => {
  expect(() => agree(party("a", "P-256").key, party("b", "P-384").open.key)).toThrow()
  expect(() => agree(party("a", "X25519").key, party("b", "Ed25519").open.key)).toThrow()
})

// RFC 7748 §6.1: u = 0, 1, the two of order eight, and p - 1, p, p + 1.
const smallOrder = [
  "0000000000000000000000000000000000000000000000000000000000000000",
  "0100000000000000000000000000000000000000000000000000000000000000",
  "e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800",
  "5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157",
  "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
  "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
  "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
]
test.each(smallOrder)("the X25519 point %s of small order agrees with nobody", async (point) => {
  const key = publicKey({ kty: "OKP", crv: "X25519", x: toBase64url(hex(point)) })
  expect(() => agree(party("a", "X25519").key, key)).toThrow()
})

type Trace = {
  case: string
  file: string
  recipientKid: string
  alg: string
  Zs: string | null
  Z_hex: string
  apu_hex: string
  apv_hex: string
  otherinfo_hex: string
  kek_hex: string
  cek_hex: string
  tag_hex: string
}
type Wrapped = { header: { kid: string }; encrypted_key: string }
type Wire = { protected: string; recipients: Wrapped[]; tag: string }
type AppendixB = { wire: Wire; keys: Record<string, unknown>; perRecipient: Record<string, Trace> }
type Traces = { traces: Trace[]; ecdh1puAppendixB: AppendixB }

describe("kdf-trace.json", () => {
  const file = loadVectors<Traces>("kdf-trace.json")
  const { publicKeys, privateKeys } = loadVectorKeys()

  test.skipIf(!file)(needsVectors("every intermediate value of the specification's messages"), async () => {
    for (const trace of file?.traces ?? []) {
      const cases = loadVectors<{ cases: { id: string; wire: Wire }[] }>(trace.file)?.cases ?? []
      const wire = cases.find(({ id }) => id === trace.case)?.wire ?? expect.unreachable(trace.case)
      const header = JSON.parse(Buffer.from(wire.protected, "base64url").toString())
      const recipient = privateKeys.get(trace.recipientKid) ?? expect.unreachable(trace.recipientKid)
      const secrets = [agree(recipient, publicKey(header.epk))]
      const sender = publicKeys.get(header.skid)
      if (trace.Zs !== null) secrets.push(agree(recipient, sender ?? expect.unreachable(header.skid)))
      await followTrace(trace, secrets, wire, 256)
    }
    expect(file?.traces).toHaveLength(5)
  })

  test.skipIf(!file)(needsVectors("ECDH-1PU appendix B, as sender and as both recipients"), async () => {
    const { wire, keys, perRecipient } = file?.ecdh1puAppendixB ?? expect.unreachable()
    const header = JSON.parse(Buffer.from(wire.protected, "base64url").toString())
    const [alice, ephemeral] = [privateKey(keys.Alice), publicKey(header.epk)]
    for (const [name, trace] of Object.entries(perRecipient)) {
      const recipient = privateKey(keys[name])
      const secrets = [agree(recipient, ephemeral), agree(recipient, publicHalf(alice))]
      expect(agree(alice, publicHalf(recipient))).toEqual(secrets[1] ?? expect.unreachable())
      await followTrace({ ...trace, alg: header.alg, recipientKid: name }, secrets, wire, 128)
    }
    expect(Object.keys(perRecipient)).toHaveLength(2)
  })
})

async function followTrace(trace: Trace, secrets: Uint8Array[], wire: Wire, bits: 128 | 256) {
  const secret = new Uint8Array(Buffer.concat(secrets))
  expect(toHex(secret)).toBe(trace.Z_hex)
  const tag = secrets.length === 2 ? base64url(wire.tag) : null
  const info = { alg: trace.alg, apu: hex(trace.apu_hex), apv: hex(trace.apv_hex), bits, tag }
  expect(toHex(otherInfo(info))).toBe(trace.otherinfo_hex)
  const kek = deriveKey(secret, info)
  expect(toHex(kek)).toBe(trace.kek_hex)
  const wrapped = wire.recipients.find(({ header }) => header.kid === trace.recipientKid)?.encrypted_key ?? ""
  const cek = await unwrapKey(kek, base64url(wrapped))
  expect(toHex(cek)).toBe(trace.cek_hex)
  expect(await wrapKey(kek, cek)).toEqual(base64url(wrapped))
}
