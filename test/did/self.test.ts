import { describe, expect, test } from "bun:test"
import fc from "fast-check"
import { generatePrivateKey, type PrivateJwk, publicHalf, toMultikey } from "../../src/crypto/keys.ts"
import { findKey, parseDocument } from "../../src/did/document.ts"
import { spellings } from "../../src/did/names.ts"
import { decodePeer } from "../../src/did/peer.ts"
import { openIdentity } from "../../src/did/self.ts"
import { mintIdentity } from "../../src/did/stored-identity.ts"
import { webDid, webUrl } from "../../src/did/web.ts"
import { loadVectors, needsVectors } from "../kit/vectors.ts"
import { faultOf } from "./faults.ts"

const NOW = Date.UTC(2026, 0, 1)
const identity = mintIdentity(NOW)
const [minted = expect.unreachable("keys")] = identity.generations
const at = (publicUrl: string, stored: unknown = identity) =>
  openIdentity(stored, { publicUrl, methods: ["peer2", "web"], now: NOW })
// What Identus wallets match every stored mediator DID against.
const identus = /^did:peer:2((\.[AEVID]z[1-9a-km-zA-HJ-NP-Z]{46,47})+(\.S[0-9a-zA-Z=]*)*)$/

describe("the primary DID", () => {
  type Own = { identities: Record<string, { name: string; secrets: (PrivateJwk & { kid: string })[] }> }
  const own = loadVectors<Own>("own-identities.json")
  test.skipIf(!own)(needsVectors("is laid out byte for byte as an Identus mediator's"), () => {
    const [did, { secrets }] = Object.entries(own?.identities ?? {}).find(([, { name }]) => name === "mediator") ?? [
      "",
      { secrets: [] },
    ]
    const [agreement, signing] = ["#key-1", "#key-2"].map((id) => secrets.find(({ kid }) => kid === did + id))
    const self = at("http://127.0.0.1:8080", { version: 1, agreement, signing, dids: [] })
    expect(self.did).toBe(did)
    expect(self.dids).toEqual([did])
  })

  test("has the agreement key first, then the signing key, then the http service, then the socket", () => {
    const { did, documents } = at("https://mediator.example/box/")
    const [document = expect.unreachable("a document")] = documents
    expect(document.keyAgreement).toEqual([`${did}#key-1`])
    expect(document.authentication).toEqual([`${did}#key-2`])
    expect(document.services.map(({ type, uri, accept }) => [type, uri, accept])).toEqual([
      ["DIDCommMessaging", "https://mediator.example/box", ["didcomm/v2"]],
      ["DIDCommMessaging", "wss://mediator.example/box/ws", ["didcomm/v2"]],
    ])
  })

  test("is the same for the same keys and URL, and another for another URL", () => {
    expect(at("https://a.example").did).toBe(at("https://a.example/").did)
    expect(at("https://a.example", JSON.parse(JSON.stringify(identity))).did).toBe(at("https://a.example").did)
    expect(at("https://b.example").did).not.toBe(at("https://a.example").did)
  })

  test("is readable for Identus wallets where the plain base64url would not be", () => {
    for (const path of ["/~a", "/aa~a", "/a~a", "/~", "/~~~~~~", "/a~~a~"]) {
      const { did, identusSafe, documents } = at(`https://mediator.example${path}`)
      expect([path, identus.test(did), identusSafe]).toEqual([path, true, true])
      expect(documents[0]?.services[0]?.uri).toBe(`https://mediator.example${path}`)
    }
  })

  test("is readable for Identus wallets whatever the public URL", () => {
    const host = fc.webAuthority({ withPort: true }).filter((name) => !name.includes("@"))
    const unit = fc.oneof(fc.constantFrom("~", "a"), fc.string({ unit: "grapheme", minLength: 1, maxLength: 1 }))
    const path = fc.array(fc.string({ unit, maxLength: 12 }), { maxLength: 4 })
    fc.assert(
      fc.property(fc.constantFrom("http", "https"), host, path, (scheme, authority, segments) => {
        const url = URL.parse(`${scheme}://${authority}/${segments.map(encodeURIComponent).join("/")}`)
        fc.pre(url !== null)
        const { did, identusSafe } = at(url?.href ?? "")
        expect(identus.test(did)).toBe(true)
        expect(identusSafe).toBe(true)
        const base = url?.href.replace(/\/+$/, "") ?? ""
        expect(decodePeer(did).services.map(({ uri }) => uri)).toEqual([base, `${base.replace(/^http/, "ws")}/ws`])
      }),
      { numRuns: 500 },
    )
  })

  test("a public URL that is not http, or has more than a path, is a wrong setting", async () => {
    for (const url of [
      "",
      "mediator.example",
      "ws://a.example",
      "https://a.example/?x",
      "https://a.example/#x",
      "https://u@a.example",
    ]) {
      expect([url, await faultOf(() => at(url))]).toEqual([url, "setting.invalid"])
    }
  })
})

describe("keys", () => {
  const self = at("https://a.example")
  const multikey = toMultikey({ ...publicHalf({ jwk: minted.agreement, handle: null }).jwk })
  const fragments = ["key-1", multikey, multikey.slice(1), multikey.slice(1, 9)]

  test("the agreement key is found by every spelling under every own DID, and by no other name", () => {
    for (const did of [...self.dids, ...spellings(self.did)]) {
      for (const fragment of fragments) expect(self.agreement(`${did}#${fragment}`)?.jwk).toEqual(minted.agreement)
    }
    const others = [
      `${self.did}#key-2`,
      self.did,
      `${self.did}#`,
      "#key-1",
      "key-1",
      `${at("https://b.example").did}#key-1`,
    ]
    for (const kid of [...others, `did:key:${multikey}#${multikey}`]) expect(self.agreement(kid)).toBeNull()
  })

  test("key ids are #key-1 and #key-2 under any own DID, and name the published keys", () => {
    for (const [index, did] of self.dids.entries()) {
      const document = self.documents[index] ?? expect.unreachable("a document for every DID")
      expect(self.agreementKid(did)).toBe(`${did}#key-1`)
      expect(findKey(document, "keyAgreement", self.agreementKid(did))?.jwk.x).toBe(minted.agreement.x)
      expect(findKey(document, "authentication", self.signer(did).kid)?.jwk.x).toBe(minted.signing.x)
    }
    expect(self.signer(self.did).key.jwk).toEqual(minted.signing)
  })

  test("a stranger's DID is not owned, ours are, with a fragment or without", () => {
    for (const did of [...self.dids, ...spellings(self.did)])
      expect(self.owns(did) && self.owns(`${did}#key-1`)).toBe(true)
    for (const did of ["", "#key-1", "did:web:b.example", `${self.did}.SW10`, self.did.slice(0, -1)]) {
      expect(self.owns(did)).toBe(false)
    }
  })
})

describe("earlier DIDs", () => {
  test("stay answered when the public URL changes, and again when it changes back", () => {
    const first = at("https://a.example")
    const second = at("https://b.example", first.stored)
    expect(second.did).not.toBe(first.did)
    expect(second.dids).toEqual([second.did, "did:web:b.example", first.did, "did:web:a.example"])
    expect(second.agreement(`${first.did}#key-1`)).not.toBeNull()
    expect(second.agreement("did:web:a.example#key-1")).not.toBeNull()
    expect(second.documents.map(({ id }) => id)).toEqual([...second.dids])
    const third = at("https://a.example", JSON.parse(JSON.stringify(second.stored)))
    expect(third.did).toBe(first.did)
    expect(new Set(third.dids)).toEqual(new Set(second.dids))
    expect(third.stored.generations).toMatchObject([{ dids: third.dids }])
  })

  test("an identity that is damaged, or lists DIDs of other keys, is not opened", async () => {
    const [other = expect.unreachable("keys")] = mintIdentity(NOW).generations
    const of = (...generations: unknown[]) => ({ version: 2, generations })
    const damaged = [
      null,
      "",
      {},
      of(),
      of({ ...minted, until: NOW }),
      of(minted, minted),
      of({ ...minted, since: "long ago" }),
      { ...of(minted), version: 3 },
      { version: 1, ...minted, dids: "none" },
      { version: 1, ...minted, dids: ["not a DID"] },
      { version: 1, ...minted, dids: ["did:peer:2.Ez6LS"] },
      { version: 1, ...minted, dids: [at("https://a.example", of(other)).did] },
      { version: 1, ...minted, agreement: minted.signing },
      { version: 1, ...minted, signing: undefined },
      { version: 1, ...minted, agreement: { ...minted.agreement, x: other.agreement.x } },
      { version: 1, ...minted, signing: { ...minted.signing, d: other.signing.d } },
      { version: 1, ...minted, agreement: generatePrivateKey("P-256").jwk },
    ]
    for (const stored of damaged) {
      expect([JSON.stringify(stored), await faultOf(() => at("https://a.example", stored))]).toEqual([
        JSON.stringify(stored),
        "identity.unusable",
      ])
    }
  })
})

describe("did:web", () => {
  const did = (publicUrl: string) => at(publicUrl).dids.find((name) => name.startsWith("did:web:")) ?? null

  test("exists for https and for localhost, with port and path, and not for addresses or plain http", () => {
    expect(did("https://a.example")).toBe("did:web:a.example")
    expect(did("https://a.example:8443/x/~y/")).toBe("did:web:a.example%3A8443:x:%7Ey")
    expect(did("http://localhost:8080")).toBe("did:web:localhost%3A8080")
    for (const url of ["http://a.example", "https://192.168.1.2", "https://[::1]:8443"]) expect(did(url)).toBeNull()
    expect(
      openIdentity(identity, { publicUrl: "https://a.example", methods: ["peer2"], now: NOW }).webDocument(),
    ).toBeNull()
    expect(at("http://a.example").webDocument()).toBeNull()
  })

  test("its URL leads back to where the public URL is", () => {
    for (const url of ["https://a.example/x%20y/caf%C3%A9", "https://a.example:8443/x", "http://localhost:8080/~u"]) {
      expect(webUrl(webDid(new URL(url)) ?? "")).toBe(`${url}/did.json`)
    }
    expect(webUrl(webDid(new URL("https://a.example")) ?? "")).toBe("https://a.example/.well-known/did.json")
  })

  test("its document survives JSON, has both keys in their order, both services in theirs, and nothing private", () => {
    const self = at("https://a.example")
    const text = JSON.stringify(self.webDocument())
    expect(text).not.toContain(minted.agreement.d)
    expect(text).not.toContain(minted.signing.d)
    const document = parseDocument("did:web:a.example", JSON.parse(text))
    expect(JSON.parse(text)).toMatchObject({
      id: "did:web:a.example",
      "@context": ["https://www.w3.org/ns/did/v1", expect.any(String)],
    })
    expect(document.methods.map(({ id, key }) => [id, key.jwk.crv])).toEqual([
      ["did:web:a.example#key-1", "X25519"],
      ["did:web:a.example#key-2", "Ed25519"],
    ])
    expect(document.services.map(({ uri }) => uri)).toEqual(["https://a.example", "wss://a.example/ws"])
  })
})
