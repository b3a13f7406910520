import { describe, expect, test } from "bun:test"
import { loadVectorKeys, loadVectors, needsVectors } from "../kit/vectors.ts"
import { openLayer } from "./layers.ts"
import { refusal } from "./refusal.ts"

/**
 * What cryptography alone must accept, because the refusal needs a DID document, the message inside, or the nesting:
 * the DIDComm room refuses these. Every other case must be refused here, so a case that is in neither place fails.
 */
const leftToDidcomm: Record<string, string> = {
  "own-auth-from-other-did": "from is not the DID of skid",
  "own-auth-to-without-recipient": "to does not name the recipient",
  "own-auth-of-signed-other-signer": "the signer is not the sender",
  "own-signed-with-keyagreement-key": "the key is not one for authentication",
  "own-auth-with-authentication-key": "the key is not one for key agreement",
  "own-signed-of-encrypted": "nesting",
  "own-auth-of-anon": "nesting",
  "own-anon-nested-12-deep": "nesting",
  "own-anon-payload-not-json": "the message inside is no JSON",
  "own-anon-payload-array": "the message inside is no object",
}

describe("negative.json", () => {
  const file = loadVectors<{ cases: { id: string; wire: unknown }[] }>("negative.json")
  const keys = loadVectorKeys()
  const cases = file?.cases ?? []

  test.skipIf(!file)(needsVectors("has 71 cases, and every one that is left to the DIDComm room is among them"), () => {
    expect(cases).toHaveLength(71)
    expect(cases.map(({ id }) => id)).toEqual(expect.arrayContaining(Object.keys(leftToDidcomm)))
  })

  const [left, ours] = [cases.filter(({ id }) => id in leftToDidcomm), cases.filter(({ id }) => !(id in leftToDidcomm))]
  test.each(ours.map((one) => [one.id, one.wire] as const))("%s is refused", async (_, wire) => {
    expect(await refusal(() => openLayer(wire, keys))).toMatch(/^envelope\.(malformed|unreadable)$/)
  })
  test.each(left.map((one) => [one.id, one.wire] as const))(
    "%s opens, and is left to the DIDComm room",
    async (_, wire) => {
      expect(await refusal(() => openLayer(wire, keys))).toBe("accepted")
    },
  )
})
