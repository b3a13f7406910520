import { describe, expect, test } from "bun:test"
import { base58btc } from "multiformats/bases/base58"
import { concat, toUtf8 } from "../../src/base/bytes.ts"
import { toMultikey } from "../../src/crypto/keys.ts"
import { findKey } from "../../src/did/document.ts"
import { multihash, shortForm } from "../../src/did/names.ts"
import { encodePeer2, serviceText } from "../../src/did/peer.ts"
import { webUrl } from "../../src/did/web.ts"
import { loadVectors, needsVectors } from "../kit/vectors.ts"
import { faultOf } from "./faults.ts"
import { offline } from "./offline.ts"
import { expectDocument, type Printed } from "./printed.ts"

type Case = {
  id: string
  did: string
  expect: "ok" | "reject"
  numalgo?: number
  document?: Printed
  internal?: Printed
  shortForm?: string
  peer3?: string
  inputDocument?: Record<string, unknown>
  kidAliases?: Record<string, string[]>
}
type PeerFile = { cases: Case[]; encodeCases: { id: string; did: string; elements: [string, string | object][] }[] }

const keyCases = loadVectors<{ cases: Case[] }>("did-key.json")?.cases
const jwkCases = loadVectors<{ cases: Case[] }>("did-jwk.json")?.cases
const peerFile = loadVectors<PeerFile>("did-peer.json")
const webCases = loadVectors<{ cases: { did: string; url?: string; expect: string }[] }>("did-web.json")?.cases
const peerCases = peerFile?.cases

/** One test for each case, or one that is skipped and says why. */
function each<C>(cases: readonly C[] | undefined, name: (one: C) => string, run: (one: C) => unknown): void {
  if (!cases) test.skip(needsVectors("the published cases"), () => {})
  for (const one of cases ?? [])
    test(name(one), async () => {
      await run(one)
    })
}

async function expectCase({ did, expect: outcome, document, internal }: Case) {
  if (outcome === "reject") {
    expect(await faultOf(() => offline().resolve(did))).toMatch(/^did\.(malformed|unresolvable)$/)
    return
  }
  const resolved = await offline().resolve(did)
  expect(resolved.id).toBe(did)
  const printed = document ?? internal
  if (printed) expectDocument(resolved, printed)
}

describe("did:key", () => {
  each(keyCases, ({ id, expect }) => `${id} is ${expect}`, expectCase)

  test("an Ed25519 key brings the X25519 key derived from it", async () => {
    const did = "did:key:z6MkhaXgBZDvotDkL5257faiztiGiC2QtKLGpbnnEGta2doK"
    const document = await offline().resolve(did)
    const derived = findKey(document, "keyAgreement", `${did}#z6LSj72tK8brWgZja8NLRwPigth2T9QRiG1uH9oKZuKjdh9p`)
    expect(derived?.jwk.x).toBe("bl_3kgKpz9jgsg350CNuHa_kQL3B60Gi-98WmdQW2h8")
    expect(document.services).toEqual([])
  })
})

describe("did:jwk", () => {
  each(jwkCases, ({ id, expect }) => `${id} is ${expect}`, expectCase)

  const jwk = { kty: "OKP", crv: "X25519", x: "3p7bfXt9wbTTW2HC7OQ1Nz-DQ8hbeGdNrfx-FG-IK08" }
  const did = (value: object) => `did:jwk:${Buffer.from(JSON.stringify(value)).toString("base64url")}`

  test("use says what a key is for, and cannot give a curve a use that it has not", async () => {
    expect((await offline().resolve(did({ ...jwk, use: "enc" }))).keyAgreement).toHaveLength(1)
    expect((await offline().resolve(did({ ...jwk, use: "sig" }))).keyAgreement).toEqual([])
    expect((await offline().resolve(did({ ...jwk, use: "sig" }))).authentication).toEqual([])
  })

  test("padding, private members and unknown curves are refused", async () => {
    for (const bad of [`${did(jwk)}==`, did({ ...jwk, d: jwk.x }), did({ ...jwk, crv: "X448" }), "did:jwk:e30"]) {
      expect(await faultOf(() => offline().resolve(bad))).toBe("did.malformed")
    }
  })
})

describe("did:peer", () => {
  each(peerCases, ({ id, expect }) => `${id} is ${expect}`, expectCase)
  each(
    peerCases?.filter(({ kidAliases, internal, expect }) => kidAliases && internal && expect === "ok"),
    ({ id }) => `${id}: every spelling of a key id finds the key of its canonical one`,
    async ({ did, kidAliases = {} }) => {
      const document = await offline().resolve(did)
      for (const [kid, aliases] of Object.entries(kidAliases)) {
        const purpose = document.keyAgreement.includes(kid) ? "keyAgreement" : "authentication"
        const key = findKey(document, purpose, kid)
        expect(key).not.toBeNull()
        for (const alias of aliases) expect(findKey(document, purpose, alias)).toBe(key)
      }
    },
  )
  each(
    peerCases?.filter(({ peer3, expect }) => peer3 && expect === "ok"),
    ({ id }) => `${id}: its did:peer:3 resolves once it was seen, and not before`,
    async ({ did, peer3 = "" }) => {
      const resolver = offline()
      expect(shortForm(did)).toBe(peer3)
      expect(await faultOf(() => resolver.resolve(peer3))).toBe("did.unresolvable")
      const known = await resolver.resolve(did)
      const document = await resolver.resolve(peer3)
      expect(document.id).toBe(peer3)
      expect(document.methods.map(({ key }) => key.jwk)).toEqual(known.methods.map(({ key }) => key.jwk))
      for (const kid of known.keyAgreement) expect(findKey(document, "keyAgreement", kid)).not.toBeNull()
    },
  )
  each(
    peerCases?.filter(({ numalgo, expect }) => numalgo === 4 && expect === "ok"),
    ({ id }) => `${id}: its short form resolves once it was seen, and not before`,
    async ({ did, shortForm: short = "", inputDocument = {} }) => {
      const resolver = offline()
      expect(await faultOf(() => resolver.resolve(short))).toBe("did.unresolvable")
      const long = await resolver.resolve(did)
      const document = await resolver.resolve(short)
      expect([document.id, ...document.alsoKnownAs]).toEqual([short, did])
      expect([long.id, ...long.alsoKnownAs]).toEqual([did, short])
      for (const { id } of (inputDocument.verificationMethod ?? []) as { id: string }[]) {
        expect(document.methods.map((method) => method.id)).toContain(short + id)
        expect(long.methods.map((method) => method.id)).toContain(did + id)
      }
    },
  )
  each(
    peerFile?.encodeCases,
    ({ id }) => `${id} is encoded byte for byte`,
    ({ did, elements }) => {
      const keys = elements.flatMap(([purpose, value]) =>
        typeof value === "string" ? [[purpose, value] as const] : [],
      )
      const services = elements.flatMap(([, value]) => (typeof value === "object" ? [serviceText(value)] : []))
      expect(encodePeer2(keys, services)).toBe(did)
    },
  )

  const keys = [["E", "z6LSbvMzJiCbn6EHEWuJkapvFRdWteUP83fGDJCgiDeNyfFE"]] as const
  const withService = (text: string) => encodePeer2(keys, [text])
  const uris = async (did: string) => (await offline().resolve(did)).services.map(({ uri }) => uri)

  test("services are read as wallets write them: unabbreviated, listed, escaped, absent, several endpoints in one", async () => {
    expect(
      await uris(withService('{"type":"DIDCommMessaging","serviceEndpoint":{"uri":"https://a.example"}}')),
    ).toEqual(["https://a.example"])
    expect(await uris(withService('[{"t":"dm","s":"https://a.example"},{"t":"dm","s":"https://b.example"}]'))).toEqual([
      "https://a.example",
      "https://b.example",
    ])
    expect(await uris(withService('{"t":"dm","s":{"uri":"https:\\/\\/a.example"}}'))).toEqual(["https://a.example"])
    expect(await uris(withService("[]"))).toEqual([])
    expect(await uris(withService('{"t":"dm","s":{"uri":""}}'))).toEqual([])
    expect(await uris(withService('{"t":"dm","s":[{"uri":"https://a.example"},"wss://a.example"]}'))).toEqual([
      "https://a.example",
      "wss://a.example",
    ])
  })

  test("services in the standard base64 alphabet, padded, are read, and the DID stays as it was written", async () => {
    const text = '{"t":"dm","s":{"uri":"https://a.example/??>>~~"}}'
    const standard = `${encodePeer2(keys, [])}.S${Buffer.from(toUtf8(text)).toString("base64")}`
    expect(standard).toMatch(/[+/].*=$/)
    const document = await offline().resolve(standard)
    expect(document.id).toBe(standard)
    expect(document.services[0]?.uri).toBe("https://a.example/??>>~~")
  })

  test("a long did:peer:4 is refused when its document is not the one that its hash names", async () => {
    const encode = (json: object) => base58btc.encode(concat(Uint8Array.of(0x80, 0x04), toUtf8(JSON.stringify(json))))
    const honest = encode({ service: [] })
    const forged = encode({ service: [{ type: "DIDCommMessaging", serviceEndpoint: "https://evil.example" }] })
    const resolver = offline()
    expect((await resolver.resolve(`did:peer:4${multihash(honest)}:${honest}`)).services).toEqual([])
    const forgery = `did:peer:4${multihash(honest)}:${forged}`
    expect(await faultOf(() => resolver.resolve(forgery))).toBe("did.malformed")
    expect((await resolver.resolve(`did:peer:4${multihash(honest)}`)).services).toEqual([])
  })

  test("keys are numbered among keys, wherever services stand", async () => {
    const element = `.S${Buffer.from('{"t":"dm","s":"https://a.example"}').toString("base64url")}`
    const did = `did:peer:2${element}.Ez6LSbvMzJiCbn6EHEWuJkapvFRdWteUP83fGDJCgiDeNyfFE`
    const [method] = (await offline().resolve(did)).methods
    expect(method?.id).toBe(`${did}#key-1`)
    expect(method && toMultikey(method.key.jwk)).toBe(keys[0][1])
  })
})

describe("did:web", () => {
  each(
    webCases?.filter(({ url }) => url),
    ({ did }) => `${did} has its URL`,
    ({ did, url = "" }) => expect(webUrl(did)).toBe(url),
  )
  // The rest is refused by the address, which only the fetcher sees: see fetch.test.ts.
  const byAddress = ["did:web:localhost", "did:web:metadata.google.internal"]
  each(
    webCases?.filter(({ expect, did }) => expect === "reject" && !byAddress.includes(did)),
    ({ did }) => `${did} is malformed`,
    async ({ did }) => expect(await faultOf(() => webUrl(did))).toBe("did.malformed"),
  )

  test("a host is a name as it stands, and a path cannot climb, end early, or hide", async () => {
    const bad = [
      "did:web:2130706433",
      "did:web:0x7f.1",
      "did:web:0177.0.0.1",
      "did:web:a..example",
      "did:web:a.example.",
      "did:web:a.example%3A0",
      "did:web:a.example%3A99999",
      "did:web:a.example%3A",
      "did:web:a.example::b",
      "did:web:a.example:%2e%2e:b",
      "did:web:a.example:b%3Fc",
      "did:web:a.example:b%23c",
      "did:web:a.example:b%5Cc",
      "did:web:a.example:%252e",
      "did:web:a.example:%0d%0a",
      "did:web:a.example:%ff",
      "did:web:%E2%92%B6.example",
      "did:web:a.example%20",
    ]
    for (const did of bad) expect([did, await faultOf(() => webUrl(did))]).toEqual([did, "did.malformed"])
  })

  test("an upper-case host is fetched in lower case; localhost is fetched over http", () => {
    expect(webUrl("did:web:EXAMPLE.com")).toBe("https://example.com/.well-known/did.json")
    expect(webUrl("did:web:localhost%3A8080:u:ann")).toBe("http://localhost:8080/u/ann/did.json")
    expect(webUrl("did:web:a.example:caf%C3%A9")).toBe("https://a.example/caf%C3%A9/did.json")
  })
})
