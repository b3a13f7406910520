import { isIPv4, isIPv6 } from "node:net"

/** Which addresses are the public Internet's: everything else is somebody's inside, and strangers choose our URLs. */

type Block = readonly [network: string, bits: number]

// IANA special-purpose registry, and Azure's metadata address, which hides among public ones.
const closed4: readonly Block[] = [
  ["0.0.0.0", 8],
  ["10.0.0.0", 8],
  ["100.64.0.0", 10],
  ["127.0.0.0", 8],
  ["168.63.129.16", 32],
  ["169.254.0.0", 16],
  ["172.16.0.0", 12],
  ["192.0.0.0", 24],
  ["192.0.2.0", 24],
  ["192.88.99.0", 24],
  ["192.168.0.0", 16],
  ["198.18.0.0", 15],
  ["198.51.100.0", 24],
  ["203.0.113.0", 24],
  ["224.0.0.0", 4],
  ["240.0.0.0", 4],
]

// Only 2000::/3 is given out. Within it: IETF assignments with Teredo and benchmarking, and the documentation blocks.
const open6: Block = ["2000::", 3]
const closed6: readonly Block[] = [
  ["2001::", 23],
  ["2001:db8::", 32],
  ["3fff::", 20],
]

// Forms that carry an IPv4 address, and the 16-bit group at which it starts: mapped, NAT64, 6to4.
const carriers: readonly (readonly [Block, number])[] = [
  [["::ffff:0:0", 96], 6],
  [["64:ff9b::", 96], 6],
  [["2002::", 16], 1],
]

/** Whether `ip` (an address as text, without brackets or zone) is one that the whole Internet can reach. */
export function isPublicAddress(ip: string): boolean {
  if (isIPv4(ip)) return !closed4.some(([network, bits]) => isWithin(groups4(ip), groups4(network), bits, 8))
  if (!isIPv6(ip) || ip.includes("%")) return false
  const groups = groups6(ip)
  const within = ([network, bits]: Block) => isWithin(groups, groups6(network), bits, 16)
  const carrier = carriers.find(([block]) => within(block))
  if (carrier)
    return isPublicAddress(
      groups
        .slice(carrier[1], carrier[1] + 2)
        .map(dotted)
        .join("."),
    )
  return within(open6) && !closed6.some(within)
}

const dotted = (group: number) => `${group >> 8}.${group & 0xff}`

const groups4 = (ip: string): number[] => ip.split(".").map(Number)

function groups6(ip: string): number[] {
  const hexadecimal = ip.replace(/\d+\.\d+\.\d+\.\d+$/, (tail) => {
    const [a = 0, b = 0, c = 0, d = 0] = groups4(tail)
    return `${((a << 8) | b).toString(16)}:${((c << 8) | d).toString(16)}`
  })
  const [head, tail] = hexadecimal.split("::").map((half) => (half === "" ? [] : half.split(":")))
  const left = head ?? []
  const right = tail ?? []
  const zeros = Array.from({ length: 8 - left.length - right.length }, () => "0")
  return [...left, ...zeros, ...right].map((group) => Number.parseInt(group, 16))
}

/** Whether the first `bits` of both are equal; a group has `width` bits. */
function isWithin(groups: readonly number[], network: readonly number[], bits: number, width: number): boolean {
  return network.every((group, index) => {
    const free = Math.min(width, Math.max(0, width * (index + 1) - bits))
    return (groups[index] ?? 0) >> free === group >> free
  })
}

/** Whether a host name is meant for one's own network: one label, or a suffix that no public DNS serves. */
export function isLocalName(host: string): boolean {
  const labels = host.toLowerCase().replace(/\.$/, "").split(".")
  const last = labels.at(-1) ?? ""
  return (
    labels.length < 2 ||
    ["localhost", "local", "internal", "lan"].includes(last) ||
    labels.slice(-2).join(".") === "home.arpa"
  )
}
