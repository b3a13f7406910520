import { describe, expect, test } from "bun:test"
import { didOf } from "../../src/did/document.ts"
import { refusal } from "../crypto/refusal.ts"
import { offline } from "../did/offline.ts"
import { loadVectors, needsVectors } from "../kit/vectors.ts"
import { didNamed, openerFor } from "./vector-world.ts"

type VectorLayer = {
  kind: "anoncrypt" | "authcrypt" | "signed"
  skid?: string
  decryptableBy?: string[]
  signatures?: { kid: string }[]
}
type Plaintext = { to?: string[]; created_time?: number }
type Vector = {
  id: string
  wire: unknown
  expect: string
  layers: VectorLayer[]
  metadata: { encryptedFromKid?: string; signFrom?: string }
  plaintext: Plaintext
}

/** Whoever the outermost layer was made for. */
const readerOf = ({ layers, plaintext }: Vector) => didOf(layers[0]?.decryptableBy?.[0] ?? plaintext.to?.[0] ?? "")

/** The layers as the opener should report them: the first key that opens, and whoever authenticated. */
const expectedLayers = ({ layers }: Vector) =>
  layers.map(({ kind, skid, decryptableBy, signatures }) => {
    if (kind === "signed") return { kind, by: signatures?.map(({ kid }) => kid) }
    const kid = decryptableBy?.[0]
    return kind === "authcrypt" ? { kind, kid, by: [skid] } : { kind, kid }
  })

const party = (kid: string | undefined) => (kid === undefined ? null : { did: didOf(kid), kid })

function positive(file: string, count: number, casesOf: (file: string) => readonly Vector[] | undefined) {
  const cases = casesOf(file)
  describe(file, () => {
    test.skipIf(!cases)(needsVectors(`has ${count} envelopes, all of which must open`), () => {
      expect(cases?.map((one) => one.expect)).toEqual(Array(count).fill("ok"))
    })

    test.each((cases ?? []).map((one) => [one.id, one] as const))("%s opens to its plaintext", async (_, one) => {
      const { metadata, plaintext, wire } = one
      const opened = await openerFor([readerOf(one)], plaintext.created_time)(wire)
      const { message, layers, us, sender } = opened
      expect(JSON.parse(message.text)).toEqual(plaintext)
      expect(layers).toEqual(expectedLayers(one) as typeof layers)
      expect(us).toEqual(party(one.layers.findLast(({ kind }) => kind !== "signed")?.decryptableBy?.[0]))
      // A seal proves its sender at any time; a signature only as long as it is fresh, and never without a time.
      const fresh = plaintext.created_time === undefined ? undefined : metadata.signFrom
      expect(sender).toEqual(party(metadata.encryptedFromKid ?? fresh))
    })

    const dated = (cases ?? []).filter(({ plaintext }) => plaintext.created_time !== undefined)
    test.each(dated.map((one) => [one.id, one] as const))("%s, an hour later, proves only a seal", async (_, one) => {
      const { metadata, plaintext, wire } = one
      const { sender } = await openerFor([readerOf(one)], (plaintext.created_time ?? 0) + 3600)(wire)
      expect(sender).toEqual(party(metadata.encryptedFromKid))
    })
  })
}

type Cases = { cases: Vector[] }
positive("spec-appendix.json", 9, (file) => loadVectors<Cases>(file)?.cases)
positive("own-envelopes.json", 29, (file) => loadVectors<Cases>(file)?.cases)
positive("didcomm-rust.json", 7, (file) => loadVectors<{ unpackCases: Vector[] }>(file)?.unpackCases)

/** What the specification leaves open, and what is done here. */
const decisions: Readonly<Record<string, string>> = {
  "own-auth-to-without-recipient": "envelope.inconsistent",
  "own-anon-flattened-jwe": "envelope.malformed",
}

describe("negative.json", () => {
  const cases = loadVectors<Cases>("negative.json")?.cases
  const everybody = ["did:example:bob", didNamed("mediator")]

  test.skipIf(!cases)(needsVectors("has 71 cases, and the two that are open are decided"), () => {
    expect(cases).toHaveLength(71)
    const open = cases?.filter((one) => one.expect === "either").map(({ id }) => id)
    expect(open?.sort()).toEqual(Object.keys(decisions).sort())
  })

  test.each((cases ?? []).map((one) => [one.id, one] as const))("%s is refused", async (id, one) => {
    const code = await refusal(() => openerFor(everybody)(one.wire))
    if (one.expect === "either") expect(code).toBe(decisions[id] as typeof code)
    else expect(code).toMatch(/^envelope\.(malformed|unreadable|inconsistent)$/)
  })
})

describe("a sender that writes under the short form of its did:peer:4", () => {
  const cases = loadVectors<Cases>("own-envelopes.json")?.cases ?? []
  const wireOf = (id: string) => cases.find((one) => one.id === id)?.wire

  test.skipIf(cases.length === 0)(
    needsVectors("is understood once its long form was seen, and not before"),
    async () => {
      const open = openerFor([didNamed("mediator")], 0, offline())
      expect(await refusal(() => open(wireOf("own-peer4-auth-short")))).toBe("did.unresolvable")
      expect((await open(wireOf("own-peer4-auth-long"))).sender?.did).toBe(didNamed("four"))
      expect((await open(wireOf("own-peer4-auth-short"))).sender?.did).toBe(didNamed("four-short"))
    },
  )
})
