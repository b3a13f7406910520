/** Who a request comes from, as far as limits are concerned. */

import { toHex } from "../base/bytes.ts"
import { addressBytes, isWithin, type Network, parseNetwork, unmapped } from "../base/ip.ts"

/** Stands for every client on this machine, and for connections that have no address. */
export const LOCAL = "local"

/** `X-Forwarded-For` came from somebody who is not trusted with it, yet stands where proxies stand: inside. */
export type Client = { readonly remote: string; readonly isUnknownProxy: boolean }

/**
 * The client behind a connection from `peer` (null when it has no address). `forwardedFor`, the header's value, is read
 * from the right, and only as long as whoever wrote the next entry is in `trusted`: everything further left is whatever
 * the client wanted to be there. An IPv4 client is its address, an IPv6 client its /64.
 */
export function clientOf(peer: string | null, forwardedFor: string | null, trusted: readonly Network[]): Client {
  const first = peer === null ? null : address(peer)
  if (!first) return { remote: LOCAL, isUnknownProxy: false }
  const isTrusted = (one: Uint8Array) => trusted.some((network) => isWithin(one, network))
  if (forwardedFor === null || !isTrusted(first)) {
    const isUnknownProxy = forwardedFor !== null && inside.some((network) => isWithin(first, network))
    return { remote: isLoopback(first) ? LOCAL : name(first), isUnknownProxy }
  }
  let client = first
  let end = forwardedFor.length
  while (end >= 0 && isTrusted(client)) {
    const comma = forwardedFor.lastIndexOf(",", end - 1)
    const start = end === 0 ? 0 : comma + 1
    const next = address(forwardedFor.slice(start, end))
    // A proxy that says nothing usable is itself the client: never one whose entry it passes on unread.
    if (!next) break
    client = next
    end = start - 1
  }
  return { remote: name(client), isUnknownProxy: false }
}

/** An address as proxies write it: with a port, with brackets, mapped. */
function address(text: string): Uint8Array | null {
  const bare = text.trim()
  const [, bracketed, dotted] = /^(?:\[([^\]]*)\](?::\d{1,5})?|(\d+\.\d+\.\d+\.\d+):\d{1,5})$/.exec(bare) ?? []
  const bytes = addressBytes(bracketed ?? dotted ?? bare)
  return bytes && unmapped(bytes)
}

const name = (one: Uint8Array): string =>
  one.length === 4 ? one.join(".") : `${toHex(one.subarray(0, 8)).replace(/(.{4})(?=.)/g, "$1:")}::/64`

const networks = (...texts: string[]): readonly Network[] => texts.flatMap((text) => parseNetwork(text) ?? [])
const loopback = networks("127.0.0.0/8", "::1")
const inside = [...loopback, ...networks("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10", "fc00::/7")]

const isLoopback = (one: Uint8Array): boolean => loopback.some((network) => isWithin(one, network))
