import { expect, test } from "bun:test"
import fc from "fast-check"
import { chuteIn, chuteMemory, chuteOut, type Slip } from "../../src/app/jose/chute.ts"
import { toUtf8 } from "../../src/base/bytes.ts"
import { seeded } from "../kit/seed.ts"

function chute() {
  const memory = chuteMemory()
  return { ...chuteIn(memory), ...chuteOut(memory) }
}

const short = fc.string({ unit: "binary", maxLength: 40 }).map((text) => text.toWellFormed())
const long = fc
  .integer({ min: 1, max: 500_000 })
  .chain((size) => fc.constantFrom("x".repeat(size), "é😀".repeat(size / 3)))

test("what is put in comes out as it was, in whatever portions, around the end of the memory and beyond its room", () => {
  const portion = fc.array(fc.record({ text: fc.oneof(short, long), asBytes: fc.boolean() }), { maxLength: 8 })
  fc.assert(
    fc.property(fc.array(portion, { minLength: 1, maxLength: 12 }), (portions) => {
      const { put, end, take, free } = chute()
      for (const portion of portions) {
        const slips = portion.map(({ text, asBytes }) => put(asBytes ? toUtf8(text) : text))
        expect(slips.map(take)).toEqual(portion.map(({ text }) => text))
        free(end())
      }
    }),
    { numRuns: 200, ...seeded },
  )
})

test("what was not taken yet is never written over", () => {
  const { put, end, take, free } = chute()
  const waiting: { slip: Slip; text: string; end: number }[] = []
  let inside = 0
  for (let turn = 0; turn < 20_000; turn++) {
    const text = `${turn} `.repeat(1 + (turn % 400))
    const slip = put(text)
    if (Array.isArray(slip)) inside++
    waiting.push({ slip, text, end: end() })
    // Now and then the other end catches up.
    if (turn % 997 > 600) {
      for (const one of waiting.splice(0)) {
        expect(take(one.slip)).toBe(one.text)
        free(one.end)
      }
    }
  }
  expect(inside).toBeGreaterThan(10_000)
})

test("what there is no room for goes as it is, and what is no UTF-8 is null either way", () => {
  const { put, take } = chute()
  const broken = new Uint8Array([0x22, 0xff, 0x22])
  expect(take(put(broken))).toBeNull()
  const much = new Uint8Array(1024 * 1024)
  expect(put(much)).toBe("\0".repeat(much.byteLength))
  while (Array.isArray(put("fill".repeat(1000))));
  while (Array.isArray(put(".")));
  expect([put("x"), put(toUtf8("xyz")), put(new Uint8Array([0xff, 0xff, 0xff]))]).toEqual(["x", "xyz", null])
})
