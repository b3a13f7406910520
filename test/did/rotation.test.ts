import { describe, expect, test } from "bun:test"
import { findKey } from "../../src/did/document.ts"
import { spellings } from "../../src/did/names.ts"
import { decodePeer } from "../../src/did/peer.ts"
import { openIdentity, type Self } from "../../src/did/self.ts"
import { extended, mintIdentity, rotated, type StoredIdentity } from "../../src/did/stored-identity.ts"

/** The mediator's keys when they are replaced. */

const DAY = 86_400_000
const START = Date.UTC(2026, 0, 1)
const WEB = "did:web:a.example"

const open = (stored: StoredIdentity, now: number, more: object = {}): Self =>
  openIdentity(JSON.parse(JSON.stringify(stored)), {
    publicUrl: "https://a.example",
    methods: ["peer2", "web"],
    now,
    ...more,
  })

const first = open(mintIdentity(START), START)
const ROTATED = START + 100 * DAY
const END = ROTATED + 30 * DAY
const stored = rotated(first.stored, { now: ROTATED, overlap: 30 * DAY })
const during = open(stored, ROTATED)
const after = open(stored, END)
const keyOf = (self: Self) => self.agreement(self.agreementKid(self.did))?.jwk

describe("while the overlap lasts", () => {
  test("there is a new did:peer:2 with new keys in the first place, and the old one goes on with its own", () => {
    expect(during.did).not.toBe(first.did)
    expect(during.dids).toEqual([during.did, WEB, first.did])
    expect(keyOf(during)).not.toEqual(keyOf(first))
    for (const name of [first.did, ...spellings(first.did)]) {
      expect(during.owns(name)).toBe(true)
      expect(during.agreement(`${name}#key-1`)?.jwk).toEqual(keyOf(first))
    }
    expect(during.signer(first.did)).toMatchObject({ kid: `${first.did}#key-2`, key: first.signer(first.did).key })
    expect(during.signer(during.did).key.jwk).not.toEqual(first.signer(first.did).key.jwk)
  })

  test("each key id says which generation of keys it is of", () => {
    const generations = [`${first.did}#key-1`, `${WEB}#key-1`, `${during.did}#key-1`, `${WEB}#key-3`, `${WEB}#key-5`]
    expect(generations.map(during.generationOf)).toEqual([1, 1, 2, 2, null])
  })

  test("the did:web stays, with the new keys under new ids before the old ones, and every id opens with its key", () => {
    const document = during.documents.find(({ id }) => id === WEB) ?? expect.unreachable("a document")
    expect(document.keyAgreement).toEqual([`${WEB}#key-3`, `${WEB}#key-1`])
    expect(document.authentication).toEqual([`${WEB}#key-4`, `${WEB}#key-2`])
    for (const kid of document.keyAgreement) {
      const { d: _, ...jwk } = during.agreement(kid)?.jwk ?? expect.unreachable(kid)
      expect(findKey(document, "keyAgreement", kid)?.jwk).toEqual(jwk)
    }
    expect(during.agreementKid(WEB)).toBe(`${WEB}#key-3`)
    expect(during.signer(WEB)).toMatchObject({ kid: `${WEB}#key-4`, key: during.signer(during.did).key })
  })

  test("what is shown instead of an old did:peer:2 is the new one, and a did:web stands for itself", () => {
    expect([first.did, during.did, WEB].map(during.successorOf)).toEqual([during.did, during.did, WEB])
  })
})

describe("when the overlap is over", () => {
  test("the old DID and its keys are ours no more, though they are kept", () => {
    expect(after.dids).toEqual([after.did, WEB])
    expect(after.did).toBe(during.did)
    expect(after.owns(first.did)).toBe(false)
    for (const kid of [`${first.did}#key-1`, `${WEB}#key-1`]) expect(after.agreement(kid)).toBeNull()
    expect(after.documents.find(({ id }) => id === WEB)?.keyAgreement).toEqual([`${WEB}#key-3`])
    expect(after.stored.generations[0]).toMatchObject({ agreement: first.stored.generations[0]?.agreement ?? {} })
  })

  test("it ends at its moment and no sooner, and an overlap of nothing ends at once", () => {
    expect(during.nextEnd).toBe(END)
    expect(open(stored, END - 1).owns(first.did)).toBe(true)
    expect(after.nextEnd).toBeNull()
    const abrupt = open(rotated(first.stored, { now: ROTATED, overlap: 0 }), ROTATED)
    expect(abrupt.owns(first.did)).toBe(false)
  })

  test("it can be made longer, and the old DID comes back", () => {
    const longer = extended(stored, { now: END + DAY, overlap: DAY }) ?? expect.unreachable("an earlier generation")
    expect(open(longer, END + DAY).owns(first.did)).toBe(true)
    expect(open(longer, END + 2 * DAY).owns(first.did)).toBe(false)
    expect(extended(first.stored, { now: END, overlap: DAY })).toBeNull()
  })
})

test("keys that are replaced again and again have numbers of their own, and end each at its time", () => {
  const again = open(rotated(during.stored, { now: ROTATED + DAY, overlap: 10 * DAY }), ROTATED + DAY)
  expect(again.dids).toEqual([again.did, WEB, during.did, first.did])
  expect(again.agreementKid(WEB)).toBe(`${WEB}#key-5`)
  expect(again.nextEnd).toBe(ROTATED + 11 * DAY)
  const later = open(again.stored, ROTATED + 11 * DAY)
  expect(later.dids).toEqual([again.did, WEB, first.did])
})

test("a new public URL while the overlap lasts gives no new DID to old keys", () => {
  const moved = open(stored, ROTATED, { publicUrl: "https://b.example" })
  expect(moved.dids).toEqual([moved.did, "did:web:b.example", first.did, WEB])
  expect(decodePeer(moved.did).services[0]?.uri).toBe("https://b.example")
})

test("Decentrl's names in the did:web keep the first keys for ever, because contracts were signed with them", () => {
  const founders = first.stored.generations[0] ?? expect.unreachable("keys")
  const ended = open(stored, END, { decentrl: true })
  expect(ended.agreement(`${WEB}#pre-key`)?.jwk).toEqual(founders.agreement)
  expect(ended.decentrl(WEB)).toMatchObject({
    preKey: { jwk: founders.agreement },
    signer: { kid: `${WEB}#signing`, key: { jwk: founders.signing } },
  })
  const document = ended.documents.find(({ id }) => id === WEB)
  expect(document?.keyAgreement).toEqual([`${WEB}#key-3`, `${WEB}#pre-key`])
  // A did:peer:2 is another with other keys, and can sign for itself.
  expect(ended.decentrl(ended.did).signer.kid).toBe(`${ended.did}#key-2`)
  expect(open(stored, END).agreement(`${WEB}#pre-key`)).toBeNull()
})

test("an identity of version 1 is read, dated by its file, and written in the new form", () => {
  const { generations } = first.stored
  const old = { version: 1, ...generations[0], since: undefined, until: undefined }
  const self = openIdentity(JSON.parse(JSON.stringify(old)), {
    publicUrl: "https://a.example",
    methods: ["peer2", "web"],
    now: START + DAY,
    madeAt: START,
  })
  expect(self.stored).toEqual(first.stored)
})
