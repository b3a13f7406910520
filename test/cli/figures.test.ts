import { expect, test } from "bun:test"
import { countText, momentText, shortDid, sizeText, spanText } from "../../src/cli/figures.ts"

test.each([
  [0, "0 B"],
  [1023, "1023 B"],
  [1024, "1 KiB"],
  [1536, "1.5 KiB"],
  [10 * 1024 + 512, "11 KiB"],
  [5 * 1024 ** 3, "5 GiB"],
])("%d bytes read %s", (bytes, text) => expect(sizeText(bytes)).toBe(text))

test.each([
  [-5_000, "0s"],
  [59_999, "59s"],
  [60_000, "1min"],
  [3_599_999, "59min"],
  [47 * 3_600_000, "1d"],
  [400 * 86_400_000, "400d"],
])("%d ms read %s", (ms, text) => expect(spanText(ms)).toBe(text))

test("a DID is shortened only where that makes it shorter", () => {
  expect(shortDid("did:web:anna.example")).toBe("did:web:anna.example")
  for (let length = 20; length < 80; length++) {
    const did = `did:key:z${"6".repeat(length)}`
    expect(shortDid(did).length).toBeLessThanOrEqual(did.length)
  }
})

test("counts and moments", () => {
  expect([countText(1, "address", "addresses"), countText(0, "line")]).toEqual(["1 address", "0 lines"])
  expect(momentText(Date.UTC(2026, 4, 3, 2, 1, 0, 999))).toBe("2026-05-03 02:01:00 UTC")
})
