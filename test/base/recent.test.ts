import { expect, test } from "bun:test"
import { createHash } from "node:crypto"
import { createRecent, shortOf } from "../../src/base/recent.ts"

test("the last ones are known, and no more than twice as many", () => {
  const recent = createRecent(10)
  for (let n = 0; n < 1_000; n++) {
    recent.add(n)
    for (let last = Math.max(0, n - 9); last <= n; last++) expect(recent.has(last)).toBe(true)
    expect(recent.has(n - 20)).toBe(false)
  }
})

test("what is taken out is unknown again, wherever it was", () => {
  const recent = createRecent(2)
  for (const n of [1, 2, 3, 1]) recent.add(n)
  expect(recent.delete(1)).toBe(true)
  expect(recent.has(1)).toBe(false)
  expect(recent.delete(1)).toBe(false)
  expect([recent.has(2), recent.has(3)]).toEqual([true, true])
})

test("a digest is known by its first 53 bits", () => {
  const digest = createHash("sha256").update("x").digest()
  const bits = BigInt(`0x${digest.toString("hex")}`) >> 203n
  expect(shortOf(digest.toString("base64url"))).toBe(Number(bits))
  expect(shortOf(Buffer.alloc(32, 255).toString("base64url"))).toBe(Number.MAX_SAFE_INTEGER)
  digest[31] = ~(digest[31] ?? 0)
  expect(shortOf(digest.toString("base64url"))).toBe(Number(bits))
})
