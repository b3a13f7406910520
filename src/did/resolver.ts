import { LRUCache } from "lru-cache"
import type { Clock } from "../base/clock.ts"
import { Fault } from "../faults.ts"
import { decodeDecentrl } from "./decentrl.ts"
import type { DidDocument } from "./document.ts"
import type { Fetcher } from "./fetch.ts"
import { decodeJwk } from "./jwk.ts"
import { decodeKey } from "./key.ts"
import { isDid, shortForm } from "./names.ts"
import { decodePeer } from "./peer.ts"
import { resolveWeb } from "./web.ts"

/**
 * DID → document. A cached document keeps its key objects, so that what is derived from them may be cached by identity.
 * Rejects with did.malformed, did.unresolvable, or (the outbound budget is used up; nothing was learnt) request.busy.
 */
export interface Resolver {
  resolve(did: string): Promise<DidDocument>
  /** The form of a did:peer:3 or short did:peer:4 that carries its document, if it was seen; any other DID as it is. */
  fullForm(did: string): string
}

const none: readonly DidDocument[] = []
const MAX_DOCUMENTS = 2000
const MAX_CHARACTERS = 16_777_216
const MAX_FAILURES = 1000
const MAX_LONG_FORMS = 5000
const LOCAL_AGE_MS = 3_600_000
const WEB_AGE_MS = 300_000
const FAILURE_AGE_MS = 30_000

type Options = {
  readonly fetcher: Pick<Fetcher, "get">
  readonly clock: Clock
  /** Documents known without resolving: the mediator's own, the same list while they are the same. */
  readonly own?: () => readonly DidDocument[]
  /** The full form of a short one that was seen in an earlier life, or null. */
  readonly recall?: (short: string) => Promise<string | null>
}

export function createResolver({ fetcher, clock, own = () => none, recall }: Options): Resolver {
  let listed: readonly DidDocument[] = none
  let known = new Map<string, DidDocument>()
  const ageing = { perf: clock, ttlResolution: 0 }
  const documents = new LRUCache<string, DidDocument>({
    max: MAX_DOCUMENTS,
    maxSize: MAX_CHARACTERS,
    sizeCalculation: weigh,
    ttl: LOCAL_AGE_MS,
    ...ageing,
  })
  const failures = new LRUCache<string, Fault>({ max: MAX_FAILURES, ttl: FAILURE_AGE_MS, ...ageing })
  const longForms = new LRUCache<string, string>({ max: MAX_LONG_FORMS })
  const pending = new Map<string, Promise<DidDocument>>()
  // Methods whose DIDs carry their document: no I/O, and a failure is cheaper to repeat than to keep.
  const local: Readonly<Record<string, (did: string) => DidDocument>> = {
    key: decodeKey,
    jwk: decodeJwk,
    peer: (did) => decodePeer(longForms.get(did) ?? did, did),
    decentrl: decodeDecentrl,
  }

  function remember(did: string): void {
    const short = shortForm(did)
    if (short !== null) longForms.set(short, did)
  }

  function ours(did: string): DidDocument | undefined {
    if (listed !== own()) {
      listed = own()
      known = new Map(listed.map((document) => [document.id, document]))
      for (const one of known.keys()) remember(one)
    }
    return known.get(did)
  }

  function resolveLocal(did: string, decode: (did: string) => DidDocument): DidDocument {
    const document = decode(did)
    remember(did)
    documents.set(did, document)
    return document
  }

  async function fetchWeb(did: string): Promise<DidDocument> {
    try {
      const document = await resolveWeb(did, fetcher.get)
      documents.set(did, document, { ttl: WEB_AGE_MS })
      return document
    } catch (thrown) {
      const fault = unresolvable(thrown)
      if (fault.code !== "request.busy") failures.set(did, fault)
      throw fault
    } finally {
      pending.delete(did)
    }
  }

  async function resolve(did: string): Promise<DidDocument> {
    const cached = ours(did) ?? documents.get(did)
    if (cached) return cached
    if (!isDid(did)) throw new Fault("did.malformed", { detail: "not a DID" })
    const method = did.split(":", 2)[1] ?? ""
    const decode = Object.hasOwn(local, method) ? local[method] : undefined
    if (decode) {
      if (recall && isShort(did) && !longForms.has(did)) remember((await recall(did)) ?? did)
      return resolveLocal(did, decode)
    }
    if (method !== "web") throw new Fault("did.unresolvable", { detail: `method ${method} is not supported` })

    const failure = failures.get(did)
    if (failure) throw failure
    const lookup = pending.get(did) ?? fetchWeb(did)
    if (!pending.has(did)) pending.set(did, lookup)
    return await lookup
  }

  return { resolve, fullForm: (did) => longForms.get(did) ?? did }
}

const isShort = (did: string): boolean => /^did:peer:(3|4[^:]*$)/.test(did)

/** About how many characters a cached document keeps alive: each of its ids repeats the DID. */
function weigh({ id, alsoKnownAs, methods, services }: DidDocument): number {
  const texts = services.flatMap((service) => [service.uri, ...service.accept, ...service.routingKeys])
  return id.length * (1 + methods.length + services.length) + [...alsoKnownAs, ...texts].join().length
}

function unresolvable(thrown: unknown): Fault {
  const fault = Fault.from(thrown)
  if (fault.code.startsWith("did.") || fault.code === "request.busy") return fault
  return new Fault("did.unresolvable", { detail: fault.message, cause: fault })
}
