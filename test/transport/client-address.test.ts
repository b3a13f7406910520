import { describe, expect, test } from "bun:test"
import fc from "fast-check"
import { parseNetwork } from "../../src/base/ip.ts"
import { clientOf } from "../../src/transport/client-address.ts"

const networks = (...texts: string[]) =>
  texts.map((text) => {
    const network = parseNetwork(text)
    if (!network) throw new Error(text)
    return network
  })
const remote = (peer: string | null, header: string | null, ...trusted: string[]) =>
  clientOf(peer, header, networks(...trusted)).remote

describe("without trusted proxies the connection says who it is", () => {
  test.each([
    ["203.0.113.7", "203.0.113.7"],
    ["::ffff:203.0.113.7", "203.0.113.7"],
    ["::ffff:cb00:7107", "203.0.113.7"],
    ["2001:db8:1:2:3:4:5:6", "2001:0db8:0001:0002::/64"],
    ["2001:db8:1:2::", "2001:0db8:0001:0002::/64"],
    ["2001:DB8:1:2:ffff::9", "2001:0db8:0001:0002::/64"],
    ["127.0.0.1", "local"],
    ["127.9.9.9", "local"],
    ["::1", "local"],
    ["::ffff:127.0.0.1", "local"],
    [null, "local"],
  ])("%p is %s", (peer, name) => {
    expect(remote(peer, null)).toBe(name)
    expect(remote(peer, "6.6.6.6")).toBe(name)
    expect(remote(peer, "127.0.0.1")).toBe(name)
  })
})

describe("through trusted hops the header is read from the right", () => {
  test.each([
    ["one hop", "10.0.0.1", "203.0.113.7", "203.0.113.7"],
    ["what the client wrote itself stands further left", "10.0.0.1", "6.6.6.6, 203.0.113.7", "203.0.113.7"],
    ["a client that claims to be a proxy", "10.0.0.1", "6.6.6.6, 10.0.0.9, 203.0.113.7", "203.0.113.7"],
    ["a client that claims to be this machine", "10.0.0.1", "127.0.0.1, 203.0.113.7", "203.0.113.7"],
    ["two hops", "10.0.0.1", "203.0.113.7, 10.0.0.2", "203.0.113.7"],
    ["a client inside the trusted network", "10.0.0.1", "10.0.0.7", "10.0.0.7"],
    ["no header", "10.0.0.1", null, "10.0.0.1"],
    ["an empty header", "10.0.0.1", "", "10.0.0.1"],
    ["nonsense where the proxy should have written", "10.0.0.1", "203.0.113.7, unknown", "10.0.0.1"],
    ["an empty entry", "10.0.0.1", "203.0.113.7,, ", "10.0.0.1"],
    ["a port", "10.0.0.1", "203.0.113.7:5678", "203.0.113.7"],
    ["brackets", "10.0.0.1", "[2001:db8:1:2::9]", "2001:0db8:0001:0002::/64"],
    ["brackets and a port", "10.0.0.1", "[2001:db8:1:2::9]:443", "2001:0db8:0001:0002::/64"],
    ["a mapped address", "10.0.0.1", "::ffff:203.0.113.7", "203.0.113.7"],
    ["a mapped proxy", "::ffff:10.0.0.1", "203.0.113.7", "203.0.113.7"],
    ["no blanks", "10.0.0.1", "6.6.6.6,203.0.113.7,10.0.0.3", "203.0.113.7"],
    ["octal and hexadecimal numbers", "10.0.0.1", "0x7f.0.0.1", "10.0.0.1"],
    ["a zone", "10.0.0.1", "fe80::1%eth0", "10.0.0.1"],
  ])("%s", (_, peer, header, name) => {
    expect(remote(peer, header, "10.0.0.0/8")).toBe(name)
  })

  test("somebody outside of them is not believed", () => {
    expect(remote("11.0.0.1", "203.0.113.7", "10.0.0.0/8")).toBe("11.0.0.1")
  })

  test("an IPv6 proxy, named alone or by its network", () => {
    expect(remote("fd00::5", "203.0.113.7", "fd00::5")).toBe("203.0.113.7")
    expect(remote("fd00::5", "203.0.113.7", "fd00::/8")).toBe("203.0.113.7")
    expect(remote("fd00::6", "203.0.113.7", "fd00::5")).toBe("fd00:0000:0000:0000::/64")
  })

  test("only who connects from this machine without a proxy's word is exempt", () => {
    expect(remote("127.0.0.1", null, "127.0.0.1")).toBe("local")
    expect(remote("127.0.0.1", "127.0.0.1", "127.0.0.1")).toBe("127.0.0.1")
    expect(remote("127.0.0.1", "::1", "127.0.0.1")).toBe("0000:0000:0000:0000::/64")
    expect(remote("127.0.0.1", "nonsense", "127.0.0.1")).toBe("127.0.0.1")
  })
})

test("a proxy on this machine or beside it that nobody named is noticed, a header from the Internet is not", () => {
  const isUnknown = (peer: string, header: string | null, ...trusted: string[]) =>
    clientOf(peer, header, networks(...trusted)).isUnknownProxy
  expect(["127.0.0.1", "172.18.0.2", "::1", "fd00::1"].map((peer) => isUnknown(peer, "1.2.3.4"))).toEqual(
    Array(4).fill(true),
  )
  expect(isUnknown("203.0.113.7", "1.2.3.4")).toBe(false)
  expect(isUnknown("127.0.0.1", null)).toBe(false)
  expect(isUnknown("127.0.0.1", "1.2.3.4", "127.0.0.0/8")).toBe(false)
})

const v6 = (half: readonly number[], rest: readonly number[]) =>
  [...half, ...rest].map((group) => group.toString(16)).join(":")
const group = fc.integer({ min: 0, max: 0xffff })
const groups = fc.array(group, { minLength: 4, maxLength: 4 })
const entry = fc.oneof(fc.ipV4(), fc.ipV6(), fc.string(), fc.constantFrom("unknown", "127.0.0.1", "10.0.0.9", "", "_x"))

test("nothing that a client writes changes who it is", () => {
  fc.assert(
    fc.property(fc.array(entry, { maxLength: 30 }), fc.constantFrom(",", ", ", " ,\t"), (claims, comma) => {
      const header = [...claims, "203.0.113.7"].join(comma)
      expect(remote("10.0.0.1", header, "10.0.0.0/8")).toBe("203.0.113.7")
      expect(remote("203.0.113.7", header, "10.0.0.0/8")).toBe("203.0.113.7")
      expect(remote("203.0.113.7", claims.join(comma), "10.0.0.0/8")).toBe("203.0.113.7")
    }),
  )
})

test("whatever the lower half of an IPv6 address, the client is the same", () => {
  fc.assert(
    fc.property(groups, groups, groups, ([a = 0, ...more], one, other) => {
      // Outside of what carries an IPv4 address or is this machine.
      const half = [0x2000 | (a & 0x1fff), ...more]
      expect(remote(v6(half, one), null)).toBe(remote(v6(half, other), null))
      const neighbour = [...half.slice(0, 3), (half[3] ?? 0) ^ 1]
      expect(remote(v6(half, one), null)).not.toBe(remote(v6(neighbour, one), null))
    }),
  )
})

test("thousands of hops cost no more than they are long", () => {
  const header = Array.from({ length: 200_000 }, () => "10.0.0.2").join(",")
  const start = performance.now()
  expect(remote("10.0.0.1", `203.0.113.7,${header}`, "10.0.0.0/8")).toBe("203.0.113.7")
  expect(performance.now() - start).toBeLessThan(2_000)
})

test.each(["", "10.0.0.0/33", "::/129", "10.0.0/8", "10.0.0.0/", "10.0.0.0/-1", "a.b.c.d", "10.0.0.0/8/8", "/8"])(
  "%p is no network",
  (text) => {
    expect(parseNetwork(text)).toBe(null)
  },
)
