import { expect, test } from "bun:test"
import fc from "fast-check"
import { firstSeq, messageId, newTag, parseMessageId } from "../../src/store/sqlite/message-id.ts"
import { seededRandom } from "../contract/world.ts"

const seqs = fc.maxSafeNat()
const tags = fc.nat().map((seed) => newTag(seededRandom(seed)))
const holds = (property: fc.IProperty<never> | fc.IProperty<unknown>) =>
  fc.assert(property as fc.IProperty<unknown>, { seed: 7 })

test("an id is a UUIDv7 and leads back to its seq and tag", () => {
  holds(
    fc.property(seqs, tags, (seq, tag) => {
      const id = messageId(seq, tag)
      expect(id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/)
      expect(parseMessageId(id)).toEqual({ seq, tag })
    }),
  )
})

test("ids sort as their seqs do", () => {
  holds(
    fc.property(seqs, seqs, tags, tags, (a, b, tag, other) => {
      fc.pre(a !== b)
      expect(messageId(a, tag) < messageId(b, other)).toBe(a < b)
    }),
  )
})

test("the time in an id is that of its first seq", () => {
  const id = messageId(firstSeq(Date.UTC(2026, 0, 1)), "8000-000000000000")
  expect(Number.parseInt(id.replace("-", "").slice(0, 12), 16)).toBe(Date.UTC(2026, 0, 1))
})

test("a first seq is a safe integer with room above it, whatever the clock says", () => {
  for (const now of [-1, 0, 0.5, Date.UTC(1970), Date.UTC(2036), Date.UTC(2200), 8.64e15, Number.MAX_VALUE]) {
    const seq = firstSeq(now)
    expect(Number.isSafeInteger(seq) && seq >= 0 && seq < Number.MAX_SAFE_INTEGER - 2 ** 40).toBe(true)
  }
})

test("what is no id of ours is null: other versions, variants, spellings, and any text", () => {
  const id = messageId(firstSeq(Date.UTC(2026)), "8abc-0123456789ab")
  expect(parseMessageId(id)).not.toBeNull()
  const wrong = [
    id.toUpperCase(),
    ` ${id}`,
    `${id}\n`,
    `{${id}}`,
    id.replaceAll("-", ""),
    id.replace("-7", "-4"),
    id.replace("-7", "-78").slice(0, -1),
    id.replace("-8abc", "-cabc"),
    "ffffffff-ffff-7000-8abc-0123456789ab",
    "",
  ]
  for (const text of wrong) expect(parseMessageId(text)).toBeNull()
  holds(fc.property(fc.string(), (text) => expect(parseMessageId(text)).toBeNull()))
})

test("tags use all of their 62 random bits", () => {
  const tags = Array.from({ length: 400 }, (_, seed) => newTag(seededRandom(seed)).replace("-", ""))
  expect(new Set(tags).size).toBe(400)
  for (let at = 0; at < 16; at++) {
    expect(new Set(tags.map((tag) => tag[at])).size).toBe(at === 0 ? 4 : 16)
  }
})
