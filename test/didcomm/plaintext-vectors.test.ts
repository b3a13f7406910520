import { describe, expect, test } from "bun:test"
import { parsePlaintext } from "../../src/didcomm/message.ts"
import { trustPing } from "../../src/didcomm/protocols/trust-ping-2.ts"
import { createRegistry } from "../../src/didcomm/registry.ts"
import { checkRotation } from "../../src/didcomm/rotation.ts"
import { refusal } from "../crypto/refusal.ts"
import { fakeClock } from "../kit/clock.ts"
import { loadVectors, needsVectors } from "../kit/vectors.ts"
import { vectorResolver } from "./vector-world.ts"

const ports = { resolver: vectorResolver, clock: fakeClock() }
const rotation = (jwt: string, from: string) => checkRotation(jwt, { did: from, kid: `${from}#key-1` }, ports)

type Case = { id: string; wire: object | string; expect: "ok" | "reject" | "either" }

/** What the specification leaves open: these are taken. */
const accepted = [
  "rust-invalid-plaintext-msg-no-body",
  "own-to-empty",
  "own-pthid-equals-thid",
  "own-attachment-base64-standard-alphabet",
]
/** Well-formed messages whose refusal is another's: the registry's, or that of whoever follows a rotation. */
const unknownTypes = ["own-type-no-version", "own-type-major-version-other"]
const badRotations = ["rust-plaintext-invalid-from-prior", "rust-plaintext-from-prior-invalid-signature"]

describe("plaintext.json", () => {
  const cases = loadVectors<{ cases: Case[] }>("plaintext.json")?.cases
  const textOf = ({ wire }: Case) => (typeof wire === "string" ? wire : JSON.stringify(wire))
  const rows = (wanted: (one: Case) => boolean) => (cases ?? []).filter(wanted).map((one) => [one.id, one] as const)

  test.skipIf(!cases)(needsVectors("has 37 messages, and those that are open are decided"), () => {
    expect(cases).toHaveLength(37)
    expect(rows((one) => one.expect === "either").map(([id]) => id)).toEqual(accepted)
    expect(cases?.map(({ id }) => id)).toEqual(expect.arrayContaining([...unknownTypes, ...badRotations]))
  })

  const elsewhere = (id: string) => unknownTypes.includes(id) || badRotations.includes(id)
  test.each(rows(({ id, expect }) => expect !== "reject" || elsewhere(id)))("%s is read", (_, one) => {
    const text = textOf(one)
    const { text: kept, body, attachments, ...message } = parsePlaintext(text)
    expect(kept).toBe(text)
    expect({ body: {}, attachments: [], ...JSON.parse(text) }).toEqual({ ...message, body, attachments })
  })

  test.each(rows(({ id, expect }) => expect === "reject" && !elsewhere(id)))("%s is malformed", async (_, one) => {
    expect(await refusal(() => parsePlaintext(textOf(one)))).toBe("envelope.malformed")
  })

  test.each(rows(({ id }) => unknownTypes.includes(id)))("%s is no message that is taken here", (_, one) => {
    expect(createRegistry([trustPing()], async () => null).find(parsePlaintext(textOf(one)).type)).toBeNull()
  })

  test.each(rows(({ id }) => badRotations.includes(id)))("%s proves no rotation", async (_, one) => {
    const { from_prior = "", from = "" } = parsePlaintext(textOf(one))
    expect(await refusal(() => rotation(from_prior, from))).toMatch(/^envelope\.(malformed|inconsistent)$/)
  })
})

type PriorCase = {
  id: string
  jwt: string
  messageFrom: string
  expect: "ok" | "reject" | "either"
  claims?: { iat: number }
}

describe("from-prior.json", () => {
  const cases = loadVectors<{ cases: PriorCase[] }>("from-prior.json")?.cases
  /** Open by the specification, refused here. */
  const refused = ["own-kid-relative", "own-iat-in-future"]

  test.skipIf(!cases)(needsVectors("has 13 rotations, and those that are open are decided"), () => {
    expect(cases).toHaveLength(13)
    expect(cases?.filter((one) => one.expect === "either").map(({ id }) => id)).toEqual(refused)
  })

  test.each((cases ?? []).map((one) => [one.expect === "ok" ? "believed" : "refused", one.id, one] as const))(
    "%s: %s",
    async (outcome, _, { jwt, messageFrom, claims }) => {
      if (outcome === "believed") {
        const at = (claims?.iat ?? Number.NaN) * 1000
        expect(await rotation(jwt, messageFrom)).toEqual({ prior: "did:example:charlie", at })
      } else {
        expect(await refusal(() => rotation(jwt, messageFrom))).toMatch(/^envelope\.(malformed|inconsistent)$/)
      }
    },
  )
})
