import { describe, expect, test } from "bun:test"
import { toUtf8 } from "../../src/base/bytes.ts"
import { sealJwe } from "../../src/crypto/jwe.ts"
import { publicHalf } from "../../src/crypto/keys.ts"
import { spellings } from "../../src/did/document.ts"
import { refusal } from "../crypto/refusal.ts"
import { offline } from "../did/offline.ts"
import { createResident } from "../kit/resident.ts"
import { deskOf, type LayerKind, wrap } from "./envelope-desk.ts"

const [alice, bob, mallory] = [createResident(), createResident(), createResident()]
const now = Math.floor(Date.now() / 1000)
const { open, seal } = deskOf(bob, { now })
const type = "https://didcomm.org/trust-ping/2.0/ping"
const note = (members: object = {}) => ({ ...alice.plaintext({ type }, bob.did), ...members })
const without = (member: string) => Object.fromEntries(Object.entries(note()).filter(([name]) => name !== member))

const textOf = ({ payload }: { payload: string }) => Buffer.from(payload, "base64url").toString()

const kinds: readonly LayerKind[] = ["anoncrypt", "authcrypt", "signed"]
const longer = (nestings: LayerKind[][]) => nestings.flatMap((one) => kinds.map((kind) => [kind, ...one]))
const nestings = [[[]], longer([[]]), longer(longer([[]])), longer(longer(longer([[]])))].flat() as LayerKind[][]
const allowed = [
  ...["anoncrypt", "authcrypt", "signed", "anoncrypt authcrypt", "anoncrypt signed", "authcrypt signed"],
  "anoncrypt authcrypt signed",
]

describe("of the 40 ways to nest up to three layers", () => {
  const rows = nestings.map((layers) => [layers.join(" ") || "none", layers] as const)

  test.each(rows.filter(([name]) => allowed.includes(name)))("%s opens", async (_, layers) => {
    const opened = await open(await wrap(layers, note(), alice, bob.did))
    expect(opened.layers.map(({ kind }) => kind)).toEqual(layers)
    expect(opened.sender?.did).toBe(layers.join() === "anoncrypt" ? undefined : alice.did)
  })

  test.each(rows.filter(([name]) => !allowed.includes(name)))("%s is refused", async (_, layers) => {
    const wire = await wrap(layers, note(), alice, bob.did)
    expect(await refusal(() => open(wire))).toBe("envelope.malformed")
  })
})

describe("from and to are held against the keys of the envelope", () => {
  type Row = readonly [name: string, layers: readonly LayerKind[], message: object, outcome: string]
  const refused = "envelope.inconsistent"
  const rows: readonly Row[] = [
    ["anoncrypt without from", ["anoncrypt"], without("from"), "nobody"],
    ["anoncrypt with a from that nothing proves", ["anoncrypt"], note({ from: mallory.did }), "nobody"],
    ["anoncrypt without to", ["anoncrypt"], without("to"), "nobody"],
    ["anoncrypt to somebody else", ["anoncrypt"], note({ to: [mallory.did] }), refused],
    ["authcrypt without from", ["authcrypt"], without("from"), refused],
    ["authcrypt from somebody else", ["authcrypt"], note({ from: mallory.did }), refused],
    ["authcrypt without to", ["authcrypt"], without("to"), "alice"],
    ["authcrypt to nobody", ["authcrypt"], note({ to: [] }), "alice"],
    ["authcrypt to others and us", ["authcrypt"], note({ to: [mallory.did, bob.did] }), "alice"],
    ["authcrypt to us by our did:peer:3", ["authcrypt"], note({ to: spellings(bob.did) }), "alice"],
    ["authcrypt from her did:peer:3", ["authcrypt"], note({ from: spellings(alice.did)[0] }), "alice"],
    ["authcrypt to somebody else", ["authcrypt"], note({ to: [mallory.did] }), refused],
    ["authcrypt to a key of ours", ["authcrypt"], note({ to: [bob.kid] }), "envelope.malformed"],
    ["authcrypt from a key of hers", ["authcrypt"], note({ from: alice.kid }), "envelope.malformed"],
    ["signed without from", ["signed"], without("from"), refused],
    ["signed from somebody else", ["signed"], note({ from: mallory.did }), refused],
    ["signed without to", ["signed"], without("to"), "nobody"],
    ["signed to somebody else", ["signed"], note({ to: [mallory.did] }), refused],
    ["signed five minutes ago", ["signed"], note({ created_time: now - 300 }), "alice"],
    ["signed more than five minutes ago", ["signed"], note({ created_time: now - 301 }), "nobody"],
    ["signed more than five minutes ahead", ["signed"], note({ created_time: now + 301 }), "nobody"],
    ["signed without a time", ["signed"], without("created_time"), "nobody"],
    ["anoncrypt of signed without to", ["anoncrypt", "signed"], without("to"), refused],
    ["anoncrypt of signed to nobody", ["anoncrypt", "signed"], note({ to: [] }), refused],
    ["anoncrypt of signed to somebody else", ["anoncrypt", "signed"], note({ to: [mallory.did] }), refused],
    ["anoncrypt of signed long ago", ["anoncrypt", "signed"], note({ created_time: now - 3600 }), "nobody"],
    ["authcrypt of signed without to", ["authcrypt", "signed"], without("to"), refused],
    ["authcrypt of signed long ago", ["authcrypt", "signed"], note({ created_time: now - 3600 }), "alice"],
  ]
  test.each(rows)("%s", async (_, layers, message, outcome) => {
    const wire = await wrap(layers, message, alice, bob.did)
    if (outcome.startsWith("envelope.")) expect(await refusal(() => open(wire))).toBe(outcome as typeof refused)
    else expect((await open(wire)).sender?.did).toBe(outcome === "alice" ? alice.did : undefined)
  })

  test("authcrypt of what another signed", async () => {
    const wire = await alice.auth(await mallory.sign(note()), bob.did)
    expect(await refusal(() => open(wire))).toBe(refused)
    const claimed = await alice.auth(await mallory.sign(note({ from: mallory.did })), bob.did)
    expect(await refusal(() => open(claimed))).toBe(refused)
  })

  test("a second signature of somebody else beside the sender's", async () => {
    const hers = JSON.parse(await alice.sign(note()))
    const his = JSON.parse(await mallory.sign(note({ id: hers.id })))
    const both = [hers, JSON.parse(await mallory.sign(textOf(hers)))].flatMap(({ signatures }) => signatures)
    expect(both).toHaveLength(2)
    expect(await refusal(() => open(JSON.stringify({ ...hers, signatures: both })))).toBe(refused)
    expect(await refusal(() => open(JSON.stringify({ ...hers, signatures: his.signatures })))).toBe(
      "envelope.unreadable",
    )
    const twice = { ...hers, signatures: [...hers.signatures, ...hers.signatures] }
    expect((await open(JSON.stringify(twice))).sender?.did).toBe(alice.did)
  })

  test("more than 50 recipients are too many", async () => {
    const others = (count: number) => Array.from({ length: count }, (_, index) => `did:example:${index}`)
    const named = (count: number) => alice.auth(note({ to: [bob.did, ...others(count)] }), bob.did)
    expect((await open(await named(49))).sender?.did).toBe(alice.did)
    expect(await refusal(async () => open(await named(50)))).toBe("envelope.malformed")
  })

  test("a machine whose clock starts in 1970 believes no signature without a time", async () => {
    const early = deskOf(bob, { now: 10 })
    expect((await early.open(await alice.sign(without("created_time")))).sender).toBeNull()
    expect((await early.open(await alice.sign(note({ created_time: 12 })))).sender?.did).toBe(alice.did)
  })
})

describe("an envelope for several keys", () => {
  const recipient = { key: publicHalf(bob.agreement) }
  const kids = [`${bob.did}#key-1`, `${bob.did}#${bob.did.slice(12, 60)}`, `${bob.did}#key-3`] as const
  const sealed = async () => {
    const text = await sealJwe(toUtf8(JSON.stringify(note())), {
      recipients: kids.map((kid) => ({ kid, ...recipient })),
    })
    return JSON.parse(text) as { recipients: { encrypted_key: string; header: { kid: string } }[] }
  }
  const broken = (text: string) => (text.startsWith("A") ? "B" : "A") + text.slice(1)

  test("opens by the first key of ours", async () => {
    const opened = await open(JSON.stringify(await sealed()))
    expect(opened.us).toEqual({ did: bob.did, kid: kids[0] })
  })

  test("opens by the next when the first one's content key is broken, and not when all are", async () => {
    const wire = await sealed()
    for (const one of wire.recipients.slice(0, 2)) one.encrypted_key = broken(one.encrypted_key)
    expect((await open(JSON.stringify(wire))).us?.kid).toBe(kids[2])
    for (const one of wire.recipients.slice(2)) one.encrypted_key = broken(one.encrypted_key)
    expect(await refusal(() => open(JSON.stringify(wire)))).toBe("envelope.unreadable")
  })

  test("that are not ours is unreadable, and its sender is not even looked up", async () => {
    const asked: string[] = []
    const resolver = offline()
    const resolve = (did: string) => {
      asked.push(did)
      return resolver.resolve(did)
    }
    const { open } = deskOf(bob, { resolver: { ...resolver, resolve } })
    expect(await refusal(async () => open(await alice.auth(note(), mallory.did)))).toBe("envelope.unreadable")
    expect(asked).toEqual([])
    await open(await alice.auth(note(), bob.did))
    expect(asked).toEqual([alice.did])
  })
})

test("what is sealed is for the key that the party used, as that party spelled it", async () => {
  const us = { did: bob.did, kid: bob.kid }
  const message = { id: "1", type, from: bob.did, to: [alice.did], body: {} }
  const spelled = alice.did.split(".")[1]?.slice(2) ?? expect.unreachable()
  const kids = [alice.kid, `${alice.did}#${spelled}`, `${alice.did}#z${spelled}`, `${alice.did}#${spelled.slice(0, 8)}`]
  // Of whom only the DID is known, or a key for signing, the first key that fits is taken.
  for (const kid of [...kids, alice.did, alice.signingKid]) {
    const text = await seal(message, us, { did: alice.did, kid })
    expect(await alice.open(text)).toEqual(message)
    expect(JSON.parse(text).recipients[0].header.kid).toBe(kids.includes(kid) ? kid : alice.kid)
  }
})
