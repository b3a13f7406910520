import { addressBytes, isWithin, type Network, parseNetwork } from "../base/ip.ts"
import { Fault } from "../faults.ts"

/** Which addresses are the public Internet's: everything else is somebody's inside, and strangers choose our URLs. */

function block(text: string): Network {
  const network = parseNetwork(text)
  if (!network) throw new Fault("internal", { detail: `${text} is no network` })
  return network
}

// IANA special-purpose registry, and Azure's metadata address, which hides among public ones.
const closed4 = [
  "0.0.0.0/8",
  "10.0.0.0/8",
  "100.64.0.0/10",
  "127.0.0.0/8",
  "168.63.129.16/32",
  "169.254.0.0/16",
  "172.16.0.0/12",
  "192.0.0.0/24",
  "192.0.2.0/24",
  "192.88.99.0/24",
  "192.168.0.0/16",
  "198.18.0.0/15",
  "198.51.100.0/24",
  "203.0.113.0/24",
  "224.0.0.0/4",
  "240.0.0.0/4",
].map(block)

// Only 2000::/3 is given out. Within it: IETF assignments with Teredo and benchmarking, and the documentation blocks.
const open6 = block("2000::/3")
const closed6 = ["2001::/23", "2001:db8::/32", "3fff::/20"].map(block)

// Forms that carry an IPv4 address, and the byte at which it starts: mapped, NAT64, 6to4.
const carriers = [
  { network: block("::ffff:0:0/96"), at: 12 },
  { network: block("64:ff9b::/96"), at: 12 },
  { network: block("2002::/16"), at: 2 },
]

/** Whether `ip` (an address as text, without brackets or zone) is one that the whole Internet can reach. */
export function isPublicAddress(ip: string): boolean {
  const address = addressBytes(ip)
  return address !== null && isPublic(address)
}

function isPublic(address: Uint8Array): boolean {
  const within = (network: Network) => isWithin(address, network)
  if (address.length === 4) return !closed4.some(within)
  const carrier = carriers.find(({ network }) => within(network))
  if (carrier) return isPublic(address.slice(carrier.at, carrier.at + 4))
  return within(open6) && !closed6.some(within)
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
