import { expect, test } from "bun:test"
import { fromBase64url, toBase64url, toUtf8 } from "../../src/base/bytes.ts"
import type { JsonObject } from "../../src/base/json.ts"
import type { ContentEncryption } from "../../src/crypto/algorithms.ts"
import { openJwe, parseJwe, sealJwe } from "../../src/crypto/jwe.ts"
import { parseJws, signJws, verifySignature } from "../../src/crypto/jws.ts"
import { parse, party, type Wire } from "./parties.ts"
import { refusal } from "./refusal.ts"

const plaintext = toUtf8('{"id":"1","type":"https://didcomm.org/empty/1.0/empty"}')

/** `text` with one bit of each of its bytes flipped, one byte at a time. */
function flips(text: string): string[] {
  const bytes = fromBase64url(text) ?? expect.unreachable(text)
  return [...bytes.keys()].map((at) => toBase64url(bytes.with(at, (bytes[at] ?? 0) ^ (1 << (at % 8)))))
}

/** Every envelope with one changed byte, in any member. */
function* tampered(wire: JsonObject & Wire): Generator<JsonObject> {
  for (const member of ["protected", "iv", "ciphertext", "tag"] as const) {
    for (const changed of flips(wire[member])) yield { ...wire, [member]: changed }
  }
  const [recipient] = wire.recipients
  for (const encrypted_key of flips(recipient?.encrypted_key ?? "")) {
    yield { ...wire, recipients: [{ ...recipient, encrypted_key }] }
  }
  yield { ...wire, aad: "" }
  yield { ...wire, aad: "AAAA" }
  for (const [short, long] of [-1, 4].map((count) => resized(wire, count))) {
    yield short ?? {}
    yield long ?? {}
  }
}

/** Ciphertext and tag shortened (negative) or lengthened by some characters. */
function resized(wire: JsonObject & Wire, count: number): JsonObject[] {
  const resize = (text: string) => (count < 0 ? text.slice(0, count) : text + "A".repeat(count))
  return [
    { ...wire, ciphertext: resize(wire.ciphertext) },
    { ...wire, tag: resize(wire.tag) },
  ]
}

const kinds: ["anoncrypt" | "authcrypt", ContentEncryption, "X25519" | "P-256"][] = [
  ["anoncrypt", "A256CBC-HS512", "X25519"],
  ["anoncrypt", "A256GCM", "P-256"],
  ["anoncrypt", "XC20P", "X25519"],
  ["authcrypt", "A256CBC-HS512", "X25519"],
]
test.each(kinds)(
  "%s with %s on %s: a change of any byte anywhere is refused, always as an envelope's fault",
  async (kind, enc, curve) => {
    const [alice, bob] = [party("alice", curve), party("bob", curve)]
    const to = { recipients: [bob.open], enc, ...(kind === "authcrypt" && { sender: alice }) }
    const wire = parse(await sealJwe(plaintext, to))
    expect(await openJwe(parseJwe(wire), bob, alice.open.key)).toEqual(plaintext)
    const seen = new Set<string>()
    for (const changed of tampered(wire)) seen.add(await refusal(() => openJwe(parseJwe(changed), bob, alice.open.key)))
    expect([...seen].sort()).toEqual(["envelope.malformed", "envelope.unreadable"])
  },
)

test("the other recipient still reads when one encrypted_key was changed", async () => {
  const [one, two] = [party("bob", "X25519", 1), party("bob", "X25519", 2)]
  const wire = parse(await sealJwe(plaintext, { recipients: [one.open, two.open] }))
  const [first, second] = wire.recipients
  for (const encrypted_key of flips(first?.encrypted_key ?? "")) {
    const jwe = parseJwe({ ...wire, recipients: [{ ...first, encrypted_key }, second] })
    expect(await refusal(() => openJwe(jwe, one, null))).toBe("envelope.unreadable")
    expect(await openJwe(jwe, two, null)).toEqual(plaintext)
  }
})

test("a change of any byte of a protected signature header is malformed or not genuine", async () => {
  const alice = party("alice", "Ed25519")
  const wire = JSON.parse(await signJws(plaintext, alice))
  const [signature] = wire.signatures
  const outcomes = new Set<boolean | string>()
  for (const changed of flips(signature.protected)) {
    const value = { ...wire, signatures: [{ ...signature, protected: changed }] }
    const outcome = await refusal(() => parseJws(value))
    const [read] = outcome === "accepted" ? parseJws(value).signatures : []
    outcomes.add(read ? verifySignature(read, alice.open.key) : outcome)
  }
  expect(outcomes).toEqual(new Set<boolean | string>(["envelope.malformed", false]))
})
