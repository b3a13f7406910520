import { expect, test } from "bun:test"
import { systemClock } from "../../src/base/clock.ts"
import { isLocalName, isPublicAddress } from "../../src/did/address.ts"
import { createFetcher } from "../../src/did/fetch.ts"
import { faultOf } from "./faults.ts"

const open = [
  "1.1.1.1",
  "8.8.8.8",
  "9.255.255.255",
  "11.0.0.0",
  "100.63.255.255",
  "100.128.0.0",
  "126.255.255.255",
  "128.0.0.1",
  "168.63.129.17",
  "169.253.255.255",
  "172.15.255.255",
  "172.32.0.0",
  "192.0.1.1",
  "192.167.255.255",
  "192.169.0.0",
  "198.17.255.255",
  "198.20.0.0",
  "223.255.255.255",
  "2606:4700:4700::1111",
  "2a00:1450:4001:80b::200e",
  "2400:cb00::1",
  "::ffff:8.8.8.8",
  "::ffff:808:808",
  "64:ff9b::8.8.8.8",
  "2002:808:808::1",
]

const closed = [
  "0.0.0.0",
  "0.1.2.3",
  "10.0.0.1",
  "10.255.255.255",
  "100.64.0.1",
  "100.100.100.200",
  "100.127.255.255",
  "127.0.0.1",
  "127.1.2.3",
  "168.63.129.16",
  "169.254.169.254",
  "169.254.0.1",
  "172.16.0.1",
  "172.31.255.255",
  "192.0.0.1",
  "192.0.0.192",
  "192.0.2.1",
  "192.88.99.1",
  "192.168.0.1",
  "192.168.255.255",
  "198.18.0.1",
  "198.19.255.255",
  "198.51.100.7",
  "203.0.113.7",
  "224.0.0.1",
  "239.255.255.255",
  "240.0.0.1",
  "255.255.255.255",
  "::",
  "::1",
  "0:0:0:0:0:0:0:1",
  "::127.0.0.1",
  "::8.8.8.8",
  "::ffff:127.0.0.1",
  "::ffff:7f00:1",
  "::FFFF:10.0.0.1",
  "0:0:0:0:0:ffff:a9fe:a9fe",
  "::ffff:0:127.0.0.1",
  "64:ff9b::127.0.0.1",
  "64:ff9b::a00:1",
  "64:ff9b:1::8.8.8.8",
  "100::1",
  "2001::1",
  "2001:0:4136:e378:8000:63bf:3fff:fdd2",
  "2001:2::1",
  "2001:10::1",
  "2001:20::1",
  "2001:db8::1",
  "2001:db8:ffff::1",
  "2002:7f00:1::",
  "2002:a00:1::1",
  "2002:c0a8:101::1",
  "2002:a9fe:a9fe::",
  "3fff::1",
  "3fff:fff::1",
  "4000::1",
  "5f00::1",
  "fc00::1",
  "fd00:ec2::254",
  "fd20:ce::254",
  "fe80::1",
  "fe80::1%eth0",
  "febf::1",
  "fec0::1",
  "ff02::1",
  "ff0e::1",
]

const noAddress = [
  "",
  "localhost",
  "example.com",
  "0177.0.0.1",
  "0x7f.0.0.1",
  "127.1",
  "2130706433",
  "8.8.8.8.",
  " 8.8.8.8",
  "8.8.8.8:443",
  "[2606:4700:4700::1111]",
  "2606:4700:4700::1111%eth0",
  "1::2::3",
  "12345::",
]

test("public addresses are public, up to the edges of the blocks that are not", () => {
  expect(open.filter((ip) => !isPublicAddress(ip))).toEqual([])
})

test("private, special and disguised addresses are not public, nor is text that is no address", () => {
  expect([...closed, ...noAddress].filter(isPublicAddress)).toEqual([])
})

test("names of one's own network are recognised, with a trailing dot and in capitals", () => {
  const local = [
    "localhost",
    "LOCALHOST.",
    "a.localhost",
    "printer.local",
    "Printer.LOCAL.",
    "db.internal",
    "nas",
    "nas.",
  ]
  expect(
    [...local, "metadata.google.internal", "x.home.arpa", "router.lan"].filter((name) => !isLocalName(name)),
  ).toEqual([])
  expect(["example.com", "local.example", "localhost.example", "a.arpa"].filter(isLocalName)).toEqual([])
})

const everywhere = createFetcher({
  policy: "public",
  clock: systemClock,
  lookup: () => expect.unreachable("an address or a local name is not looked up"),
})
const get = (url: string) => everywhere.get(url, { maxBytes: 1000, accept: "*/*" })

// No address of `closed` may be reached by writing it into a URL, in whatever way the URL parser understands.
const hosts = [
  ...closed.filter((ip) => !ip.includes("%")).map((ip) => (ip.includes(":") ? `[${ip}]` : ip)),
  "[fe80::1%25eth0]",
  "localhost",
  "LOCALHOST",
  "localhost.",
  "a.localhost",
  "printer.local",
  "metadata.google.internal",
  "nas",
  "0177.0.0.1",
  "0x7f.0.0.1",
  "0x7f000001",
  "017700000001",
  "2130706433",
  "127.1",
  "127.0.1",
  "127.0.0.1.",
  "0x7f.1.",
  "１２７.0.0.1",
  "127。0。0。1",
  "①②⑦.0.0.1",
  "%31%32%37.0.0.1",
  "0",
  "0xa9fea9fe",
  "2852039166",
  "[::ffff:0x7f.1]",
  "user@127.0.0.1",
  "8.8.8.8@127.0.0.1",
  "user:word@example.com",
]

test(`none of ${hosts.length} ways to write a private host into a URL gets past the public policy`, async () => {
  for (const host of hosts) {
    const outcome = [host, await faultOf(() => get(`https://${host}/`))]
    expect(outcome).toEqual([host, "outbound.refused"])
  }
})

test("under the public policy only https on its own port or above 1023 goes out", async () => {
  for (const url of [
    "http://example.com/",
    "https://example.com:22/",
    "https://example.com:0/",
    "ws://example.com/",
    "wss://example.com/",
    "ftp://example.com/",
    "file:///etc/passwd",
    "data:,x",
    "did:web:example.com",
    "didcomm:transport/queue",
    "//example.com/",
    "example.com",
    "",
    "https://",
  ]) {
    expect([url, await faultOf(() => get(url))]).toEqual([url, "outbound.refused"])
  }
})

test("a name is refused when any address behind it is not public, and when there is none", async () => {
  const answers = (...addresses: string[]) =>
    createFetcher({ policy: "public", clock: systemClock, lookup: async () => addresses }).get("https://a.example/", {
      maxBytes: 1000,
      accept: "*/*",
    })
  for (const ip of closed) expect([ip, await faultOf(() => answers(ip))]).toEqual([ip, "outbound.refused"])
  expect(await faultOf(() => answers("8.8.8.8", "127.0.0.1"))).toBe("outbound.refused")
  expect(await faultOf(() => answers("not an address"))).toBe("outbound.refused")
  expect(await faultOf(() => answers())).toBe("outbound.failed")
})
