/** What the load generator has to know of a mediator that it has never seen: its DID, its key, and how to get a mailbox. */

import { systemClock } from "../../src/base/clock.ts"
import { isObject } from "../../src/base/json.ts"
import { isDid } from "../../src/did/document.ts"
import { createFetcher } from "../../src/did/fetch.ts"
import { createResolver } from "../../src/did/resolver.ts"
import { type Lane, postOf } from "./lane.ts"
import { COORDINATION, MEDIA_TYPE, type Post, type Wallet } from "./wallet.ts"

export type Mediator = Post & { readonly url: URL }

const clock = systemClock
const resolver = createResolver({ fetcher: createFetcher({ policy: "any", clock }), clock })

/** Finds out the mediator at `url`; throws a sentence when it does not say who it is, or has no X25519 key. */
export async function meet(url: string, given: string | null): Promise<Mediator> {
  const did = given ?? (await didAt(url))
  if (did === null)
    throw new Error(`${url} does not tell its DID at /did, /.well-known/did.json or /invitation: give it with --did`)
  const { methods, keyAgreement } = await resolver.resolve(did)
  const method = methods.find(({ id, key }) => keyAgreement.includes(id) && key.jwk.crv === "X25519")
  if (!method) throw new Error(`${did} has no X25519 key, and the bench's wallets have no other`)
  return { url: new URL(url), did, kid: method.id, key: method.key }
}

async function didAt(url: string): Promise<string | null> {
  const places: readonly (readonly [string, (text: string) => unknown])[] = [
    ["/did", (text) => text.trim()],
    ["/.well-known/did.json", (text) => member(text, "id")],
    ["/invitation", (text) => member(text, "from")],
  ]
  for (const [path, read] of places) {
    const response = await fetch(new URL(path, url), { signal: AbortSignal.timeout(5_000) }).catch(() => null)
    const found = response?.ok ? read(await response.text()) : null
    if (typeof found === "string" && isDid(found)) return found
  }
  return null
}

function member(text: string, name: string): unknown {
  try {
    const value: unknown = JSON.parse(text)
    return isObject(value) ? value[name] : null
  } catch {
    return null
  }
}

/** Gets a mailbox for the wallet, reached under its own DID (coordinate-mediation 2.0); throws what went wrong. */
export async function register(wallet: Wallet, mediator: Mediator, lane: Lane): Promise<void> {
  const ask = async (type: string, body: object) => {
    const { status, body: text } = await lane.exchange(
      postOf(mediator.url, await wallet.seal({ type: `${COORDINATION}/${type}`, body }, mediator), MEDIA_TYPE),
    )
    if (status !== 200) throw new Error(`${type} was answered with HTTP ${status} and nothing to read`)
    return wallet.open(text, mediator)
  }
  const granted = await ask("mediate-request", {})
  if (!granted.type.endsWith("/mediate-grant")) throw new Error(`mediate-request was answered with ${granted.type}`)
  const updated = await ask("keylist-update", { updates: [{ recipient_did: wallet.did, action: "add" }] })
  if (!updated.type.endsWith("/keylist-update-response"))
    throw new Error(`keylist-update was answered with ${updated.type}`)
}
