import { describe, expect, test } from "bun:test"
import { generatePrivateKey, publicHalf, toMultikey } from "../../src/crypto/keys.ts"
import { findKey } from "../../src/did/document.ts"
import type { Answer } from "../../src/did/fetch.ts"
import { createResolver } from "../../src/did/resolver.ts"
import { openIdentity } from "../../src/did/self.ts"
import { mintIdentity } from "../../src/did/stored-identity.ts"
import { Fault } from "../../src/faults.ts"
import { fakeClock } from "./fake-clock.ts"
import { faultOf } from "./faults.ts"

const jwk = publicHalf(generatePrivateKey("X25519")).jwk
const documentOf = (id: string) => ({ id, keyAgreement: [{ id: "#1", type: "JsonWebKey2020", publicKeyJwk: jwk }] })

/** A resolver whose web is the function `pages`; `fetched` lists what was asked of it. */
function world(pages: (url: string) => object | number | Fault) {
  const clock = fakeClock()
  const fetched: string[] = []
  const get = async (url: string): Promise<Answer> => {
    fetched.push(url)
    const page = pages(url)
    if (page instanceof Fault) throw page
    const status = typeof page === "number" ? page : 200
    return { status, mediaType: "text/plain", text: JSON.stringify(page) }
  }
  return { clock, fetched, resolver: createResolver({ fetcher: { get }, clock }) }
}

describe("did:web", () => {
  const did = "did:web:a.example"

  test("a document is fetched once in five minutes, and its keys stay the same objects meanwhile", async () => {
    const { clock, fetched, resolver } = world(() => documentOf(did))
    const first = await resolver.resolve(did)
    clock.pass(299_000)
    const second = await resolver.resolve(did)
    expect(findKey(second, "keyAgreement", `${did}#1`)).toBe(findKey(first, "keyAgreement", `${did}#1`))
    expect(fetched).toEqual(["https://a.example/.well-known/did.json"])
    clock.pass(2000)
    await resolver.resolve(did)
    expect(fetched).toHaveLength(2)
  })

  test("a failure is remembered for half a minute", async () => {
    const { clock, fetched, resolver } = world(() => 404)
    expect(await faultOf(() => resolver.resolve(did))).toBe("did.unresolvable")
    clock.pass(29_000)
    expect(await faultOf(() => resolver.resolve(did))).toBe("did.unresolvable")
    expect(fetched).toHaveLength(1)
    clock.pass(2000)
    expect(await faultOf(() => resolver.resolve(did))).toBe("did.unresolvable")
    expect(fetched).toHaveLength(2)
  })

  test("what the outbound budget refused was not learnt, and is asked again", async () => {
    let isBusy = true
    const { resolver } = world(() => (isBusy ? new Fault("request.busy") : documentOf(did)))
    expect(await faultOf(() => resolver.resolve(did))).toBe("request.busy")
    isBusy = false
    expect((await resolver.resolve(did)).id).toBe(did)
  })

  test("lookups of one DID at the same time share one fetch, also when it fails", async () => {
    const good = world(() => documentOf(did))
    const documents = await Promise.all(Array.from({ length: 10 }, () => good.resolver.resolve(did)))
    expect(new Set(documents).size).toBe(1)
    expect(good.fetched).toHaveLength(1)

    const bad = world(() => 500)
    const outcomes = await Promise.all(Array.from({ length: 10 }, () => faultOf(() => bad.resolver.resolve(did))))
    expect(new Set(outcomes)).toEqual(new Set(["did.unresolvable"]))
    expect(bad.fetched).toHaveLength(1)
  })

  test("a document that is another DID's, is not JSON, or is a redirect does not count", async () => {
    const pages = [
      documentOf("did:web:b.example"),
      documentOf("did:web:A.example"),
      [],
      302,
      204,
      {},
      documentOf(`${did}#`),
    ]
    for (const page of pages) {
      const { resolver } = world(() => page)
      expect(await faultOf(() => resolver.resolve(did))).toBe("did.unresolvable")
    }
  })

  test("a host that cannot be connected to makes the DID unresolvable", async () => {
    for (const code of ["outbound.refused", "outbound.failed"] as const) {
      expect(await faultOf(() => world(() => new Fault(code)).resolver.resolve(did))).toBe("did.unresolvable")
    }
  })

  test("documents are dropped for newer ones when there are too many, and the memory stays bounded", async () => {
    const { fetched, resolver } = world((url) => documentOf(`did:web:${new URL(url).hostname}`))
    for (let at = 0; at <= 2000; at++) await resolver.resolve(`did:web:h${at}.example`)
    await resolver.resolve("did:web:h2000.example")
    expect(fetched).toHaveLength(2001)
    await resolver.resolve("did:web:h0.example")
    expect(fetched).toHaveLength(2002)
  })
})

describe("methods that carry their document", () => {
  const nobody = () => world(() => expect.unreachable("nothing is to be fetched"))
  const did = `did:key:${toMultikey(jwk)}`

  test("are resolved without asking anybody, and cached for an hour", async () => {
    const { clock, resolver } = nobody()
    const first = await resolver.resolve(did)
    clock.pass(3_599_000)
    expect(await resolver.resolve(did)).toBe(first)
    clock.pass(2000)
    expect(await resolver.resolve(did)).not.toBe(first)
  })

  test("what is no DID is malformed; a method that nobody here speaks is unresolvable", async () => {
    const { resolver } = nobody()
    for (const text of ["", "did:key", `${did}#1`, "did:key:", "did:peer:7abc", `did:key:z${"1".repeat(3000)}`]) {
      expect([text, await faultOf(() => resolver.resolve(text))]).toEqual([text, "did.malformed"])
    }
    for (const text of ["did:example:a", "did:__proto__:a", "did:constructor:a", "did:prism:a", "did:peer:1zQmA"]) {
      expect(await faultOf(() => resolver.resolve(text))).toMatch(/^did\.(malformed|unresolvable)$/)
    }
    expect(await faultOf(() => resolver.resolve("did:example:a"))).toBe("did.unresolvable")
  })

  test("the mediator's own documents need no fetch, and its did:peer:3 is known from the start", async () => {
    const {
      did: peer,
      documents,
      dids,
    } = openIdentity(mintIdentity(0), {
      publicUrl: "https://a.example",
      methods: ["peer2", "web"],
      now: 0,
    })
    const resolver = createResolver({
      fetcher: { get: () => expect.unreachable("nothing is to be fetched") },
      clock: fakeClock(),
      own: () => documents,
    })
    expect(dids).toEqual([peer, "did:web:a.example"])
    expect(await resolver.resolve("did:web:a.example")).toBe(documents[1] ?? expect.unreachable("a document"))
    const [short = ""] = documents[0]?.alsoKnownAs ?? []
    expect(short).toStartWith("did:peer:3")
    expect((await resolver.resolve(short)).methods).toHaveLength(2)
  })
})
