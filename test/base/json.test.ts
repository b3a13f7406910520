import { describe, expect, test } from "bun:test"
import fc from "fast-check"
import { parseObject, rawInItems } from "../../src/base/json.ts"
import { seeded } from "../kit/seed.ts"

const nested = (depth: number, open: string, close: string) => open.repeat(depth) + close.repeat(depth)

describe("parseObject reads", () => {
  test.each([
    ["{}", {}],
    [' {"a":[1,{"b":null}]}\n', { a: [1, { b: null }] }],
    [`{"a":${nested(31, "[", "]")}}`, { a: JSON.parse(nested(31, "[", "]")) }],
    ['{"a":"{[{[{[","b":"\\"{[\\\\"}', { a: "{[{[{[", b: '"{[\\' }],
  ])("%p", (text, value) => {
    expect(parseObject(text)).toEqual(value)
  })

  test.each([
    ...["", " ", "null", "[]", "1", '"{}"', "{", "}", "{}{}", "{'a':1}", '{"a":1,}', '{"a":"', '{"a":"\\"}'],
    `{"a":${nested(32, "[", "]")}}`,
    `{"a":${"[".repeat(100_000)}`,
    nested(100_000, '{"a":', "}"),
  ])("nothing in %#", (text) => {
    expect(parseObject(text)).toBeNull()
  })

  test("a __proto__ member as a member, and as nothing more", () => {
    const value = parseObject('{"__proto__":{"polluted":true}}')
    expect(Object.getPrototypeOf(value)).toBe(Object.prototype)
    expect(Object.keys(value ?? {})).toEqual(["__proto__"])
    expect(({} as { polluted?: boolean }).polluted).toBeUndefined()
  })
})

const indents = fc.constantFrom("", " ", "\t", "\r\n  ")
const names = fc.array(fc.constantFrom("a", "b", "\u00e9", "__proto__", "0"), { maxLength: 3 })
const anything = fc.jsonValue({ maxDepth: 4, stringUnit: "binary" })

/** A value with this at the path, among other members. */
const around = (path: readonly string[], inside: unknown, others: Record<string, unknown>): unknown =>
  path.reduceRight<unknown>((value, name) => ({ ...others, [name]: value, more: others }), inside)

test("the raw text in every item of whatever was printed is the value there", async () => {
  const item = fc.oneof(fc.record({ inside: anything }), fc.constant("absent" as const))
  const others = fc.dictionary(fc.constantFrom("x", "y", "\\", '"'), anything, { maxKeys: 3 })
  await fc.assert(
    fc.property(fc.array(item), names, names, others, indents, (items, list, path, others, indent) => {
      const here = (one: (typeof items)[number]) => (one === "absent" ? "absent" : around(path, one.inside, others))
      const text = JSON.stringify(around(list, items.map(here), others), null, indent)
      const found = rawInItems(text, list, path)
      const wanted = items.map((one) => (one === "absent" ? (path.length === 0 ? "absent" : null) : one.inside))
      expect(found.map((raw) => raw && JSON.parse(raw))).toEqual(wanted.map((one) => plain(one)))
      for (const raw of found) expect(raw?.trim() ?? null).toBe(raw)
      expect(rawInItems(text, [...list, "no such member"], path)).toEqual([])
      expect(rawInItems(text, list, [...path, "no such member"])).toEqual(items.map(() => null))
    }),
    { numRuns: 1000, ...seeded },
  )
})

const plain = (value: unknown): unknown => JSON.parse(JSON.stringify(value))

test("numbers and escapes stay as they were written", () => {
  expect(rawInItems('{"a":[{"b":1.0},{"b" : "\\u0041\\/" },{"b":12345678901234567890}]}', ["a"], ["b"])).toEqual([
    "1.0",
    '"\\u0041\\/"',
    "12345678901234567890",
  ])
})

test("of a repeated member the last is found, as it is by JSON.parse", () => {
  const text =
    '{"a":[{"b":{"c":1}}],"a":[{"b":{"c":2},"\\u0062":{"c":3, "c" : 4 }},{"b":{"c":5},"b":{}},{"b":{"c":6},"b":7}]}'
  expect(JSON.parse(text)).toEqual({ a: [{ b: { c: 4 } }, { b: {} }, { b: 7 }] })
  expect(rawInItems(text, ["a"], ["b", "c"])).toEqual(["4", null, null])
  expect(rawInItems('{"a":[1],"a":2}', ["a"], [])).toEqual([])
})

test("an object is no list, and a list no object", () => {
  expect(rawInItems('{"a":{"0":1}}', ["a"], [])).toEqual([])
  expect(rawInItems('["a"]', ["0"], [])).toEqual([])
  expect(rawInItems("[[1],2]", [], ["0"])).toEqual([null, null])
  expect(["{}", '"[1]"', "[ ]", "7"].map((text) => rawInItems(text, [], []))).toEqual([[], [], [], []])
})
