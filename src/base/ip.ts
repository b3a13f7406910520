import { isIPv4, isIPv6 } from "node:net"

/** The first `bits` of an address, and all addresses that begin with them. */
export type Network = { readonly bytes: Uint8Array; readonly bits: number }

/** The 4 or 16 bytes of an IP address as text, or null; brackets and zones are not part of one. */
export function addressBytes(text: string): Uint8Array | null {
  if (isIPv4(text)) return Uint8Array.from(text.split("."), Number)
  if (!isIPv6(text) || text.includes("%")) return null
  const groups = groupsOf(text)
  return Uint8Array.from(groups.flatMap((group) => [group >> 8, group & 0xff]))
}

function groupsOf(text: string): number[] {
  const hexadecimal = text.replace(/\d+\.\d+\.\d+\.\d+$/, (tail) => {
    const [a = 0, b = 0, c = 0, d = 0] = tail.split(".").map(Number)
    return `${((a << 8) | b).toString(16)}:${((c << 8) | d).toString(16)}`
  })
  const [left = [], right = []] = hexadecimal.split("::").map((half) => (half === "" ? [] : half.split(":")))
  const zeros = Array.from({ length: 8 - left.length - right.length }, () => "0")
  return [...left, ...zeros, ...right].map((group) => Number.parseInt(group, 16))
}

/** `10.0.0.0/8`, `fd00::/8`, or an address alone; null for anything else. */
export function parseNetwork(text: string): Network | null {
  const [, address = "", bits] = /^([^/]*)(?:\/(\d{1,3}))?$/.exec(text) ?? []
  const bytes = addressBytes(address)
  if (!bytes) return null
  const width = bytes.length * 8
  const network = { bytes, bits: bits === undefined ? width : Number(bits) }
  return network.bits <= width ? network : null
}

export function isWithin(address: Uint8Array, { bytes, bits }: Network): boolean {
  return (
    address.length === bytes.length &&
    bytes.every((byte, index) => {
      const free = Math.min(8, Math.max(0, 8 * (index + 1) - bits))
      return (address[index] ?? 0) >> free === byte >> free
    })
  )
}

const MAPPED = Uint8Array.of(0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff)

/** The IPv4 address inside an IPv4-mapped IPv6 one (RFC 4291 §2.5.5.2); any other address as it is. */
export const unmapped = (address: Uint8Array): Uint8Array =>
  address.length === 16 && MAPPED.every((byte, index) => address[index] === byte) ? address.slice(12) : address
