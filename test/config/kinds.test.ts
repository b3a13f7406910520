import { describe, expect, test } from "bun:test"
import * as v from "valibot"
import {
  choices,
  count,
  DAY,
  duration,
  HOUR,
  KiB,
  type Kind,
  MINUTE,
  MiB,
  SECOND,
  size,
  webAddress,
} from "../../src/config/kinds.ts"
import { nearest } from "../../src/config/nearest.ts"

const read = <T>(kind: Kind<T>, value: unknown): T | "refused" => {
  const result = v.safeParse(kind.schema, value)
  return result.success ? result.output : "refused"
}

describe("sizes", () => {
  test.each([
    [1_048_576, MiB],
    ["1 MiB", MiB],
    ["64 KiB", 64 * KiB],
    ["64KiB", 64 * KiB],
    ["3 GiB", 3 * KiB * MiB],
    [1024, KiB],
  ] as const)("%p is %d bytes", (given, bytes) => {
    expect(read(size(KiB), given)).toBe(bytes)
  })

  test.each([1023, 1.5, -1, "1 MB", "1.5 MiB", "MiB", "1048576", "", Number.NaN, true, null, "999999999999 GiB"])(
    "%p is no size",
    (given) => {
      expect(read(size(KiB), given)).toBe("refused")
    },
  )

  test("plain digits are bytes in a flag", () => {
    expect(read(size(KiB), size(KiB).fromText("2048"))).toBe(2048)
  })

  test("sizes are written in the largest unit that keeps them exact", () => {
    expect([MiB, 64 * KiB, 1025, 2 * MiB * KiB, MiB + KiB].map((bytes) => size(KiB).toToml(bytes))).toEqual([
      '"1 MiB"',
      '"64 KiB"',
      "1025",
      '"2 GiB"',
      '"1025 KiB"',
    ])
  })
})

describe("lengths of time", () => {
  test.each([
    ["30s", 30 * SECOND],
    ["10m", 10 * MINUTE],
    ["12h", 12 * HOUR],
    ["7d", 7 * DAY],
    ["7 d", 7 * DAY],
  ] as const)("%s is %d ms", (given, ms) => {
    expect(read(duration(SECOND), given)).toBe(ms)
  })

  test.each([30, "30", "0s", "-1s", "1.5h", "1w", "1h30m", "", "99999999d", null])(
    "%p is no length of time",
    (given) => {
      expect(read(duration(SECOND), given)).toBe("refused")
    },
  )
})

describe("addresses", () => {
  test.each([
    ["https://Example.ORG/", "https://example.org"],
    ["https://example.org:443", "https://example.org"],
    ["http://localhost:8080", "http://localhost:8080"],
    ["https://example.org/mail/", "https://example.org/mail"],
    ["http://[::1]:80/", "http://[::1]"],
  ])("%s becomes %s", (given, address) => {
    expect(read(webAddress, given)).toBe(address)
  })

  test.each([
    "example.org",
    "ftp://example.org",
    "https://",
    "https://user@example.org",
    "https://a:b@example.org",
    "https://example.org?",
    "https://example.org/?a=b",
    "https://example.org#",
    " https://example.org",
    "https://exa mple.org",
    "https:\\\\example.org",
    "https://example.org:99999",
    80,
  ])("%p is no public URL", (given) => {
    expect(read(webAddress, given)).toBe("refused")
  })
})

test("a list takes known words, at least one, none twice", () => {
  const methods = choices(["peer2", "web"])
  expect(read(methods, methods.fromText("web, peer2"))).toEqual(["web", "peer2"])
  expect([[], ["web", "web"], ["key"], "web"].map((given) => read(methods, given))).toEqual(Array(4).fill("refused"))
})

test("a count is a whole number in its bounds", () => {
  expect([0, 1, 10, 11, 1.5, "1", Number.POSITIVE_INFINITY].map((given) => read(count(1, 10), given))).toEqual([
    "refused",
    1,
    10,
    "refused",
    "refused",
    "refused",
    "refused",
  ])
})

test.each([
  ["prot", "port"],
  ["max-messages", "max_messages"],
  ["PORT", "port"],
  ["hosts", "host"],
  ["maxmessages", "max_messages"],
  ["xyzzy", null],
  ["", null],
  ["p".repeat(10_000), null],
])("%s was probably meant to be %p", (word, meant) => {
  expect(nearest(word, ["host", "port", "max_messages", "max_bytes"])).toBe(meant)
})
